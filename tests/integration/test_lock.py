"""Two nights at once: on one home, and from two homes on one database."""

import sys
from pathlib import Path

import psycopg
import pytest
from dagster import DagsterInstance
from pydantic import SecretStr

from ingest.errors import NightquestError
from ingest.settings import Settings
from orchestration import cli
from orchestration.definitions import defs
from orchestration.night import NIGHTLY, RANGE_END_TAG, RANGE_START_TAG
from orchestration.resources import Night, night_lock
from orchestration.runner import failure_of

AT_WORK = r"^Another run is at work on {}\. Two at once would spoil each other"


def test_a_home_takes_one_night_at_a_time(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    refused = pytest.raises(NightquestError, match=AT_WORK.format(tmp_path))
    with night_lock(settings), refused, night_lock(settings):
        pass
    with night_lock(settings):
        pass


def test_a_database_takes_one_night_at_a_time_from_whichever_home(
    tmp_path: Path, postgres_url: str
) -> None:
    url = SecretStr(postgres_url)
    one, other = (
        Settings(home=tmp_path / name, target="postgres", postgres_url=url)
        for name in ("one", "other")
    )
    refused = pytest.raises(NightquestError, match=AT_WORK.format("the database of .*"))
    with night_lock(one), refused, night_lock(other):
        pass
    with night_lock(other):
        pass


@pytest.mark.parametrize("target", ["duckdb", "postgres"])
def test_the_command_line_and_dagster_refuse_a_night_beside_another(
    target: str, tmp_path: Path, request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """The other runs on the same home; on Postgres in another home on the same database."""
    home, other = tmp_path / "home", tmp_path / "home"
    (tmp_path / "inbox").mkdir()
    place = {"TARGET": target, "HOME": str(home), "INBOX": str(tmp_path / "inbox")}
    url = None
    if target == "postgres":
        other = tmp_path / "other"
        place["POSTGRES_URL"] = request.getfixturevalue("postgres_url")
        url = SecretStr(place["POSTGRES_URL"])
    for name, value in place.items():
        monkeypatch.setenv(f"NIGHTQUEST_{name}", value)
    monkeypatch.setattr(sys, "argv", ["nightquest", "run", "--day", "2026-05-07"])
    night = dict.fromkeys((RANGE_START_TAG, RANGE_END_TAG), "2026-05-07")
    job = defs.resolve_job_def(NIGHTLY)
    with night_lock(Settings(home=other, target=target, postgres_url=url)):
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capsys.readouterr().err.strip().splitlines()
        with DagsterInstance.ephemeral() as instance:
            run = job.execute_in_process(instance=instance, tags=night, raise_on_error=False)
    assert left.value.code == 1
    assert said[-1].startswith("nightquest: Another run is at work on ")
    assert "Traceback" not in "".join(said)
    assert not run.success
    assert failure_of(run).startswith("Another run is at work on ")
    assert [*home.glob("landing")] == [], "nothing was read"


def test_the_lock_of_a_killed_session_is_free(
    on_postgres: Settings, postgres_url: str, tmp_path: Path
) -> None:
    others = on_postgres.model_copy(update={"home": tmp_path / "other"})
    with night_lock(on_postgres):
        drop_all_locks(postgres_url)
        with night_lock(others):
            pass


def test_a_lock_that_is_lost_is_taken_again_before_a_run_writes_and_stops_it_later(
    on_postgres: Settings, postgres_url: str, tmp_path: Path
) -> None:
    others = on_postgres.model_copy(update={"home": tmp_path / "other"})
    night = Night()
    with night_lock(on_postgres) as night._lock:
        night.begin()
        night.go_on()
        drop_all_locks(postgres_url)
        with pytest.raises(NightquestError, match="lock was lost, so that another run may have"):
            night.go_on()
        with (
            night_lock(others),
            pytest.raises(NightquestError, match=AT_WORK.format("the database of .*")),
        ):
            night.begin()
        night.begin()
        night.go_on()
        with (
            pytest.raises(NightquestError, match=AT_WORK.format("the database of .*")),
            night_lock(others),
        ):
            pass


def drop_all_locks(url: str) -> None:
    """The server ends every session that holds the lock."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(
            "select pg_terminate_backend(pid, 5000) from pg_locks where locktype = 'advisory'"
        )
