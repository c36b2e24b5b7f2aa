"""P4: Copilot reports, landed, to typed and validated raw rows in the warehouse.

Full rows with 42 keys, features, languages and models included. By turns with `polars.read_ndjson`
alone on the same bytes (at least its rate), and once with dlt on a part of them, into a DuckDB file
as well (at least 20 times its rate).
"""

import gc
import json
import random
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl

from benchmarks.machine import machine
from benchmarks.peers import python_of_peers
from ingest.copilot.fetch import SOURCE, USERS
from ingest.landing import Landing
from ingest.loading import load_raw
from ingest.settings import Settings
from ingest.simulator.copilot_rows import copilot_row
from ingest.tables import COPILOT_USER_DAYS, OPS_QUARANTINE
from ingest.warehouse import open_warehouse

SCOPE = "enterprise:corp"
FIRST_DAY = date(2026, 3, 2)
DAYS, DEVELOPERS = 10, 5_000
#: dlt loads about 700 rows a second.
DLT_ROWS = 5_000
TURNS = 3
INTERACTIONS = "user_initiated_interaction_count"

Way = Callable[[Settings, Path], int]


def full_row(rng: random.Random, day: date, user_id: int) -> dict[str, Any]:
    """A row with the 42 keys of GitHub's full example, 3.6 kB long on average."""
    is_active = rng.random() < 0.85
    row = copilot_row(rng, day, user_id, f"developer-{user_id}", is_active, rng.random())
    del row["organization_id"]
    use = {"session_count": rng.randint(1, 4), "prompt_count": rng.randint(1, 9)}
    tokens = {"prompt_tokens_sum": rng.randrange(90_000), "output_tokens_sum": rng.randrange(9_000)}
    use |= {"request_count": rng.randint(1, 30)}
    use |= {"token_usage": tokens | {"avg_tokens_per_request": rng.randrange(9_000) / 2}}
    version = {"cli_version": "1.0.8", "sampled_at": f"{day}T00:01:43.000Z"}

    def some(name: str, values: tuple[str, ...], count: str = "interaction_count") -> list[dict]:
        chosen = rng.sample(values, rng.randint(0, len(values)))
        return [{name: value, count: rng.randint(1, 40)} for value in chosen]

    return row | {
        "ai_adoption_phase": {"phase": "Phase 2", "phase_number": 2, "version": "v1"},
        "distinct_custom_agent_use_count": rng.randrange(3),
        "distinct_mcp_use_count": rng.randrange(3),
        "distinct_plugin_use_count": rng.randrange(3),
        "distinct_skill_use_count": rng.randrange(3),
        "distinct_slash_cmd_use_count": rng.randrange(3),
        "totals_by_3rd_party_agent": some(
            "agent_name", ("Claude (Anthropic)", "Codex (OpenAI)"), INTERACTIONS
        ),
        "totals_by_cli": use | {"last_known_cli_version": version},
        "totals_by_copilot_app": use,
        "totals_by_custom_agent": some("custom_agent", ("general-purpose", "other")),
        "totals_by_mcp": some("mcp", ("github-mcp-server", "other")),
        "totals_by_plugin": some("plugin", ("other",)),
        "totals_by_skill": some("skill", ("other", "review")),
        "totals_by_slash_cmd": some("slash_cmd", ("/plan", "/fix", "custom")),
        "used_copilot_app": rng.random() < 0.2,
    }


def land(settings: Settings, file: Path) -> int:
    """Land all days, and write the same rows to one file; returns its bytes."""
    with Landing(settings.landing).load(SOURCE) as load, file.open("wb") as whole:
        for day in (FIRST_DAY + timedelta(days=n) for n in range(DAYS)):
            rng = random.Random(f"p4 {day}")  # noqa: S311
            rows = (full_row(rng, day, user_id) for user_id in range(1, DEVELOPERS + 1))
            lines = [json.dumps(row, separators=(",", ":")).encode() for row in rows]
            load.put_lines(USERS, SCOPE, day, lines)
            whole.writelines(line + b"\n" for line in lines)
    return file.stat().st_size


def by_nightquest(settings: Settings, _: Path) -> int:
    """The real load step, from an empty warehouse to the committed rows."""
    settings.work_file.unlink(missing_ok=True)
    with open_warehouse(settings) as warehouse:
        written = load_raw(settings, warehouse, Landing(settings.landing), FIRST_DAY, "run", {})
    assert OPS_QUARANTINE.path not in written
    return written[COPILOT_USER_DAYS.path]


def by_polars(_: Settings, file: Path) -> int:
    """Nothing but the reading: no checks, no tables, no warehouse."""
    return pl.read_ndjson(file).height


def seconds(way: Way, settings: Settings, file: Path) -> float:
    gc.collect()
    started = time.perf_counter()
    assert way(settings, file) == DAYS * DEVELOPERS
    return time.perf_counter() - started


def rate_of_dlt(file: Path, folder: Path) -> float | None:
    """Rows a second of dlt with its defaults; None where it cannot be installed."""
    python = python_of_peers()
    if python is None:
        return None
    part = folder / "part.ndjson"
    with file.open("rb") as whole:
        part.write_bytes(b"".join(next(whole) for _ in range(DLT_ROWS)))
    done = subprocess.run(  # noqa: S603
        [python, Path(__file__).with_name("peer_dlt.py"), part, folder],
        env={"RUNTIME__DLTHUB_TELEMETRY": "false", "HOME": str(folder)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return DLT_ROWS / float(done.stdout.split()[-1])


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="nightquest-p4-") as name:
        folder = Path(name)
        settings = Settings(_env_file=None, home=folder / "home")
        file = folder / "rows.ndjson"
        rows, size = DAYS * DEVELOPERS, land(settings, file)
        print(f"{rows:,} rows of {size / rows / 1000:.1f} kB, {DAYS} days", flush=True)
        took: dict[Way, list[float]] = {by_nightquest: [], by_polars: []}
        for way in took:
            seconds(way, settings, file)  # the first of each reads the file from disk
        for _ in range(TURNS):
            for way, times in took.items():
                times.append(seconds(way, settings, file))
        ours, theirs = (rows / median(times) for times in took.values())
        dlt = rate_of_dlt(file, folder)
    print(f"Nightquest      {ours:>8,.0f} rows/s   {by_turns(took[by_nightquest])}")
    print(f"polars alone    {theirs:>8,.0f} rows/s   {by_turns(took[by_polars])}")
    if dlt is None:
        print("dlt             cannot be installed here")
    else:
        print(f"dlt             {dlt:>8,.0f} rows/s   {DLT_ROWS:,} rows")
    print(f"P4: {ours / theirs:.2f} of polars.read_ndjson's rate (must be at least 1)", end="")
    print("" if dlt is None else f", {ours / dlt:.0f} times dlt's (at least 20)")
    print(machine("polars", "duckdb"))


def by_turns(times: list[float]) -> str:
    return "s, ".join(f"{taken:.2f}" for taken in times) + "s"


if __name__ == "__main__":
    main()
