"""The floor of P1: the default game by hand, raw tables to tables of the marts' shape.

What a good engineer would write for this one game in a day: DuckDB alone, one pass after the other
(`floor_sql/`), no dbt, no tests, no publication, nothing kept for a second night. It shares no SQL
with the models. Rules of the default pack's kinds are read from `raw_rules`; what that pack does
not use is left out (seasons, all_of, file metrics, identity maps, several organisations' teams),
and so are people who opted out, in team days too.

Run as a module: `python -m benchmarks.floor WORK_FILE OUT_FILE` prints the seconds of each step.
"""

import json
import sys
import time
from pathlib import Path

import duckdb

MEMORY = "12GB"
SQL = Path(__file__).with_name("floor_sql")
STEPS = (
    "people", "facts", "calendar", "xp", "streaks", "missions", "badges", "marts", "scores",
    "ranks", "shown",
)  # fmt: skip
BOARDS = (
    "xp_all_time", "xp_7d", "xp_30d", "streak_current", "streak_longest", "missions_completed",
    "badges_unlocked",
)  # fmt: skip


def statements(step: str) -> str:
    """The SQL of a step; that of the ranks once for each board."""
    sql = (SQL / f"{step}.sql").read_text()
    return ";\n".join(sql.format(board=board) for board in BOARDS) if step == "ranks" else sql


def build(work_file: Path, out_file: Path) -> dict[str, float]:
    """Compute and write everything; seconds by step."""
    out_file.unlink(missing_ok=True)
    seconds: dict[str, float] = {}
    with duckdb.connect(config={"memory_limit": MEMORY}) as connection:
        connection.execute(f"set temp_directory = '{out_file.with_suffix('.tmp')}'")
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"attach '{work_file}' as work (read_only)")
        connection.execute(f"attach '{out_file}' as out")
        connection.execute("use work")
        for step in STEPS:
            started = time.perf_counter()
            connection.execute(statements(step))
            seconds[step] = time.perf_counter() - started
        started = time.perf_counter()
        connection.execute("checkpoint out")
        seconds["checkpoint"] = time.perf_counter() - started
    return seconds


if __name__ == "__main__":
    print(json.dumps(build(Path(sys.argv[1]), Path(sys.argv[2]))))
