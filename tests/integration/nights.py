"""Nights as a person runs them: the command line in a process of its own."""

import atexit
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from unittest.mock import patch

import pytest

from ingest.settings import Settings, load_settings
from ingest.tables import GITHUB_TEAM_MEMBERS
from ingest.warehouse import open_warehouse
from orchestration.publication.content import UNHASHED_COLUMNS
from tests.environment import inherited

PROJECT = Path(__file__).resolve().parents[2]
NIGHTQUEST = Path(sys.executable).with_name("nightquest")
#: What takes long to import. Nothing of Nightquest's own, which looks at its settings.
LIBRARIES = [
    "alembic.command", "dagster", "dagster_dbt", "dbt.adapters.duckdb", "dbt.cli.main", "duckdb",
    "httpx", "polars", "psycopg", "pydantic_settings", "sqlalchemy", "typer",
]  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str


def only_with(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    """This process's environment, of Nightquest's own variables only those that are given."""
    return inherited() | dict(environment) | {"NIGHTQUEST_HOME": str(home)}


def put_in_force(monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str]) -> Settings:
    """These settings for this process, as for a command; Dagster's records in the home."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return load_settings()


def nightquest(
    *arguments: str, home: Path, environment: Mapping[str, str], seconds: float = 300
) -> Said:
    """Run `nightquest ...` on a home, with nothing set but what is given, for so long at most.

    It is a process of its own, forked from one that has imported the libraries: that takes 4 s of
    each command otherwise.
    """
    with TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = servers().Process(
            target=command, args=(arguments, only_with(environment, home), home.parent, out, err)
        )
        # A harness's own module would be imported into the command otherwise, with its settings.
        with patch.dict(sys.modules, {"__main__": ModuleType("__main__")}):
            process.start()
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutError(f"nightquest {arguments} has not ended after {seconds} s")
        return Said(process.exitcode, out.read_text(), err.read_text())


@cache
def servers() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(LIBRARIES)
    return context


def command(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path, out: Path, err: Path
) -> None:
    """What the program `nightquest` does, in this process."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for stream, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), stream)
    sys.argv = ["nightquest", *arguments]
    from orchestration.cli import main

    try:
        main()
    finally:
        atexit._run_exitfuncs()  # multiprocessing ends its processes without


@contextmanager
def unknown_team(settings: Settings, day: date) -> Iterator[None]:
    """While `with` lasts, somebody's team is none that there is: a data test fails."""
    with open_warehouse(settings) as warehouse:
        (user_id,) = warehouse.query("select min(user_id) from raw_copilot.user_days").row(0)
        # The first scope by name decides whose team counts.
        row = {
            "scope": "!planted", "snapshot_date": day, "team_id": 999_999_999, "user_id": user_id,
            "load_id": "planted",
        }  # fmt: skip
        warehouse.append(GITHUB_TEAM_MEMBERS.path, GITHUB_TEAM_MEMBERS.frame([row]))
    yield
    with open_warehouse(settings) as warehouse:
        warehouse.execute(f"delete from {GITHUB_TEAM_MEMBERS.path} where scope = '!planted'")


Content = dict[str, set[tuple]]


def content(settings: Settings, tables: tuple[str, ...]) -> Content:
    """The published rows of some marts, without the run that wrote them."""
    with open_warehouse(settings) as warehouse:
        return {
            table: set(
                warehouse.query(f"select * from core.{table}")
                .drop(*UNHASHED_COLUMNS, strict=False)
                .rows()
            )
            for table in tables
        }
