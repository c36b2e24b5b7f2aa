"""10,000 malformed payloads and files: no crash, nothing lost, and Postgres takes what loads.

That each line is a row or in quarantine with a reason is asserted where it is framed, payload by
payload (`framing.py`, `landing.py`, `dropping.py`).
"""

import os
from collections.abc import Callable, Iterator

import polars as pl
import pytest
import snowflake.connector

from ingest.tables import TABLES
from ingest.warehouse import PostgresWarehouse
from tests.fuzz.campaign import RUNS
from tests.fuzz.framing import Tally

Fuzzed = Callable[[str], Tally]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    """What came of a run; each is made once."""
    tallies: dict[str, Tally] = {}
    with pytest.MonkeyPatch.context() as patch:
        # Hundreds of landings, none of which has to survive a power cut.
        patch.setattr(os, "sync", lambda: None)
        patch.setattr(os, "fsync", lambda _: None)

        def connect(connection: object) -> None:
            patch.setattr(snowflake.connector, "connect", lambda **_: connection)

        def once(name: str) -> Tally:
            if name not in tallies:
                run = RUNS[name]
                home = tmp_path_factory.mktemp("fuzz")
                tallies[name] = run.damage(home, run.count, connect)
            return tallies[name]

        yield once


@pytest.mark.parametrize("name", RUNS)
def test_no_damage_is_a_crash_and_every_outcome_occurs(fuzzed: Fuzzed, name: str) -> None:
    counts = fuzzed(name).counts
    print(f"{name}: {dict(sorted(counts.items()))}")
    assert counts["damaged"] + counts["good"] >= RUNS[name].count
    assert [outcome for outcome in RUNS[name].outcomes if not counts[outcome]] == []


def test_ten_thousand_payloads_and_files_are_damaged(fuzzed: Fuzzed) -> None:
    assert sum(fuzzed(name).counts["damaged"] for name in RUNS) >= 10_000


def test_what_loads_holds_no_text_that_postgres_refuses(fuzzed: Fuzzed, postgres_url: str) -> None:
    frames = [(table, frame) for name in RUNS for table, parts in fuzzed(name).frames.items()
              for frame in [pl.concat(parts)]]  # fmt: skip
    warehouse = PostgresWarehouse(postgres_url)
    try:
        for table in TABLES:
            warehouse.execute(f"create schema if not exists {table.schema}")
            warehouse.execute(table.ddl)
        for table, frame in frames:
            warehouse.append(table.path, frame)
        for table in {table for table, _ in frames}:
            expected = sum(frame.height for other, frame in frames if other is table)
            found = warehouse.query(f"select count(*) from {table.path}").item()
            assert found == expected, table.path
    finally:
        warehouse.close()
