"""Two nights at once: on one home, and from two homes on one database."""

from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from ingest.errors import NightquestError
from ingest.settings import Settings
from orchestration.resources import night_lock

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


def test_the_lock_of_a_killed_session_is_free(tmp_path: Path, postgres_url: str) -> None:
    settings = Settings(home=tmp_path, target="postgres", postgres_url=SecretStr(postgres_url))
    others = settings.model_copy(update={"home": tmp_path / "other"})
    with night_lock(settings):
        with psycopg.connect(postgres_url, autocommit=True) as server:
            server.execute(
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"
            )
        with night_lock(others):
            pass
