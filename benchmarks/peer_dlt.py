"""Load an NDJSON file into a DuckDB file with dlt; prints the seconds. Runs with dlt's own Python.

As dlt's documentation has it: a resource that yields parsed rows, everything else by default.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dlt
from dlt.common import json


@dlt.resource(name="user_days", write_disposition="replace")
def user_days(file: Path) -> Iterator[list[dict]]:
    with file.open("rb") as lines:
        yield [json.loadb(line) for line in lines]


def main() -> None:
    file, folder = Path(sys.argv[1]), Path(sys.argv[2])
    started = time.perf_counter()
    pipeline = dlt.pipeline(
        "p4",
        destination=dlt.destinations.duckdb(str(folder / "dlt.duckdb")),
        dataset_name="raw_copilot",
        pipelines_dir=str(folder / "pipelines"),
    )
    pipeline.run(user_days(file))
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main()
