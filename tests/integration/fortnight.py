"""A fortnight that nobody looks after: Dagster's own scheduler, the clock moved and not waited for.

`python -m tests.integration.fortnight` prints a line for each night and each alert, and exits 1 if
anything is not as it should be. Not part of the suite: it takes half an hour. It needs root, for a
disk that can be filled.

Every night at two, the daemon of `deploy/` (as compose.yaml starts it, Dagster's records and the
warehouse on one Postgres) starts the night by its schedule, and its sensors tell of it by webhook,
mail and file. To most nights something happens. A second home, on DuckDB, lives through the same
days undisturbed. Checked are, each morning, how the run ended, that readers see that night or, if
it failed, the one before; which alerts were sent; and, where nothing is owed any more, that both
homes show the same, row for row, by a hash that is counted anew.
"""

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import psutil
from dagster import DagsterEventType, DagsterInstance, RunsFilter
from dagster._core.storage.dagster_run import RunRecord
from pydantic import SecretStr

from ingest.settings import Settings
from ingest.simulator import Simulation, simulated_organisation
from ingest.stopping import stop_on_signals
from orchestration.alerts.kinds import Kind
from orchestration.night import NIGHTLY, RANGE_END_TAG
from orchestration.publication.nights import published_night
from tests.environment import SETTINGS, forget_settings
from tests.integration.clock import Clock, moved_clock
from tests.integration.digests import digest
from tests.integration.machine import DEPLOY, SERVICES, Machine, machine_of
from tests.integration.outages import filled, small_disk
from tests.integration.replaying import restated_reply
from tests.integration.striking import Home, home_of
from tests.unit.alerts.alert_scene import Hook, PostOffice, post_office, webhook_server

ONE_DAY, ONE_MINUTE = timedelta(days=1), timedelta(minutes=1)
#: How long before the hour the servers are started.
LEAD = timedelta(seconds=10)
#: Days that are published before the first night. The fortnight is the simulation's last: it shows
#: what was updated later too, and of months of that no search could tell the days apart.
FIRST_DAYS = 30
DISK_MB = 400
#: Beyond this, whatever is waited for does not come (real seconds, on a busy machine).
PATIENCE = 600
#: The sensors of runs look every 30 s: whatever else they had to tell, they have told by then.
LOOK_SECONDS = 35
GITHUB_IS_DOWN = {"match": {"path": "/graphql"}, "status": 503}


@dataclass
class Company:
    """One that runs Nightquest as `deploy/` does, beside a home that nobody disturbs."""

    clock: Clock
    simulation: Simulation
    machine: Machine
    disk: Path
    rules: Path
    whole: Home
    hook: Hook
    office: PostOffice
    settings: Settings
    wrong: list[str] = field(default_factory=list)

    @property
    def alerts(self) -> list[dict[str, Any]]:
        path = self.disk / "alerts" / "alerts.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def move_to(self, moment: datetime) -> None:
        self.clock.move_to(moment)
        self.whole.environment.update(self.clock.environment)

    def seen(self) -> tuple[str, str | None]:
        night = published_night(self.settings)
        return digest(self.settings), night and night.content_hash

    def check(self, is_right: bool, what: str) -> None:
        if not is_right:
            self.wrong.append(what)
            print(f"     WRONG: {what}", flush=True)


Trouble = Callable[["Watch"], AbstractContextManager[None]]


@dataclass(frozen=True)
class Night:
    """What happens in a night, and what must come of it.

    Attributes:
        during: what lasts while the night runs.
        strikes: what happens once its build has begun.
        told: the alerts of the night.
        is_good: whether the run succeeds.
        is_whole: whether readers then see what the undisturbed home shows.
        hour: when the machine is on: at two, or later.
        is_of_both: whether the undisturbed home meets it too: what a source says of a day counts,
            and what was announced by it is kept.
    """

    what: str
    during: Trouble | None = None
    strikes: Callable[["Watch"], None] | None = None
    told: tuple[Kind, ...] = ()
    is_good: bool = True
    is_whole: bool = True
    hour: int = 2
    is_of_both: bool = False


