"""`nightquest doctor`: every setting tried, a line each. Nothing stays, and nothing is waited for.

Each room tries its own (`ingest/**/checks.py`); here are the list, what several rooms share, and
what is tried of the dashboard, which this package may not import.
"""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from os import environ
from threading import Thread
from zoneinfo import ZoneInfo

import psycopg
from dagster import DagsterInstance, ScheduleDefinition
from dagster._core.errors import DagsterError

from ingest.checks import check_sources, checked_pack
from ingest.copilot.checks import check_copilot
from ingest.errors import NightquestError
from ingest.findings import Check, Finding, not_set, ok, problem, tried
from ingest.github.checks import check_github
from ingest.settings import Settings
from ingest.snowflake.checks import check_snowflake, check_sources_file
from ingest.storage_checks import check_home, check_inbox, check_landing
from ingest.warehouse import first_line
from ingest.warehouse_checks import check_duckdb, check_postgres
from orchestration.alerts.channels import ChannelError
from orchestration.alerts.digest import all_channels
from orchestration.night import NIGHTLY
from orchestration.resources import quiet
from orchestration.runner import dagster_instance, has_records

#: An object store that does not answer at all is given up after 75 s; whoever types this command
#: does not wait longer than a minute for all of it, since the checks are at work side by side.
LONGEST_SECONDS = 60
#: Of one request. A night waits longer, and tries again.
ANSWER_SECONDS = 10.0


def check_configured(settings: Settings) -> Iterator[Finding]:
    if settings.env == "demo" and not settings.has_sources:
        yield not_set("sources", "none of your own: this is the demo")
        return
    yield tried("sources", lambda: _sources(settings))


def _sources(settings: Settings) -> str:
    check_sources(settings)
    named = {
        "GitHub": settings.github_orgs,
        "Copilot": settings.copilot_scopes,
        "extracts or metrics": settings.sources_file,
        "an inbox": settings.inbox,
    }
    return f"configured: {', '.join(name for name, given in named.items() if given)}"


def check_target(settings: Settings) -> Iterator[Finding]:
    if settings.target == "postgres":
        yield from check_postgres(settings)
    elif settings.target == "duckdb":
        with quiet(settings) as is_quiet:
            if is_quiet:
                yield from check_duckdb(settings)
            else:
                yield ok("target", "a night is at work on it now, so it was not opened")


def check_rules(settings: Settings) -> Iterator[Finding]:
    pack = checked_pack(settings, settings.rules_folder)
    warned = (
        f"; {len(pack.warnings)} warnings: `nightquest rules validate`" if pack.warnings else ""
    )
    yield ok("rules", f"the pack {settings.rules_folder} is valid{warned}")
    here = datetime.now(ZoneInfo(pack.time_zone))
    try:
        ScheduleDefinition(
            job_name=NIGHTLY, cron_schedule=settings.schedule, execution_timezone=pack.time_zone
        )
    except DagsterError:
        yield problem(
            "schedule",
            f"NIGHTQUEST_SCHEDULE is {settings.schedule!r}: it must be a cron line of five fields, "
            "such as 0 2 * * *.",
        )
        return
    yield ok("schedule", f"{settings.schedule} in {pack.time_zone}, where it is {here:%H:%M} now")


def check_dagster(settings: Settings) -> Iterator[Finding]:
    """Dagster's records: a folder of the home, or what the dagster.yaml of DAGSTER_HOME names."""
    if not has_records(settings):
        yield not_set("Dagster", "no records yet: the first night makes them in the home")
        return
    try:
        with dagster_instance(settings) as instance:
            runs = instance.get_runs_count()
            yield ok("Dagster", f"{runs:,} runs are recorded in {_records(instance)}")
    except Exception as error:  # of a driver, of SQLAlchemy or of Dagster, as the storage may be
        yield problem(
            "Dagster",
            f"its records cannot be read ({type(error).__name__}): see dagster.yaml in "
            f"{environ.get('DAGSTER_HOME')}, and that its database answers.",
        )


def _records(instance: DagsterInstance) -> str:
    kind = type(instance.run_storage).__name__
    return "Postgres" if "Postgres" in kind else instance.root_directory


#: What a role that shows the marts to everybody must not be able to do.
TOO_MUCH = """
select
    (select rolsuper from pg_roles where rolname = current_user) as is_superuser,
    has_database_privilege(current_database(), 'create') as may_create,
    count(*) filter (
        where has_table_privilege(t.oid, 'insert, update, delete, truncate')
    ) as writable,
    count(*) filter (
        where n.nspname <> 'marts' and has_schema_privilege(n.oid, 'usage')
        and has_table_privilege(t.oid, 'select')
    ) as hidden_readable,
    count(*) filter (
        where n.nspname = 'marts' and has_schema_privilege(n.oid, 'usage')
        and has_table_privilege(t.oid, 'select')
    ) as readable,
    count(*) filter (where n.nspname = 'marts') as marts
from pg_class as t
inner join pg_namespace as n on t.relnamespace = n.oid
where
    t.relkind in ('r', 'v', 'm', 'p')
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
"""


