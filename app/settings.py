"""What the dashboard needs to know: read late, from the environment or `.env`, secrets masked."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


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

    @property
    def published_file(self) -> Path:
        return self.home / "published" / "nightquest.duckdb"

    @property
    def access_log_file(self) -> Path:
        return self.access_log or self.home / "logs" / "access.jsonl"


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
