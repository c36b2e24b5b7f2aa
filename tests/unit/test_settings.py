"""Settings: read late, told plainly, all documented."""

from pathlib import Path

import pytest

import app.settings
from ingest.errors import SettingsError
from ingest.settings import Settings, load_settings
from orchestration.dbt import dbt_environment

PROJECT = Path(__file__).resolve().parents[2]


def test_every_setting_is_documented() -> None:
    example = (PROJECT / ".env.example").read_text()
    names = [*Settings.model_fields, *app.settings.Settings.model_fields]
    missing = [name for name in names if f"NIGHTQUEST_{name.upper()}=" not in example]
    assert missing == []


def test_everything_has_a_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings().target == "duckdb"


def test_a_wrong_setting_is_named_with_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTQUEST_TARGET", "oracle")
    with pytest.raises(SettingsError, match=r"NIGHTQUEST_TARGET.*'duckdb', 'postgres'"):
        load_settings()


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTQUEST_GITHUB_ORGS", "acme, globex")
    assert load_settings().copilot_scopes == ["org:acme", "org:globex"]


def test_a_secret_is_in_no_text_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTQUEST_GITHUB_TOKEN", "planted-secret")
    settings = load_settings()
    assert "planted-secret" not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_dbt_is_given_all_of_a_postgres_url(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql://nq:quiet%20secret@db.example:5433/game?sslmode=verify-full&sslrootcert=/ca"
    monkeypatch.setenv("NIGHTQUEST_TARGET", "postgres")
    monkeypatch.setenv("NIGHTQUEST_POSTGRES_URL", url)
    given = dbt_environment(load_settings())
    assert (
        given.items()
        >= {
            "NIGHTQUEST_DBT_POSTGRES_HOST": "db.example",
            "NIGHTQUEST_DBT_POSTGRES_PORT": "5433",
            "NIGHTQUEST_DBT_POSTGRES_USER": "nq",
            "NIGHTQUEST_DBT_POSTGRES_DBNAME": "game",
            "DBT_ENV_SECRET_NIGHTQUEST_POSTGRES_PASSWORD": "quiet secret",
            "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": "/ca",
        }.items()
    )