def check_dashboard_role(settings: Settings) -> Iterator[Finding]:
    if settings.target == "postgres" and settings.app_postgres_url:
        yield tried("dashboard role", lambda: _role(settings))


def check_dashboard(settings: Settings) -> Iterator[Finding]:
    if settings.target == "snowflake":
        yield not_set("dashboard", "it reads duckdb and postgres only")
    elif settings.target == "postgres" and not settings.app_postgres_url:
        yield not_set("dashboard", "NIGHTQUEST_APP_POSTGRES_URL names no role: none runs from here")
    else:
        yield tried("dashboard", _start)


def _role(settings: Settings) -> str:
    assert settings.app_postgres_url
    url = settings.app_postgres_url.get_secret_value()
    try:
        with psycopg.connect(url, connect_timeout=int(ANSWER_SECONDS)) as connection:
            who = connection.info.user
            found = connection.execute(TOO_MUCH).fetchone()
    except psycopg.ProgrammingError:
        raise NightquestError(
            "NIGHTQUEST_APP_POSTGRES_URL is no address of a Postgres server; allowed: "
            "postgresql://user:password@host:5432/database."
        ) from None
    except psycopg.Error as error:
        raise NightquestError(
            f"NIGHTQUEST_APP_POSTGRES_URL: the server refuses ({first_line(error)}). Check address "
            "and password; `nightquest roles --apply` makes the role nightquest_app."
        ) from None
    assert found
    is_superuser, may_create, writable, hidden, readable, marts = found
    if is_superuser or may_create or writable or hidden:
        raise NightquestError(
            f"The role {who} of NIGHTQUEST_APP_POSTGRES_URL may do more than read marts (it "
            f"{'is a superuser' if is_superuser else 'may write, or read other schemas'}): use "
            "nightquest_app, which `nightquest roles --apply` makes."
        )
    if readable < marts or not marts:
        raise NightquestError(
            f"The role {who} of NIGHTQUEST_APP_POSTGRES_URL sees {readable} of {marts} tables of "
            "marts: publish a night, and type `nightquest roles --apply`."
        )
    return f"{who} may read {marts} tables of marts, and nothing else"


def _start() -> str:
    """The dashboard's own word on its settings and its sign-in, in a process of its own."""
    asked = [sys.executable, "-m", "app", "--check"]
    try:
        done = subprocess.run(  # noqa: S603 (our own program)
            asked, capture_output=True, text=True, timeout=LONGEST_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise NightquestError("`python -m app --check` does not come to an end.") from None
    if done.returncode:
        raise NightquestError(done.stderr.strip().splitlines()[-1])
    return done.stdout.strip()


def check_alerts(settings: Settings) -> Iterator[Finding]:
    yield tried("alerts", lambda: _channels(settings))


def _channels(settings: Settings) -> str:
    """Digests too; nothing is sent."""
    channels = all_channels(settings)
    try:
        for channel in channels:
            channel.reach()
    except ChannelError as error:
        raise NightquestError(f"{error}: see docs/runbook.md.") from None
    named = ", ".join(channel.name for channel in channels)
    return f"they go through: {named}; `nightquest alerts --test` sends a message"


#: In the order in which they are told.
CHECKS: Mapping[str, Check] = {
    "home": check_home,
    "landing": check_landing,
    "inbox": check_inbox,
    "target": check_target,
    "rules": check_rules,
    "sources": check_configured,
    "sources file": check_sources_file,
    "GitHub": check_github,
    "Copilot": check_copilot,
    "Snowflake": check_snowflake,
    "dashboard role": check_dashboard_role,
    "dashboard": check_dashboard,
    "alerts": check_alerts,
    "Dagster": check_dagster,
}


def examined(
    settings: Settings, checks: Mapping[str, Check] = CHECKS, seconds: float = LONGEST_SECONDS
) -> Iterator[Finding]:
    """What each check finds, all of them at work at once; one that breaks or hangs is a finding."""
    hurried = settings.model_copy(
        update={
            "max_tries": 1,
            "time_out_seconds": min(settings.time_out_seconds, ANSWER_SECONDS),
        }
    )
    at_work = []
    for name, check in checks.items():
        found: list[Finding] = []
        # Not a pool, whose threads the end of the process would wait for.
        thread = Thread(target=_gather, args=(found, name, check, hurried), daemon=True)
        thread.start()
        at_work.append((name, found, thread))
    end = time.monotonic() + seconds
    for name, found, thread in at_work:
        thread.join(max(end - time.monotonic(), 0))
        yield from list(found)
        if thread.is_alive():
            yield problem(name, f"no answer within {seconds:.0f} s: see the network and firewalls.")


def _gather(found: list[Finding], name: str, check: Check, settings: Settings) -> None:
    try:
        for finding in check(settings):
            found.append(finding)
    except NightquestError as error:
        found.append(problem(name, error))
    except Exception as error:
        # Not what it says: a library's words may hold an address with its password.
        found.append(problem(name, f"the check itself broke ({type(error).__name__}): report it."))
