"""What the settings must hold before anything is fetched. Imports nothing that takes seconds."""

from pathlib import Path

from ingest.errors import SettingsError
from ingest.http import GitHubClient, asks_as_app
from ingest.rules import RulePack, load_pack
from ingest.settings import Settings


def checked_pack(settings: Settings, folder: Path) -> RulePack:
    """The pack of a folder, read against the metrics that this installation declares.

    Raises:
        SettingsError: every mistake of the pack, or the first one of the sources file.
    """
    from ingest.filedrop.declared import file_metrics
    from ingest.snowflake.declared import declared_metrics, load_extracts

    return load_pack(folder, [*declared_metrics(load_extracts(settings)), *file_metrics(settings)])


def has_credentials(settings: Settings) -> bool:
    """Whether GitHub is told who asks."""
    return bool(settings.github_token or asks_as_app(settings))


def check_sources(settings: Settings) -> None:
    """At least one source must be configured, and GitHub's settings usable.

    Raises:
        SettingsError: names the settings that are missing or wrong.
    """
    asked = settings.github_orgs or settings.copilot_scopes
    if asked and not has_credentials(settings):
        raise SettingsError(
            f"NIGHTQUEST_GITHUB_TOKEN is not set, but GitHub is asked for ({', '.join(asked)}): "
            "set a token, or a GitHub App (NIGHTQUEST_GITHUB_APP_ID and the two below it in "
            "`.env.example`), that may read the organisation and its Copilot metrics."
        )
    if not settings.has_sources:
        raise SettingsError(
            "No source is configured: set NIGHTQUEST_GITHUB_ORGS (names, with commas) and "
            "NIGHTQUEST_GITHUB_TOKEN, or NIGHTQUEST_SOURCES_FILE, or NIGHTQUEST_INBOX; "
            "`.env.example` lists all."
        )
    with GitHubClient(settings):
        pass  # it refuses an address, a token or an App's key that cannot be one
