"""Ten years of two real projects through the whole pipeline, with faults and without: one hash.

`python -m tests.integration.replay_whole` prints what each home did and exits 1 if they differ. Not
part of the suite: it takes minutes. What is wrong comes before the first publication: what has been
announced once stays announced, whatever is restated later.
"""

import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from ingest.landing import Landing
from ingest.settings import Settings
from ingest.simulator import simulated_organisation
from tests.environment import forget_settings
from tests.integration.replaying import REAL_ACTIVITY, copilot_history, home_of

FILES = [REAL_ACTIVITY / "dbt-core.parquet", REAL_ACTIVITY / "streamlit.parquet"]
COPILOT_DAYS = 200
#: A backfill lands all but the last four months first: what is wrong must come before the limit.
LATE, RESTATED = timedelta(days=150), timedelta(days=152)


def faults(late: date, restated: date, login: str) -> list[dict[str, Any]]:
    """A report that is late, a row that is restated later, a limit that is not lifted in time."""
    changed = {"code_acceptance_activity_count": 9_999}
    return [
        {"match": {"path": "/users-1-day", "day": str(late)}, "status": 204},
        {"restate": {"day": str(restated), "user_login": login, "set": changed}},
        {"match": {"method": "POST", "path": "/graphql"}, "after": 40, "status": 403,
         "headers": {"retry-after": "0"}},
    ]  # fmt: skip


def holds(settings: Settings, day: date, words: bytes) -> bool:
    """Whether a landed Copilot day holds these words."""
    landing = Landing(settings.landing)
    states = landing.states().filter(
        (pl.col("dataset") == "users-1-day") & (pl.col("day") == day) & pl.col("is_complete")
    )
    return any(words in landing.content(payload) for payload in states["payload"])


def main() -> int:
    if not all(path.exists() for path in FILES):
        print("The real history is not there (real_activity/): nothing is replayed.")
        return 2
    forget_settings()
    merges = pl.concat(pl.read_parquet(path, columns=["committed_at"]) for path in FILES)
    first, last = merges["committed_at"].min().date(), merges["committed_at"].max().date()  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        since = last - timedelta(days=COPILOT_DAYS)
        copilot, login = copilot_history(FILES, since, last, folder)
        with simulated_organisation(activity=FILES, copilot=[copilot]) as simulation:
            days = ("backfill", "--from", str(first), "--to", str(last - timedelta(days=1)))
            calm = home_of(simulation, folder, "calm")
            calm.must(*days)
            calm.must("run", "--day", str(last))

            late, restated = last - LATE, last - RESTATED
            simulation.set_faults(faults(late, restated, login))
            disturbed = home_of(simulation, folder, "disturbed")
            said = disturbed.say(*days, NIGHTQUEST_MAX_TRIES="2")
            if said.code != 1 or "limits the rate" not in said.err:
                raise SystemExit(f"the limit was not told:\n{said.err}")
            if not holds(disturbed.settings, restated, b"9999"):
                raise SystemExit("the row to be restated was never landed: nothing is proved")
            limit = faults(late, restated, login)[-1] | {"times": 2}
            simulation.set_faults([limit])
            disturbed.must(*days)
            disturbed.must("run", "--day", str(last))
        hashes = {home.name: home.content_hash() for home in (calm, disturbed)}
    print(hashes)
    is_same = hashes["calm"] is not None and hashes["calm"] == hashes["disturbed"]
    print("The replays end in the same content." if is_same else "THE REPLAYS DIFFER.")
    return 0 if is_same else 1


if __name__ == "__main__":
    sys.exit(main())
