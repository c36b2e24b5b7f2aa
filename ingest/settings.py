"""Settings from the environment or `.env`: read late, secrets masked, mistakes in one sentence."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ingest.errors import SettingsError

Names = Annotated[list[str], NoDecode]
Matchings = Annotated[list[Literal["login", "email"]], NoDecode]
Lags = Annotated[dict[str, NonNegativeInt], NoDecode]
#: Days that a source may owe at the as-of day: Copilot is two days late, and now and then three.
NORMAL_LAGS = {"copilot": 3, "github": 1, "snowflake": 1}
#: What `nightquest prune` leaves unless something else is said, in days.
OLD_DAYS = 90
PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every setting of the pipeline; `.env.example` says what each is for.

    The environment's names are these in upper case with the prefix `NIGHTQUEST_`.
    """

    model_config = SettingsConfigDict(env_prefix="NIGHTQUEST_", env_file=".env", extra="ignore")

    home: Path = Path(".nightquest")
    target: Literal["duckdb", "postgres", "snowflake"] = "duckdb"
    postgres_url: SecretStr | None = None
    rules: Path | None = None
    landing_url: str | None = None
    inbox: str | None = None
    identity_matching: Matchings = ["login", "email"]
    restatement_days: int = Field(default=7, ge=1, le=60)
    time_out_seconds: float = Field(default=30, gt=0)
    max_tries: int = Field(default=5, ge=1)
    source_retry_minutes: float = Field(default=5, ge=0)
    quarantine_share: float = Field(default=0.05, ge=0, le=1)
    held_drop_share: float = Field(default=0.25, gt=0, le=1)
    held_min_rows: int = Field(default=20, ge=1)

    github_api_url: str = "https://api.github.com"
    github_token: SecretStr | None = None
    github_app_id: str | None = None
    github_app_installation_id: str | None = None
    github_app_private_key: SecretStr | None = None
    github_app_private_key_file: Path | None = None
    github_orgs: Names = []

    copilot_enterprise: str | None = None
    copilot_orgs: Names | None = None
    copilot_download_hosts: Names = [
        "*.github.com",
        "*.githubusercontent.com",
        "*.blob.core.windows.net",
        "*.azurefd.net",
    ]

    sources_file: Path | None = None
    snowflake_account: str | None = None
    snowflake_user: str | None = None
    snowflake_private_key: SecretStr | None = None
    snowflake_private_key_file: Path | None = None
    snowflake_private_key_passphrase: SecretStr | None = None
    snowflake_token: SecretStr | None = None
    snowflake_password: SecretStr | None = None
    snowflake_role: str | None = None
    snowflake_warehouse: str | None = None
    snowflake_database: str | None = None
    snowflake_schema: str | None = None
    snowflake_host: str | None = None
    snowflake_port: int | None = None
    snowflake_protocol: Literal["https", "http"] = "https"
    snowflake_statement_seconds: int = Field(default=600, ge=1)

    schedule: str = "0 2 * * *"
    stale_after_days: int = Field(default=3, ge=1)
    late_after_days: Lags = Field(default=NORMAL_LAGS, validate_default=True)
    disk_free_gb: float = Field(default=2, ge=0)
    metrics_folder: Path | None = None

    webhook_url: SecretStr | None = None
    smtp_url: SecretStr | None = None
    mail_from: str | None = None
    mail_to: Names = []
    digest_file: Path | None = None

    visibility: Literal["named", "opt_in", "anonymous"] = "named"
    min_team_size: int = Field(default=5, ge=1)
    app_postgres_url: SecretStr | None = None
    log_format: Literal["text", "json"] = "text"
    env: Literal["development", "demo", "production"] = "development"

    @field_validator(
        "github_orgs", "copilot_orgs", "copilot_download_hosts", "identity_matching", "mail_to",
        mode="before",
    )  # fmt: skip
    @classmethod
    def split_names(cls, value: object) -> object:
        """Lists are written with commas in the environment."""
        if isinstance(value, str):
            return [name.strip() for name in value.split(",") if name.strip()]
        return value

    @field_validator("late_after_days", mode="before")
    @classmethod
    def complete_lags(cls, value: object) -> object:
        """Written as `source=days` with commas; whoever is not named keeps the normal lag."""
        if isinstance(value, str):
            pairs = [pair.partition("=") for pair in value.split(",") if pair.strip()]
            value = {name.strip(): days.strip() for name, _, days in pairs}
        if isinstance(value, dict) and (unknown := sorted(set(value) - set(NORMAL_LAGS))):
            raise ValueError(f"{unknown[0]} is none of {', '.join(NORMAL_LAGS)}")
        return NORMAL_LAGS | value if isinstance(value, dict) else value

    @field_validator(
        "rules", "sources_file", "snowflake_private_key_file", "github_app_private_key_file",
        "metrics_folder", "digest_file", mode="before",
    )  # fmt: skip
    @classmethod
    def empty_is_unset(cls, value: object) -> object:
        """An empty line in `.env` names no path."""
        return None if value == "" else value

    @property
    def landing(self) -> str | Path:
        return self.landing_url or self.home / "landing"

    @property
    def work_file(self) -> Path:
        return self.home / "work" / "nightquest.duckdb"

    @property
    def published_file(self) -> Path:
        return self.home / "published" / "nightquest.duckdb"

    @property
    def rules_folder(self) -> Path:
        return self.rules or PROJECT / "ingest" / "rules" / "default"

    @property
    def has_sources(self) -> bool:
        """Whether there is anything of one's own to read."""
        return bool(self.github_orgs or self.copilot_scopes or self.sources_file or self.inbox)

    @property
    def copilot_scopes(self) -> list[str]:
        """What is asked for Copilot reports: `enterprise:x` before `org:y`."""
        enterprise = [f"enterprise:{self.copilot_enterprise}"] if self.copilot_enterprise else []
        orgs = self.github_orgs if self.copilot_orgs is None else self.copilot_orgs
        return enterprise + [f"org:{name}" for name in orgs]


def load_settings() -> Settings:
    """The settings as they are now.

    Raises:
        SettingsError: names the first wrong setting, what was found, and what is allowed.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = str(first["loc"][0])
        # A message may end in a log or a ticket.
        is_secret = "SecretStr" in str(Settings.model_fields[field].annotation)
        found = "" if is_secret else f", found {first['input']!r}"
        name = f"NIGHTQUEST_{field.upper()}"
        raise SettingsError(f"{name} is wrong: {first['msg']}{found}.") from None
