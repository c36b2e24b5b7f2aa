"""Real history to replay: the shared commits, and Copilot rows made up for the same people."""

import json
import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from ingest.simulator.copilot_rows import copilot_row
from ingest.simulator.organisation import stable_user_id
from tests.conftest import SHARED

REAL_ACTIVITY = SHARED / "real_activity"
PEOPLE = 30


def copilot_history(
    activity: Sequence[Path], first_day: date, last_day: date, folder: Path
) -> tuple[Path, str]:
    """Write NDJSON rows of the 30 busiest people; its path, and the login that is active daily.

    The commits come without Copilot's reports, so these are made up, the same each time.
    """
    commits = pl.concat(
        pl.read_parquet(path, columns=["author", "author_is_bot"]) for path in activity
    )
    busiest = commits.filter(~pl.col("author_is_bot"))["author"].value_counts()
    logins = busiest.sort("count", "author", descending=True)["author"].to_list()[:PEOPLE]
    rng = random.Random("replayed copilot")
    lines = []
    for number in range((last_day - first_day).days + 1):
        day = first_day + timedelta(days=number)
        for place, login in enumerate(logins):
            is_active = place == 0 or (day.weekday() < 5 and rng.random() < 0.6)
            row = copilot_row(rng, day, stable_user_id(login), login, is_active, place / PEOPLE)
            lines.append(json.dumps(row))
    path = folder / "copilot.ndjson"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path, logins[0]
