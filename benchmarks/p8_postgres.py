"""P8: the same rebuild and the night after it on Postgres and on DuckDB.

Both start from the same generated raw tables and end in the same content hash. Postgres is the
server that NIGHTQUEST_POSTGRES_URL names (its tables there are replaced), else the embedded one as
it comes. Postgres takes at most 8 times DuckDB's time for the rebuild, and 3 times for the night.
"""

import os

import duckdb
import polars as pl
from pydantic import SecretStr

from benchmarks.machine import machine
from benchmarks.organisation import next_night
from benchmarks.p1_rebuild import prepared, print_costliest
from benchmarks.product import Ran, nodes_of, run_night
from benchmarks.sizes import options, scratch
from ingest.settings import Settings
from ingest.tables import RECORDS, TABLES
from ingest.warehouse import open_warehouse, postgres_url
from orchestration.publication.nights import published_night

#: Rows that travel from the one to the other at once.
BATCH_ROWS = 1_000_000


def copy_raw(source: Settings, target: Settings) -> None:
    """Put all that a load writes into the target's tables, and nothing that publication writes."""
    with (
        duckdb.connect(str(source.work_file), read_only=True) as held,
        open_warehouse(target) as warehouse,
    ):
        for table in sorted(set(TABLES) - RECORDS, key=lambda table: table.path):
            warehouse.execute(f"create schema if not exists {table.schema}")
            warehouse.execute(table.ddl)
            with warehouse.transaction():
                warehouse.execute(f"truncate table {table.path}")
                rows = held.sql(f"select {', '.join(table.columns)} from {table.path}")
                for batch in rows.to_arrow_reader(BATCH_ROWS):
                    warehouse.append(table.path, pl.DataFrame(pl.from_arrow(batch)))
        warehouse.execute("analyze")


def content_hash(settings: Settings) -> str | None:
    night = published_night(settings)
    return night.content_hash if night else None


def told(name: str, ran: Ran) -> None:
    steps = {step: round(seconds, 1) for step, seconds in ran.answer["steps"].items()}
    print(f"{name}: {ran.seconds:.1f} s, {steps}", flush=True)
    print_costliest(nodes_of(ran), ran.answer["rows_written"])


def main() -> None:
    asked = options()
    url = os.environ.get("NIGHTQUEST_POSTGRES_URL")
    with scratch(asked.folder, "p8") as home:
        embedded = prepared(home, asked.size)
        server = embedded.model_copy(
            update={"target": "postgres", "postgres_url": SecretStr(url) if url else None}
        )
        server = server.model_copy(update={"postgres_url": SecretStr(postgres_url(server))})
        # The rules and the settings come with the load of the night, on both.
        copy_raw(embedded, server)
        places = {"duckdb": embedded, "postgres": server}
        rebuilds = {name: run_night(its, asked.size.last_day) for name, its in places.items()}
        first = {name: content_hash(its) for name, its in places.items()}
        grown = next_night(embedded, asked.size)
        copy_raw(embedded, server)
        nights = {name: run_night(its, grown.last_day) for name, its in places.items()}
        second = {name: content_hash(its) for name, its in places.items()}
    for name in places:
        told(f"{name}, rebuild", rebuilds[name])
        told(f"{name}, night", nights[name])
    if len(set(first.values())) + len(set(second.values())) != 2:
        raise SystemExit(f"P8: the two hold different content: {first}, {second}")
    for what, ran, limit in (("rebuild", rebuilds, 8), ("night", nights, 3)):
        times = ran["postgres"].seconds / ran["duckdb"].seconds
        print(f"P8: the {what} takes Postgres {times:.1f} times DuckDB's time "
              f"(must be at most {limit}); equal content")  # fmt: skip
    print(f"{asked.size}. {machine('duckdb', 'dbt-core', 'dbt-postgres', 'dagster')}")


if __name__ == "__main__":
    main()
