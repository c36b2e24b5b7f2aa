"""What the dashboard needs to know: read late, from the environment or `.env`, secrets masked."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Names = Annotated[list[str], NoDecode]


class SettingsError(Exception):
    """A setting is wrong; the message is one sentence for the person who set it."""


class Settings(BaseSettings):
    """The dashboard's settings; in the environment their names carry the prefix `NIGHTQUEST_`."""

    model_config = SettingsConfigDict(
        env_prefix="NIGHTQUEST_", env_file=".env", env_ignore_empty=True, extra="ignore"
    )

    home: Path = Path(".nightquest")
    target: Literal["duckdb", "postgres", "snowflake"] = "duckdb"
    app_postgres_url: SecretStr | None = None
    env: Literal["development", "demo", "production"] = "development"
    min_team_size: int = Field(default=5, ge=1)
    access_log: Path | None = None

    sign_in: Literal["oidc", "off"] | None = None
    login_claim: str = "preferred_username"
    groups_claim: str = "groups"
    admins: Names = []
    managers: Names = []

    @field_validator("admins", "managers", mode="before")
    @classmethod
    def split_names(cls, value: object) -> object:
        """Lists are written with commas in the environment."""
        if isinstance(value, str):
            return [name.strip() for name in value.split(",") if name.strip()]
        return value

    @field_validator("managers")
    @classmethod
    def pair_managers(cls, value: list[str]) -> list[str]:
        if unpaired := [pair for pair in value if not all(_pair(pair))]:
            raise ValueError(f"{unpaired[0]!r} is not written as group=team")
        return value

    @property
    def manager_teams(self) -> list[tuple[str, str]]:
        """Group and the team (name or id) that its members manage."""
        return [_pair(pair) for pair in self.managers]

    @property
    def published_file(self) -> Path:
        return self.home / "published" / "nightquest.duckdb"

    @property
    def access_log_file(self) -> Path:
        return self.access_log or self.home / "logs" / "access.jsonl"


def _pair(text: str) -> tuple[str, str]:
    group, _, team = text.partition("=")
    return group.strip(), team.strip()


def load_settings() -> Settings:
    """The settings as they are now.

    Raises:
        SettingsError: names the first wrong setting and what is allowed, never its value.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "NIGHTQUEST_" + str(first["loc"][0]).upper()
        raise SettingsError(f"{name} is wrong: {first['msg']}.") from None
