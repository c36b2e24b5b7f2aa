"""Real history to replay: the shared commits, Copilot rows made up for the same people, and homes
in which it is replayed night by night.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from ingest.settings import Settings
from ingest.simulator import Simulation
from ingest.simulator.copilot_rows import COUNTERS, copilot_row
from ingest.simulator.organisation import stable_user_id
from ingest.warehouse import open_warehouse
from orchestration.publication.content import UNHASHED_COLUMNS
from orchestration.publication.nights import published_night
from tests.conftest import SHARED
from tests.faults.nights import settings_of
from tests.integration.nights import Said, nightquest

REAL_ACTIVITY = SHARED / "real_activity"
PEOPLE = 30
#: Ten years in one command, on a busy machine.
LONGEST = 1800
#: Say when and by whom something was computed, or what a night changed: not what the game is.
HISTORY_OF_NIGHTS = {"fct_corrections", "data_status"}
OWN_OF_A_RUN = {*UNHASHED_COLUMNS, "last_good_run"}

#: Boards, and the sums of teams: what people share.
SHARED_TABLES = {"leaderboards", "leaderboard_history", "fct_team_days"}
#: What a Copilot row says of somebody who did nothing.
UNUSED = {
    name: None if name == "totals_by_cli" else [] if name.startswith("totals") else 0
    for name in (
        *COUNTERS, "totals_by_feature", "totals_by_language_feature", "totals_by_language_model",
        "totals_by_model_feature", "totals_by_ide", "totals_by_cli",
    )
} | {"used_agent": False, "used_chat": False, "used_cli": False}  # fmt: skip

#: The rows of each table of `core`: as frames, 3 million take a few hundred MB.
Core = dict[str, pl.DataFrame]


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


@dataclass
class Home:
    """A home of the replay, and its command line.

    Attributes:
        environment: settings `NIGHTQUEST_*` for each command.
        seconds: what each command took, on the clock, in order.
    """

    name: str
    settings: Settings
    environment: Mapping[str, str]
    seconds: list[float] = field(default_factory=list)

    def say(self, *arguments: str, **changes: str) -> Said:
        started = time.monotonic()
        said = nightquest(
            *arguments,
            home=self.settings.home,
            environment=dict(self.environment) | changes,
            seconds=LONGEST,
        )
        self.seconds.append(time.monotonic() - started)
        last = (said.err.strip().splitlines() or [""])[-1]
        words = f"{self.name}: {' '.join(arguments)}"
        print(f"{words}: exit {said.code}, {self.seconds[-1]:.0f} s: {last}", flush=True)
        return said

    def must(self, *arguments: str) -> Said:
        """Say what has to succeed.

        Raises:
            AssertionError: with all that the command said.
        """
        said = self.say(*arguments)
        if said.code:
            raise AssertionError(f"{self.name}: {' '.join(arguments)} failed:\n{said.err}")
        return said

    def content_hash(self) -> str | None:
        night = published_night(self.settings)
        return night and night.content_hash

    def ask(self, query: str) -> list[tuple]:
        with open_warehouse(self.settings) as warehouse:
            return warehouse.query(query).rows()

    def kept(self) -> set[str]:
        """Who holds an award that the facts no longer support."""
        holders = self.ask(
            "select developer_id from core.fct_badge_awards where status = 'kept' union "
            "select developer_id from core.fct_mission_attempts "
            "where status = 'kept' and developer_id is not null"
        )
        return {developer_id for (developer_id,) in holders}

    def core(self) -> Core:
        """Every table of `core`, the private ones included, but for what tells of the nights.

        Left out are the tables of the nights' own history, the columns that name a run or a load,
        and the notifications of corrections: told of one was who saw the night before it.
        """
        with open_warehouse(self.settings) as warehouse:
            tables = warehouse.query(
                "select table_name from information_schema.tables where table_schema = 'core'"
            )["table_name"]
            found = {}
            for table in sorted(set(tables) - HISTORY_OF_NIGHTS):
                news = " where type <> 'correction'" if table == "fct_notifications" else ""
                rows = warehouse.query(f"select * from core.{table}{news}")
                found[table] = rows.drop(*OWN_OF_A_RUN, strict=False)
        return found


def home_of(simulation: Simulation, folder: Path, name: str, **changes: str) -> Home:
    """A home for a simulation, with some settings changed."""
    environment = {f"NIGHTQUEST_{key.upper()}": value for key, value in changes.items()}
    return Home(
        name,
        settings_of(simulation, folder / name, **changes),
        simulation.environment | environment,
    )


def without_seats(core: Core) -> Core:
    """All but the snapshots of each night, of which a home that reads all at once has one."""
    return {table: rows for table, rows in core.items() if table != "fct_seats"}


def without_kept(core: Core, kept: set[str]) -> Core:
    """The rows of `core` that nobody's kept award can reach.

    Left out are the rows of its holders, boards, entries into a top 10, and the sums of teams.
    """
    texts = pl.selectors.string()
    reached = texts.is_in(sorted(kept)) | (texts == "top_10_entered")
    return {
        table: rows.filter(~pl.any_horizontal(pl.lit(False), reached.fill_null(False)))
        for table, rows in core.items()
        if table not in SHARED_TABLES
    }


def core_differences(one: Core, other: Core, shown: int = 3) -> list[str]:
    """What tells two homes from each other: a line for each table that differs, with samples."""
    lines = [f"{table} is on one side only" for table in sorted(one.keys() ^ other.keys())]
    for table in sorted(one.keys() & other.keys()):
        here, there = (Counter(core[table].rows()) for core in (one, other))
        if here != there:
            only = [(here - there), (there - here)]
            counts = " and ".join(str(rows.total()) for rows in only)
            samples = [sorted(rows, key=repr)[:shown] for rows in only]
            lines.append(f"{table}: {counts} rows on one side only: {samples}")
    return lines


def restated_reply(settings: Settings, last_day: date) -> tuple[str, dict]:
    """A developer whose Copilot row inside a night's window tells of use, and the fault that serves
    it without, so that the XP of that day change.
    """
    day = last_day - timedelta(days=2)
    with open_warehouse(settings) as warehouse:
        developer_id, login = warehouse.query(
            "select a.developer_id, d.login from core.fct_activity_daily as a "
            "inner join core.dim_developers as d on a.developer_id = d.developer_id "
            "where a.metric = 'copilot.active_day' and a.activity_date = $1 "
            "order by a.developer_id limit 1",
            [day],
        ).row(0)
    return developer_id, without_use(day, login)


def without_use(day: date, login: str) -> dict:
    """The fault that serves a day on which somebody seems to have used no Copilot."""
    return {"restate": {"day": str(day), "user_login": login, "set": UNUSED}}