@dataclass
class Watch:
    """One night: its day, and the run that Dagster's records know."""

    company: Company
    instance: DagsterInstance
    day: date
    run_id: str = ""

    def record(self) -> RunRecord:
        return self.instance.get_run_records(RunsFilter(run_ids=[self.run_id]))[0]

    def has_begun(self) -> bool:
        found = self.instance.get_run_records(
            RunsFilter(job_name=NIGHTLY, tags={RANGE_END_TAG: str(self.day)})
        )
        if found:
            self.run_id = found[0].dagster_run.run_id
        return bool(found)

    def is_over(self) -> bool:
        return self.record().dagster_run.is_finished

    def is_building(self) -> bool:
        started = self.instance.all_logs(self.run_id, of_type=DagsterEventType.STEP_START)
        return self.is_over() or any(entry.step_key == "build" for entry in started)

    def process(self) -> psutil.Process:
        """The run's own, by Dagster's note of it."""
        for entry in self.instance.all_logs(self.run_id, of_type=DagsterEventType.ENGINE_EVENT):
            event = entry.dagster_event
            if event and "pid" in event.engine_event_data.metadata:
                return psutil.Process(int(str(event.engine_event_data.metadata["pid"].value)))
        raise LookupError(f"Dagster has noted no process of run {self.run_id}")


@contextmanager
def faults(watch: Watch, *entries: dict) -> Iterator[None]:
    watch.company.simulation.set_faults(entries)
    yield
    watch.company.simulation.set_faults([])


def github_is_down(watch: Watch) -> AbstractContextManager[None]:
    return faults(watch, GITHUB_IS_DOWN)


def copilot_is_late(watch: Watch) -> AbstractContextManager[None]:
    match = {"path": "users-1-day", "day": str(watch.day)}
    return faults(watch, {"match": match, "status": 404})


def copilot_restates(watch: Watch) -> AbstractContextManager[None]:
    """A day of the window comes without somebody's use of it."""
    return faults(watch, restated_reply(watch.company.whole.settings, watch.day)[1])


def copilot_loses_rows(watch: Watch) -> AbstractContextManager[None]:
    """Half of a day that was read whole before."""
    match = {"path": "users-1-day", "day": str(watch.day - 3 * ONE_DAY)}
    return faults(watch, {"match": match, "drop_part": 2})


@contextmanager
def rules_are_broken(watch: Watch) -> Iterator[None]:
    path = watch.company.rules / "xp_rules.yml"
    held = path.read_text()
    path.write_text("- id: [\n")
    yield
    path.write_text(held)


def disk_is_full(watch: Watch) -> AbstractContextManager[None]:
    return filled(watch.company.disk, left=0)


def kill(watch: Watch) -> None:
    """The run's process and all that it has started, at once."""
    process = watch.process()
    for one in [*process.children(recursive=True), process]:
        one.send_signal(signal.SIGKILL)


def restart_postgres(watch: Watch) -> None:
    """As a power cut would: at once, and up again."""
    server = watch.company.machine.server
    postmaster = server.get_pid()
    os.kill(postmaster, signal.SIGQUIT)
    until(lambda: not Path(f"/proc/{postmaster}").exists())
    server.ensure_postgres_running()


FORTNIGHT = (
    Night("quiet"),
    Night("quiet"),
    Night("GitHub is down", github_is_down, told=(Kind.source_unreachable,), is_whole=False),
    Night("Copilot's report is late", copilot_is_late, is_whole=False),
    Night("the night is killed", strikes=kill, told=(Kind.night_killed,), is_good=False),
    Night("nobody does anything", told=(Kind.good_again,)),
    Night(
        "the rule pack is broken", rules_are_broken,
        told=(Kind.night_failed, Kind.rules_broken), is_good=False,
    ),
    Night("a day is restated", copilot_restates, told=(Kind.good_again,), is_of_both=True),
    Night("and back again"),
    Night(
        "the disk is full", disk_is_full, told=(Kind.night_failed, Kind.disk_nearly_full),
        is_good=False,
    ),
    Night("there is room again", told=(Kind.good_again,)),
    Night(
        "Postgres is restarted", strikes=restart_postgres, told=(Kind.night_failed,), is_good=False
    ),
    Night(
        "Copilot loses half a day", copilot_loses_rows, told=(Kind.good_again, Kind.day_held)
    ),
    Night("the machine is on at nine only", hour=9),
)  # fmt: skip


