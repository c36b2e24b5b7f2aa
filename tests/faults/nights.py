"""Runs a case: a disturbed night against the simulator, and the undisturbed night after it."""

import logging
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Self

import polars as pl

from ingest.copilot.fetch import land_user_days
from ingest.copilot.seats import land_seats
from ingest.errors import NightquestError
from ingest.github.fetch import land_activity, land_organisation
from ingest.landing import Landing, LandingReport
from ingest.loading import load_raw
from ingest.settings import Settings
from ingest.simulator import Simulation, simulated_organisation
from ingest.tables import TABLES
from ingest.warehouse import DuckDBWarehouse
from tests.faults.cases import Case

FIRST, LAST = date(2026, 10, 26), date(2026, 10, 30)
TOKEN = "planted-token"
BUSY_PULL_REQUESTS = 1_100

#: (dataset, scope, day) -> what a complete day's content is.
Landed = dict[tuple[str, str, date], tuple[str, int]]


@dataclass
class Outcome:
    """What came out of a case; the fields are those of `cases.Expected`, and three more."""

    error: str = ""
    pending: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    more_requests: int = 0
    saved: int = 0
    changed: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    quarantined: list[str] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    #: Requests that brought the token to another host.
    leaks: int = 0
    #: Days that differ from an undisturbed landing after the next undisturbed night.
    lost: list[str] = field(default_factory=list)
    counted_waits: int = 0

    @property
    def said(self) -> str:
        """All that a person could read."""
        return "\n".join([self.error, *self.pending.values(), *self.log, *self.quarantined])


@dataclass(frozen=True)
class Undisturbed:
    """What a night without a fault does."""

    landed: Landed
    requests: int
    rows: dict[str, int]


class Nights:
    """The simulated organisations, each started when a case first asks for it."""

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        self._simulations: dict[str, Simulation] = {}
        self.undisturbed = cache(self._undisturbed)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def observe(self, case: Case) -> Outcome:
        """Run a case and say what came out."""
        simulation = self._simulation(case.organisation)
        base = self.undisturbed(case.organisation, case.land, tuple(sorted(case.settings.items())))
        leaks = simulation.leaks()
        with self._home(case) as (settings, landing):
            healthy = settings.model_copy(update={"time_out_seconds": 30})
            if case.after_a_good_night:
                _land(case.land, healthy, landing, [])
            asked = _total(simulation)
            simulation.set_faults(case.faults)
            outcome = _disturbed(case, settings, landing)
            simulation.set_faults([])
            outcome.more_requests = _total(simulation) - asked - base.requests
            now = _landed(landing)
            outcome.changed = sorted(
                f"{dataset} {day}"
                for dataset, scope, day in now.keys() | base.landed.keys()
                if now.get((dataset, scope, day)) != base.landed.get((dataset, scope, day))
                and f"{dataset} {scope} {day}" not in outcome.pending
            )
            if case.is_loaded:
                _look(case, settings, landing, base, outcome)
            _land(case.land, healthy, landing, [])
            healed = _landed(landing)
            outcome.lost = sorted(
                " ".join(map(str, key))
                for key in healed.keys() | base.landed.keys()
                if healed.get(key) != base.landed.get(key)
            )
            if case.is_loaded and _rows(settings, landing) != base.rows:
                outcome.lost.append("rows of the raw tables")
        outcome.leaks = simulation.leaks() - leaks
        return outcome

    def _undisturbed(
        self, organisation: str, step: str, changes: tuple[tuple[str, Any], ...]
    ) -> Undisturbed:
        simulation = self._simulation(organisation)
        case = Case.model_validate(
            {"title": "none", "land": step, "faults": [], "organisation": organisation,
             "settings": dict(changes) | {"time_out_seconds": 30}}
        )  # fmt: skip
        with self._home(case) as (settings, landing):
            asked = _total(simulation)
            _land(step, settings, landing, [])
            return Undisturbed(
                _landed(landing), _total(simulation) - asked, _rows(settings, landing)
            )

    def _simulation(self, organisation: str) -> Simulation:
        if organisation not in self._simulations:
            activity = []
            if organisation == "busy":
                folder = self._stack.enter_context(tempfile.TemporaryDirectory())
                activity = [busy_history(Path(folder))]
            running = simulated_organisation(activity=activity, snowflake=False, token=TOKEN)
            self._simulations[organisation] = self._stack.enter_context(running)
        return self._simulations[organisation]

    @contextmanager
    def _home(self, case: Case) -> Iterator[tuple[Settings, Landing]]:
        simulation = self._simulation(case.organisation)
        with tempfile.TemporaryDirectory() as home:
            settings = settings_of(simulation, Path(home), **{"max_tries": 3} | case.settings)
            yield settings, Landing(settings.landing)


def settings_of(simulation: Simulation, home: Path, **changes: Any) -> Settings:
    """The settings that point at a simulation, with nothing from a file."""
    given: dict[str, Any] = {
        name.removeprefix("NIGHTQUEST_").lower(): value
        for name, value in simulation.environment.items()
    }
    return Settings(_env_file=None, home=home, **given | changes)


