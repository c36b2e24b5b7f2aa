"""P6: the dashboard over many developers: board queries, pages, and 100 open sessions.

A rebuild is published first (`--folder` keeps it for the next time). Then, with nothing cached and
another person each time: the queries of a board through the app's door, p95 at most 10 ms; each
page asked for over a websocket from a real server, at most 300 ms; and 100 such sessions at once,
each with a click every 30 s, none of them an error. The board's queries are asked of an embedded
Postgres as well, which holds the published rows of their tables as publication would lay them out.
"""

import asyncio
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlencode

import duckdb
import polars as pl
import websockets
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from app import queries
from app.warehouse import tonight
from benchmarks.machine import machine
from benchmarks.p1_rebuild import prepared
from benchmarks.product import run_night
from benchmarks.sizes import Options, options, scratch
from ingest.settings import PROJECT, Settings
from ingest.warehouse import open_warehouse, postgres_url
from orchestration.assets.models import marts_of_project
from orchestration.publication.core import core_ddl, index_core_tables
from orchestration.publication.views import create_views, shown_marts

QUERIES_ASKED = 200
DRAWN = 15
SESSIONS, CLICK_SECONDS, CLICKS = 100, 30, 5
#: What the Leaderboards page reads, and what the visibility policy looks into.
BOARD_TABLES = ("leaderboards", "leaderboard_sizes", "dim_developers", "run_status")
POLICY_TABLE = "state_opted_out"
#: Rows that travel to Postgres at once.
BATCH_ROWS = 200_000
MOST_QUERY_MS, MOST_PAGE_MS = 10, 300
#: The pages of the app, with what changes from one reader to the next.
PAGES: dict[str, Callable[[str], dict[str, str]]] = {
    "overview": lambda who: {},
    "leaderboards": lambda who: {"board": "xp_30d", "developer": who},
    "developer": lambda who: {"developer": who},
    "missions": lambda who: {},
    "badges": lambda who: {},
    "teams": lambda who: {"days": "30"},
    "news": lambda who: {"days": "7"},
    "rules": lambda who: {},
    "health": lambda who: {},
}


def p95(seconds: list[float]) -> float:
    """In milliseconds."""
    return 1000 * quantiles(seconds, n=20)[-1]


@contextmanager
def published(asked: Options) -> Iterator[Path]:
    """A home with a published night of the size; one that `--folder` has kept is used again."""
    kept = asked.folder and asked.folder / f"p6-{asked.size.developers}-{asked.size.days}"
    if kept and (kept / "published" / "nightquest.duckdb").exists():
        yield kept
        return
    with scratch(asked.folder, "p6") as home:
        settings: Settings = prepared(home, asked.size)
        ran = run_night(settings, asked.size.last_day)
        print(f"  rebuilt and published in {ran.seconds:.0f} s", flush=True)
        if kept:
            kept = home.rename(kept)
        yield kept or home


def people(home: Path) -> list[str]:
    """Developers at random, the same in every run."""
    with duckdb.connect(str(home / "published" / "nightquest.duckdb"), read_only=True) as marts:
        found = marts.sql("select developer_id from marts.dim_developers order by 1").fetchall()
    return random.Random(6).choices([who for (who,) in found], k=QUERIES_ASKED)  # noqa: S311


def asked_seconds(developers: list[str]) -> dict[str, list[float]]:
    """Seconds of each query of the Leaderboards page, one person after the other."""
    night = tonight()
    took: dict[str, list[float]] = {}

    def ask(name: str, sql: str, **params: Any) -> pl.DataFrame:
        started = time.perf_counter()
        rows = night.source.fetch(sql, params, night.run_id)
        took.setdefault(name, []).append(time.perf_counter() - started)
        return rows

    for who in developers:
        board = {"board": "xp_30d", "scope": "org"}
        ask("top 10", queries.BOARD_PLACES, **board, first=1, last=10)
        own = ask("own place", queries.BOARD_PLACE_OF, **board, developer=who).to_series()
        place = own[0] if len(own) else 1
        ask("neighbours", queries.BOARD_PLACES, **board, first=place - 2, last=place + 2)
        ask("names and levels", queries.PEOPLE, developers=[who])
        ask("size", queries.BOARD_SIZE, **board)
    return took


@contextmanager
def on_postgres(home: Path) -> Iterator[str]:
    """The URL of a Postgres with the published rows of the board's tables, indexed and shown by the
    views of publication."""
    marts = marts_of_project()
    with tempfile.TemporaryDirectory(prefix="nightquest-p6-") as folder:
        settings = Settings(home=Path(folder), target="postgres")
        with (
            duckdb.connect(str(home / "published" / "nightquest.duckdb"), read_only=True) as held,
            open_warehouse(settings) as warehouse,
        ):
            for schema in ("core", "marts", "ops"):
                warehouse.execute(f"create schema {schema}")
            warehouse.execute(f"create table core.{POLICY_TABLE} (developer_id varchar)")
            for table in BOARD_TABLES:
                rows = held.sql(f"select * from marts.{table}")
                kinds = {
                    name: "double precision" if str(kind) == "DOUBLE" else str(kind)
                    for name, kind in zip(rows.columns, rows.types, strict=True)
                }
                warehouse.execute(core_ddl(table, kinds))
                for batch in rows.to_arrow_reader(BATCH_ROWS):
                    warehouse.append(f"core.{table}", pl.DataFrame(pl.from_arrow(batch)))
            shown = {table: mart for table, mart in marts.items() if table in BOARD_TABLES}
            index_core_tables(warehouse, shown)
            create_views(warehouse, shown_marts(settings, shown))
            warehouse.execute("analyze")
        yield postgres_url(settings)


