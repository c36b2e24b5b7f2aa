"""Memory while an answer of many batches is landed, measured in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from tests.conftest import PROJECT
from tests.emulation.snowflake import (
    Answer,
    Chunk,
    SnowflakeEmulation,
    column,
    rowtype_of,
    snowflake_emulation,
    stream_of,
    wire_table,
    zipped,
)

DAYS = [date(2026, 5, 4), date(2026, 5, 5)]
#: A row is a key of 50 characters, a day and a number; the fewer batches already make a whole part
#: of landing of each of the two days.
BATCH_ROWS, ROW_BYTES = 50_000, 58
FEW, MANY = 10, 60
DAILY: dict[str, Any] = {
    "shape": "metrics", "key_column": "who", "key_kind": "employee_id", "day_column": "day",
    "metrics": [{"column": "n", "name": "n", "unit": "u", "description": "d"}],
}  # fmt: skip
SNAPSHOT = {
    "shape": "identity_map", "source_key_column": "who", "github_user_id_column": "n",
}  # fmt: skip
#: Lands the answers that its arguments name one after the other; prints rows and peak after each.
#: Not by getrusage, whose peak counts the process that started this one, too.
LANDING = """
import sys
from datetime import date
from pathlib import Path
from ingest.landing import Landing
from ingest.settings import load_settings
from ingest.snowflake.fetch import land_extracts, land_snapshots

for file in sys.argv[1:]:
    settings = load_settings().model_copy(update={"sources_file": Path(file)})
    landing = Landing(Path(file).with_suffix(""))
    land_extracts(settings, landing, date(2026, 5, 4), date(2026, 5, 5))
    land_snapshots(settings, landing, date(2026, 5, 5))
    status = Path("/proc/self/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) * 1024
    print(landing.states()["row_count"].sum(), peak)
"""


@pytest.fixture(scope="module")
def emulation() -> Iterator[SnowflakeEmulation]:
    """It answers `few` and `many` in so many batches of 3 MB, each with rows of both days."""
    table = wire_table(
        column("WHO", "TEXT", pa.array([f"{n:050}" for n in range(BATCH_ROWS)])),
        column("DAY", "DATE", pa.array(DAYS * (BATCH_ROWS // 2), pa.date32())),
        column("N", "FIXED", pa.array(range(1, BATCH_ROWS + 1), pa.int32())),
    )
    first, other = Chunk(BATCH_ROWS, stream_of(table)), Chunk(BATCH_ROWS, zipped(table))
    with snowflake_emulation() as running:
        for name, count in (("few", FEW), ("many", MANY)):
            running.answers[name] = Answer(rowtype_of(table.schema), first, [other] * (count - 1))
        yield running


@pytest.mark.parametrize("entry", [pytest.param(DAILY, marks=pytest.mark.long), SNAPSHOT])
def test_many_batches_take_the_memory_of_few(
    emulation: SnowflakeEmulation, tmp_path: Path, entry: dict[str, Any]
) -> None:
    files = []
    for query in ("few", "many"):
        extract = {"name": "tasks", "query": f"select {query}"} | entry
        files.append(tmp_path / f"{query}.yml")
        files[-1].write_text(yaml.safe_dump({"snowflake": {"extracts": [extract]}}))
    given = {
        "ACCOUNT": "fakesnow", "USER": "u", "TOKEN": "t", "HOST": "127.0.0.1",
        "PORT": str(emulation.port), "PROTOCOL": "http",
    }  # fmt: skip
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LANDING, *map(str, files)],
        env=os.environ | {f"NIGHTQUEST_SNOWFLAKE_{name}": value for name, value in given.items()},
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    few_rows, few_peak, many_rows, many_peak = map(int, ran.stdout.split())
    assert (few_rows, many_rows) == (FEW * BATCH_ROWS, MANY * BATCH_ROWS)
    # Measured: 19 MB, with 145 MB more to land; 113 MB where a day is held, 205 MB a snapshot.
    assert many_peak - few_peak < 20 * BATCH_ROWS * ROW_BYTES
