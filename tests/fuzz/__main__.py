"""Print how often each outcome of the fuzz occurred, in Markdown."""

import logging
import tempfile
from pathlib import Path

import snowflake.connector

from tests.environment import forget_settings
from tests.fuzz.campaign import RUNS


def main() -> None:
    forget_settings()
    logging.disable(logging.CRITICAL)
    total = 0
    print("| damaged | how many | outcomes |\n|---|---|---|")
    for name, run in RUNS.items():
        with tempfile.TemporaryDirectory() as home:
            counts = run.damage(Path(home), run.count, _connect).counts
        total += counts["damaged"]
        outcomes = [f"{counts[one]:,} {one}" for one in sorted(counts) if one != "damaged"]
        print(f"| {name} | {counts['damaged']:,} | {', '.join(outcomes)} |", flush=True)
    print(f"\n{total:,} payloads and files were damaged.")


def _connect(connection: object) -> None:
    snowflake.connector.connect = lambda **_: connection


if __name__ == "__main__":
    main()
