"""P5: an extract at an emulated Snowflake to raw rows, landing included.

Against a hand-written script that fetches the same Arrow batches, writes each as Parquet and
inserts its rows, in the same long shape, into DuckDB. Both speak to one server, a process of its
own, by turns. And the memory that landing takes, where the answer has few batches and many.
"""

import gc
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from statistics import median

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from benchmarks.machine import machine
from ingest.landing import Landing
from ingest.loading import load_raw
from ingest.settings import Settings
from ingest.snowflake.connection import connection_parameters
from ingest.snowflake.fetch import land_extracts
from ingest.tables import SNOWFLAKE_METRICS
from ingest.warehouse import open_warehouse

FIRST_DAY, DAYS = date(2026, 3, 2), 2
LAST_DAY = FIRST_DAY + timedelta(days=DAYS - 1)
FEW, MANY, BATCH_ROWS = 10, 50, 50_000
ROWS = MANY * BATCH_ROWS
TURNS = 3
METRICS = ("tasks_completed", "review_hours", "incidents_resolved")
FEW_QUERY, MANY_QUERY = "select few_batches", "select many_batches"

Way = Callable[[Settings], int]


def serve() -> None:
    """Answer the queries in few and in many chunks, until the standard input ends."""
    from tests.emulation.snowflake import (
        Answer,
        Chunk,
        column,
        rowtype_of,
        snowflake_emulation,
        stream_of,
        wire_table,
        zipped,
    )

    numbers = range(BATCH_ROWS)
    days = [FIRST_DAY + timedelta(days=n % DAYS) for n in numbers]
    table = wire_table(
        column("ASSIGNEE", "TEXT", pa.array([f"developer-{n * 7919 % 100_003}" for n in numbers])),
        column("DONE_ON", "DATE", pa.array(days, pa.date32())),
        column("TASKS_COMPLETED", "FIXED", pa.array([n % 7 for n in numbers], pa.int8())),
        column("REVIEW_HOURS", "FIXED", pa.array([n * 31 % 80_000 for n in numbers], pa.int32()),
               18, 4),
        column("INCIDENTS_RESOLVED", "FIXED", pa.array([n % 3 for n in numbers], pa.int8())),
    )  # fmt: skip
    first, other = Chunk(BATCH_ROWS, stream_of(table)), Chunk(BATCH_ROWS, zipped(table))
    with snowflake_emulation() as emulation:
        for query, count in ((FEW_QUERY, FEW), (MANY_QUERY, MANY)):
            emulation.answers[query] = Answer(
                rowtype_of(table.schema), first, [other] * (count - 1)
            )
        print(emulation.port, flush=True)
        sys.stdin.read()


@contextmanager
def server() -> Iterator[int]:
    """The port of a server in a process of its own."""
    with subprocess.Popen(  # noqa: S603
        this_module("serve"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        yield int(process.stdout.readline())
        process.stdin.close()


def this_module(*arguments: object) -> list[str]:
    name = "benchmarks.p5_snowflake"
    return [sys.executable, "-W", "ignore", "-m", name, *map(str, arguments)]


def settings_at(port: int, home: Path, query: str) -> Settings:
    metrics = [
        {"column": name, "name": name, "unit": "units", "description": name} for name in METRICS
    ]
    extract = {
        "name": "tasks", "query": query, "key_column": "assignee", "key_kind": "login",
        "day_column": "done_on", "metrics": metrics,
    }  # fmt: skip
    sources = home / "sources.yml"
    sources.write_text(yaml.safe_dump({"snowflake": {"extracts": [extract]}}))
    return Settings(
        _env_file=None, home=home, sources_file=sources, snowflake_account="emulated",
        snowflake_user="u", snowflake_token="t", snowflake_host="127.0.0.1",  # noqa: S106
        snowflake_port=port, snowflake_protocol="http",
    )  # fmt: skip


def by_nightquest(settings: Settings) -> int:
    """From the query to the committed load."""
    landing = Landing(settings.landing)
    land_extracts(settings, landing, FIRST_DAY, LAST_DAY)
    with open_warehouse(settings) as warehouse:
        return load_raw(settings, warehouse, landing, LAST_DAY, "run", {})[SNOWFLAKE_METRICS.path]


def by_hand(settings: Settings) -> int:
    """The same without days, hashes, quarantine or a record of what was done."""
    import snowflake.connector

    written = 0
    long = " union all ".join(
        f"select 'tasks', done_on, assignee, 'login', 'snowflake.{name}', {name}, 'load' from batch"
        for name in METRICS
    )
    with (
        duckdb.connect(str(settings.home / "by_hand.duckdb")) as warehouse,
        snowflake.connector.connect(**connection_parameters(settings)) as connection,
        connection.cursor() as cursor,
    ):
        warehouse.execute(f"create schema {SNOWFLAKE_METRICS.schema}")
        warehouse.execute(SNOWFLAKE_METRICS.ddl)
        warehouse.begin()
        for number, table in enumerate(cursor.execute(MANY_QUERY).fetch_arrow_batches()):
            pq.write_table(table, settings.home / f"{number}.parquet")
            warehouse.register("batch", table)
            warehouse.execute(f"insert into {SNOWFLAKE_METRICS.path} {long}")
            written += table.num_rows * len(METRICS)
        warehouse.commit()
    return written


def seconds(way: Way, port: int) -> float:
    with tempfile.TemporaryDirectory(prefix="nightquest-p5-") as home:
        settings = settings_at(port, Path(home), MANY_QUERY)
        gc.collect()
        started = time.perf_counter()
        assert way(settings) == ROWS * len(METRICS)
        return time.perf_counter() - started


def print_peak(port: int, query: str) -> None:
    """The peak of this process's memory in MB after the answer is landed."""
    with tempfile.TemporaryDirectory(prefix="nightquest-p5-") as home:
        settings = settings_at(port, Path(home), query)
        land_extracts(settings, Landing(settings.landing), FIRST_DAY, LAST_DAY)
    # Not getrusage: its peak counts the process that started this one, too.
    status = Path("/proc/self/status").read_text()
    print(int(status.split("VmHWM:")[1].split()[0]) // 1024)


def peak(port: int, query: str) -> int:
    command = this_module("peak", port, query)
    ran = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return int(ran.stdout)


def main() -> None:
    with server() as port:
        print(f"{ROWS:,} rows in {MANY} batches, {DAYS} days, {len(METRICS)} metrics", flush=True)
        took: dict[Way, list[float]] = {by_nightquest: [], by_hand: []}
        for _ in range(TURNS):
            for way, times in took.items():
                times.append(seconds(way, port))
        few, many = peak(port, FEW_QUERY), peak(port, MANY_QUERY)
    for way, times in took.items():
        turns = "s, ".join(f"{taken:.2f}" for taken in times)
        print(f"{way.__name__:<14} {ROWS / median(times):>8,.0f} rows/s   {turns}s")
    ours, theirs = (median(times) for times in took.values())
    print(f"P5: {theirs / ours:.2f} of a hand-written script's rate (must be at least 0.8)")
    print(f"Peak memory of landing: {few} MB with {FEW} batches, {many} MB with {MANY}")
    print(machine("polars", "duckdb", "pyarrow", "snowflake-connector-python"))


if __name__ == "__main__":
    command, *arguments = sys.argv[1:] or ["main"]
    {"serve": serve, "peak": print_peak, "main": main}[command](*arguments)