def until(is_so: Callable[[], bool], seconds: float = PATIENCE, pause: float = 0.2) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


@contextmanager
def servers(company: Company) -> Iterator[None]:
    """The pipeline's code and Dagster's daemon, for as long as the clock is not moved."""
    with company.machine.started("code"):
        if not until(lambda: company.machine.is_healthy("code")):
            sys.exit(f"The code is not served: see {company.machine.folder}/code.log")
        with company.machine.started("daemon") as daemon:
            yield
            company.check(daemon.poll() is None, "the daemon had ended by itself")


def run_night(company: Company, instance: DagsterInstance, night: Night, day: date) -> None:
    """Let the night come, and look in the morning."""
    watch = Watch(company, instance, day)
    before, alerts_before = company.seen(), len(company.alerts)
    began = time.monotonic()
    two = datetime(day.year, day.month, day.day, night.hour, tzinfo=UTC) + ONE_DAY
    company.move_to(two - LEAD)
    with night.during(watch) if night.during else nullcontext():
        with servers(company):
            if not until(watch.has_begun):
                sys.exit(f"The night of {day} was not started: see {company.machine.folder}")
            if night.strikes:
                until(watch.is_building, pause=0.02)
                night.strikes(watch)
            is_over = until(watch.is_over, seconds=90 if night.strikes else PATIENCE)
            if is_over:
                wait_for_alerts(company, alerts_before + len(night.told))
        if not is_over:
            # Dagster looks after its runs' processes now and then: on to a later moment.
            company.move_to(company.clock.now + 20 * ONE_MINUTE)
            with servers(company):
                company.check(until(watch.is_over), "Dagster does not know that the run is over")
                wait_for_alerts(company, alerts_before + len(night.told))
        if night.is_of_both:
            company.whole.must("run", "--day", str(day))
    if not night.is_of_both:
        company.whole.must("run", "--day", str(day))
    record, now, undisturbed = watch.record(), company.seen(), company.whole.seen()
    ended = record.dagster_run.status.value
    is_equal = now == undisturbed
    print(f"{day}  {night.what:<32} {ended:<8} "
          f"{'equal to the quiet home' if is_equal else 'differs':<24} "
          f"{time.monotonic() - began:5.0f} s", flush=True)  # fmt: skip
    for alert in company.alerts[alerts_before:]:
        print(f"     {alert['at'][:16]}  {alert['kind']}: {alert['what'][:160]}", flush=True)
    company.check((ended == "SUCCESS") is night.is_good, f"the run ended as {ended}")
    if night.is_good:
        shown = published_night(company.settings)
        company.check(bool(shown and shown.as_of_day == day), "another day is published")
        company.check(is_equal or not night.is_whole, "the homes differ")
    else:
        company.check(now == before, "readers see something else than the last good night")
    company.check(kinds_of(company, alerts_before) == sorted(night.told), "other alerts were due: "
                  f"{', '.join(sorted(night.told)) or 'none'}")  # fmt: skip


def kinds_of(company: Company, since: int) -> list[str]:
    return sorted(alert["kind"] for alert in company.alerts[since:])


def wait_for_alerts(company: Company, count: int) -> None:
    """Until so many are told, and then for one look more: no others come."""
    until(lambda: len(company.alerts) >= count, seconds=120)
    time.sleep(LOOK_SECONDS)