def busy_history(folder: Path) -> Path:
    """Commits of 1,100 pull requests, one each and three minutes apart, up to the last night."""
    numbers = range(1, BUSY_PULL_REQUESTS + 1)
    last = datetime(LAST.year, LAST.month, LAST.day, 20, tzinfo=UTC)
    at = [last - timedelta(minutes=3 * (BUSY_PULL_REQUESTS - n)) for n in numbers]
    commits = pl.DataFrame(
        {
            "repository": "acme/api",
            "author": [f"author-{n % 40}" for n in numbers],
            "author_is_bot": False,
            "authored_at": at,
            "committed_at": at,
            "is_merge": False,
            "pull_request_number": list(numbers),
            "additions": 10,
            "deletions": 2,
            "changed_files": 1,
            "co_authors": [[f"author-{(n + 1) % 40}"] for n in numbers],
        }
    )
    path = folder / "busy.parquet"
    commits.write_parquet(path)
    return path


def _land(step: str, settings: Settings, landing: Landing, slept: list[float]) -> LandingReport:
    if step == "copilot":
        return land_user_days(settings, landing, FIRST, LAST, LAST, sleep=slept.append)
    if step == "seats":
        return land_seats(settings, landing, LAST, sleep=slept.append)
    if step == "activity":
        return land_activity(settings, landing, FIRST, LAST, sleep=slept.append)
    return land_organisation(settings, landing, LAST, sleep=slept.append)


def _disturbed(case: Case, settings: Settings, landing: Landing) -> Outcome:
    outcome = Outcome()
    with _warnings(outcome.log):
        try:
            report = _land(case.land, settings, landing, outcome.waits)
        except NightquestError as error:
            outcome.error = str(error)
            return outcome
    for dataset, counts in report.datasets.items():
        outcome.counted_waits += counts.waits
        outcome.saved += counts.requests_saved
        outcome.pending |= {
            f"{dataset} {scope} {day}": reason for (scope, day), reason in counts.pending.items()
        }
    return outcome


@contextmanager
def _warnings(messages: list[str]) -> Iterator[None]:
    """What the ingestion warns of, meanwhile."""
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("nightquest.ingest")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _total(simulation: Simulation) -> int:
    return sum(simulation.requests().values())


def _landed(landing: Landing) -> Landed:
    complete = landing.states().filter("is_complete")
    columns = ("dataset", "scope", "day", "content_hash", "row_count")
    return {row[:3]: row[3:] for row in complete.select(columns).rows()}


def _rows(settings: Settings, landing: Landing) -> dict[str, int]:
    """Load what is landed; rows of each raw table, and of the quarantine."""
    warehouse = DuckDBWarehouse(settings.work_file)
    try:
        load_raw(settings, warehouse, landing, LAST, "run", {})
        return {
            table.path: warehouse.query(f"select count(*) from {table.path}").item()
            for table in TABLES
            if table.schema.startswith("raw_") or table.name == "quarantine"
        }
    finally:
        warehouse.close()


def _look(
    case: Case, settings: Settings, landing: Landing, base: Undisturbed, outcome: Outcome
) -> None:
    """Load the disturbed night and look at the warehouse."""
    rows = _rows(settings, landing)
    outcome.rows = {
        path: rows[path] - base.rows[path]
        for path in rows
        if path.startswith("raw_") and rows[path] != base.rows[path]
    }
    warehouse = DuckDBWarehouse(settings.work_file)
    try:
        reasons = warehouse.query("select reason from ops.quarantine order by reason")
        outcome.quarantined = reasons["reason"].to_list()
        outcome.answers = {query: _value(warehouse, query) for query in case.out.answers}
    finally:
        warehouse.close()


def _value(warehouse: DuckDBWarehouse, query: str) -> Any:
    return warehouse.query(query).item()


def summary(outcome: Outcome) -> str:
    """One line on what came out."""
    parts: list[str] = []
    if outcome.error:
        parts.append(f"the step fails: {outcome.error}")
    parts += [f"{key} pending: {reason}" for key, reason in outcome.pending.items()]
    if not parts:
        parts.append("landed whole")
    if outcome.waits:
        seconds = ", ".join(f"{seconds:.0f}" for seconds in outcome.waits)
        parts.append(f"waited {seconds} s")
    if outcome.more_requests:
        parts.append(f"{outcome.more_requests:+} requests")
    if outcome.saved:
        parts.append(f"{outcome.saved} answered by 304")
    if outcome.changed and not outcome.error:
        parts.append(f"other content on {', '.join(outcome.changed)}")
    parts += [f"{path} {rows:+} rows" for path, rows in outcome.rows.items()]
    parts += [f"in quarantine: {reason}" for reason in _counted(outcome.quarantined)]
    parts += [f"warned: {message}" for message in _counted(outcome.log) if not outcome.error]
    parts.append("next night: " + ("LOST " + ", ".join(outcome.lost) if outcome.lost else "whole"))
    if outcome.leaks:
        parts.append(f"TOKEN SENT ELSEWHERE {outcome.leaks} times")
    return "; ".join(parts)


def _counted(texts: list[str]) -> list[str]:
    counts: Mapping[str, int] = {text: texts.count(text) for text in texts}
    return [text if count == 1 else f"{count} x {text}" for text, count in counts.items()]