@dataclass
class Clicks:
    """What became of the clicks of one or many sessions: seconds by page, and errors."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in PAGES})
    errors: list[str] = field(default_factory=list)

    async def pages(self, url: str, developers: list[str]) -> None:
        """Each page for one reader after the other, with nothing cached."""
        async with opened(url) as session:
            for name in PAGES:
                for who in developers[: DRAWN + 1]:
                    await self.click(session, name, who)
                self.seconds[name].pop(0)  # the first also imports what a page draws with

    async def session(self, url: str, number: int, developers: list[str]) -> None:
        """A reader who clicks now and then, beginning somewhere in the first interval."""
        await asyncio.sleep(CLICK_SECONDS * number / SESSIONS)
        names = [*PAGES]
        try:
            async with opened(url) as session:
                for click in range(CLICKS):
                    who = developers[(number * CLICKS + click) % len(developers)]
                    began = time.perf_counter()
                    await self.click(session, names[(number + click) % len(names)], who)
                    await asyncio.sleep(max(0, CLICK_SECONDS - (time.perf_counter() - began)))
        except (OSError, websockets.WebSocketException, TimeoutError) as error:
            self.errors.append(f"session {number}: {error!r}")

    async def click(self, session: websockets.ClientConnection, name: str, who: str) -> None:
        """Open a page and read until its script has finished.

        Raises:
            TimeoutError: that took longer than until the next click.
        """
        asked = BackMsg()
        asked.rerun_script.query_string = urlencode(PAGES[name](who))
        asked.rerun_script.page_name = "" if name == "overview" else name
        began = time.perf_counter()
        await session.send(asked.SerializeToString())
        async with asyncio.timeout(CLICK_SECONDS):
            while True:
                answer = ForwardMsg()
                answer.ParseFromString(bytes(await session.recv(decode=False)))
                if answer.delta.new_element.HasField("exception"):
                    self.errors.append(f"{name}: {answer.delta.new_element.exception.message}")
                alert = answer.delta.new_element.alert
                if alert.format == Alert.ERROR:
                    self.errors.append(f"{name}: {alert.body}")
                if answer.HasField("script_finished"):
                    break
        self.seconds[name].append(time.perf_counter() - began)


def opened(url: str) -> websockets.connect:
    """A session with the server, as a browser opens one."""
    return websockets.connect(
        url, subprotocols=[websockets.Subprotocol("streamlit")], max_size=None
    )


#: The dashboard, but each answer is asked for anew.
FORGETFUL = """
import runpy, streamlit
streamlit.cache_data = lambda **_: lambda answer: answer
runpy.run_module("app", run_name="__main__")
"""


@contextmanager
def server(start: Sequence[str] = ("-m", "app")) -> Iterator[str]:
    """The dashboard, as its users start it; yields the address of its websocket."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(  # noqa: S603
        [
            sys.executable, *start, "--server.port", str(port),
            "--server.address", "127.0.0.1", "--server.fileWatcherType", "none",
        ],
        cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(100):
            try:
                health = f"http://127.0.0.1:{port}/_stcore/health"
                with urllib.request.urlopen(health, timeout=1):
                    break
            except OSError:
                time.sleep(0.2)
        yield f"ws://127.0.0.1:{port}/_stcore/stream"
    finally:
        process.terminate()
        process.wait(timeout=10)


async def one_after_the_other(developers: list[str]) -> Clicks:
    clicks = Clicks()
    with server(["-c", FORGETFUL]) as url:
        await clicks.pages(url, developers)
    return clicks


async def side_by_side(developers: list[str]) -> Clicks:
    clicks = Clicks()
    with server() as url:
        await asyncio.gather(
            *(clicks.session(url, number, developers) for number in range(SESSIONS))
        )
    return clicks


def told_queries(engine: str, took: dict[str, list[float]]) -> None:
    for name, seconds in took.items():
        print(f"  {engine}, {name}: p95 {p95(seconds):.1f} ms")
    worst = max(map(p95, took.values()))
    print(f"P6: board queries on {engine}: p95 {worst:.1f} ms (must be at most {MOST_QUERY_MS})")


def main() -> None:
    asked = options()
    with published(asked) as home:
        os.environ |= {
            "NIGHTQUEST_HOME": str(home), "NIGHTQUEST_TARGET": "duckdb",
            "NIGHTQUEST_ENV": "development",
        }  # fmt: skip
        developers = people(home)
        told_queries("DuckDB", asked_seconds(developers))
        alone = asyncio.run(one_after_the_other(developers))
        for name, seconds in alone.seconds.items():
            print(f"  page {name}: p95 {p95(seconds):.0f} ms")
        slowest = max(PAGES, key=lambda name: p95(alone.seconds[name]))
        print(
            f"P6: the slowest page, {slowest}: p95 {p95(alone.seconds[slowest]):.0f} ms "
            f"(must be at most {MOST_PAGE_MS}), {len(alone.errors)} errors"
        )
        many = asyncio.run(side_by_side(developers))
        all_seconds = [seconds for of_page in many.seconds.values() for seconds in of_page]
        print(
            f"P6: {SESSIONS} sessions, a click every {CLICK_SECONDS} s: {len(all_seconds)} pages, "
            f"p95 {p95(all_seconds):.0f} ms, {len(many.errors)} errors (must be none)"
        )
        for error in (alone.errors + many.errors)[:5]:
            print(f"  {error}")
        with on_postgres(home) as url:
            os.environ |= {"NIGHTQUEST_TARGET": "postgres", "NIGHTQUEST_APP_POSTGRES_URL": url}
            told_queries("Postgres", asked_seconds(developers))
    print(f"{asked.size}. {machine('duckdb', 'streamlit', 'psycopg')}")


if __name__ == "__main__":
    main()