@contextmanager
def company_at(folder: Path, clock: Clock) -> Iterator[Company]:
    """All that there is, with its first days published on both sides."""
    with ExitStack() as stack:
        simulation = stack.enter_context(simulated_organisation())
        hook, office = stack.enter_context(webhook_server()), stack.enter_context(post_office())
        disk = stack.enter_context(small_disk(folder / "home", DISK_MB))
        rules = copytree(Settings().rules_folder, folder / "rules")
        given = simulation.environment | {
            "NIGHTQUEST_RULES": str(rules),
            "NIGHTQUEST_WEBHOOK_URL": hook.url,
            "NIGHTQUEST_SMTP_URL": f"smtp://127.0.0.1:{office.port}",
            "NIGHTQUEST_MAIL_FROM": "nightquest@example.com",
            "NIGHTQUEST_MAIL_TO": "ada@example.com",
            "NIGHTQUEST_DISK_FREE_GB": "0.05",
            # A source that is down is asked again after 3, 6 and 12 seconds instead of minutes.
            "NIGHTQUEST_SOURCE_RETRY_MINUTES": "0.05",
            "NIGHTQUEST_MAX_TRIES": "2",
        }  # fmt: skip
        machine = stack.enter_context(machine_of(folder, given, clock))
        whole = stack.enter_context(home_of("duckdb", folder / "whole", simulation))
        url = f"postgresql://postgres@/nightquest?host={machine.socket}"
        settings = Settings(home=disk, target="postgres", postgres_url=SecretStr(url))
        yield Company(
            clock, simulation, machine, disk, rules, whole, hook, office, settings
        )  # fmt: skip


def main() -> int:
    stop_on_signals()
    folder = Path(tempfile.mkdtemp(prefix="fortnight-"))
    forget_settings()
    with simulated_organisation(snowflake=False) as simulation:  # which knows its days
        eve = simulation.last_day - len(FORTNIGHT) * ONE_DAY
    with moved_clock() as clock:
        clock.move_to(datetime(eve.year, eve.month, eve.day, 12, tzinfo=UTC) + ONE_DAY)
        with company_at(folder, clock) as company:
            code = run_fortnight(company, eve)
    if code == 0:
        rmtree(folder)
    return code


def run_fortnight(company: Company, eve: date) -> int:
    machine = company.machine
    company.move_to(company.clock.now)
    first = ["backfill", "--from", str(eve - FIRST_DAYS * ONE_DAY), "--to", str(eve)]
    for name, words in (
        ("postgres", [str(DEPLOY / "postgres-init.sh")]),
        ("roles", SERVICES["roles"]["command"]),
        ("code", ["nightquest", *first]),
    ):
        done = machine.run(name, words)
        if done.returncode:
            sys.exit(f"{' '.join(words)} failed: {done.stderr[-1000:]}")
    company.whole.must(*first)
    company.check(company.seen() == company.whole.seen(), "the homes differ before the first night")
    company.check(not company.alerts, f"told before the first night: {company.alerts}")
    # A schedule and sensors begin with what comes after they were first seen.
    with servers(company):
        time.sleep(LOOK_SECONDS)
    os.environ |= {
        name: value
        for name, value in machine.environment("code").items()
        if name.startswith(SETTINGS)
    }
    with DagsterInstance.from_config(str(DEPLOY)) as instance:
        for number, night in enumerate(FORTNIGHT, start=1):
            run_night(company, instance, night, eve + number * ONE_DAY)
    return verdict(company)


def verdict(company: Company) -> int:
    """Say what came out; the exit code."""
    status = company.machine.run("code", ["nightquest", "status"])
    company.check(status.returncode == 0, f"nightquest status: {status.stdout}")
    company.check(company.seen() == company.whole.seen(), "the homes differ in the end")
    by_file, by_webhook, by_mail = (
        len(taken) for taken in (company.alerts, company.hook.texts, company.office.mails)
    )
    print(
        f"\n{len(FORTNIGHT)} nights; {by_file} alerts in the file, {by_webhook} by webhook, "
        f"{by_mail} mails; {len(company.wrong)} wrong {company.wrong or ''}"
    )
    print(status.stdout)
    return 1 if company.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
