"""A made-up organisation of any size, written straight into the typed raw tables of a home.

Everything is a function of (developer, day, revision): numbers come from hashes, so that any range
of days can be written alone and in any order, and a restated row differs from what it was. People
differ: some use Copilot daily, some never; few review much. About 60 % of the days are active.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import yaml

from ingest.settings import Settings
from ingest.tables import (
    COPILOT_USER_DAY_VALUES,
    COPILOT_USER_DAYS,
    FILEDROP_ADJUSTMENTS,
    FILEDROP_OPT_OUTS,
    GITHUB_ISSUES,
    GITHUB_MEMBERS,
    GITHUB_PULL_REQUESTS,
    GITHUB_REVIEWS,
    GITHUB_TEAM_MEMBERS,
    GITHUB_TEAMS,
    OPS_SOURCE_DAYS,
    SNOWFLAKE_CHALLENGE_ATTEMPTS,
    SNOWFLAKE_LEAVE,
    SNOWFLAKE_METRICS,
    TABLES,
    Table,
)

LAST_DAY = date(2026, 9, 30)
TEAM_SIZE = 8
#: Copilot's newest days are not there yet, every night.
COPILOT_LAG = 2
REREAD_DAYS = 7
ONE_DAY = timedelta(days=1)
SCOPE = "org:acme"
PATHS = frozenset(table.path for table in TABLES)
#: Days written by one statement: their developer-days are held in memory.
CHUNK_DAYS = 15


@dataclass(frozen=True)
class Size:
    """How much there is: developers, days of history up to `last_day`, and the seed."""

    developers: int = 100_000
    days: int = 365
    last_day: date = LAST_DAY
    seed: int = 7

    @property
    def first_day(self) -> date:
        return self.last_day - ONE_DAY * (self.days - 1)

    def __str__(self) -> str:
        return f"{self.developers:,} developers x {self.days} days"


@dataclass(frozen=True)
class Daily:
    """A dataset of days: its tables with the query of each over `active_days`, and its lag.

    The names of scopes and datasets are those that a load writes to `ops.source_days`.
    """

    source: str
    name: str
    scope: str
    queries: dict[Table, str]
    lag: int = 0


FEATURES = (
    "code_completion", "chat_panel_ask_mode", "chat_inline", "chat_panel_agent_mode", "agent_edit",
    "chat_panel_edit_mode", "code_review", "chat_panel_custom_mode", "copilot_cli",
)  # fmt: skip
LANGUAGES = (
    "python", "typescript", "java", "go", "sql", "javascript", "csharp", "ruby", "rust", "kotlin",
    "shell", "yaml", "markdown", "html",
)  # fmt: skip
MODELS = ("gpt-5", "claude-sonnet-4.5", "gemini-2.5-pro", "gpt-4.1", "claude-opus-4.1")
CHALLENGES = (
    "sql_basics", "git_mastery", "testing_essentials", "prompt_craft", "secure_coding",
    "incident_response", "system_design",
)  # fmt: skip


def _listed(values: tuple[str, ...]) -> str:
    return "[" + ", ".join(f"'{value}'" for value in values) + "]"


#: u is even in [0, 1); how_many is geometric-like, 1 at least, with a long tail; reviewed_n is a
#: colleague of the same team four times of five, else anybody.
MACROS = """
create or replace temp macro u(a, b, c, salt) as
    (hash(a, b, c, salt) >> 11) / 9007199254740992.0;
create or replace temp macro how_many(x, mean_more) as
    1 + cast(floor(-ln(1 - x) * mean_more) as integer);
"""

#: One row a developer; the habits are chances on a working day.
PEOPLE = """
create or replace temp table people as
select
    n,
    cast(4000000 + n * 7 as bigint) as user_id,
    case when n > {developers} then 'robot-' || n || '[bot]' else 'dev-' || n end as login,
    n > {developers} as is_bot,
    cast(9000 + (n - 1) // {team_size} as bigint) as team_id,
    0.55 + 0.45 * u(n, {seed}, 0, 'energy') as activity_habit,
    1.35 * pow(u(n, {seed}, 0, 'copilot'), 2) as copilot_habit,
    0.75 * u(n, {seed}, 0, 'reviews') as review_habit,
    0.45 * u(n, {seed}, 0, 'pull requests') as merge_habit,
    0.36 * u(n, {seed}, 0, 'issues') as issue_habit,
    0.5 * u(n, {seed}, 0, 'tasks') as task_habit,
    -- One in ten came later, one in fifty has left; the rest was there all the time.
    case
        when u(n, {seed}, 0, 'came') < 0.1
            then date '{first_day}' + cast({days} * 0.8 * u(n, {seed}, 1, 'came') as integer)
        else date '{first_day}'
    end as came_on,
    case
        when u(n, {seed}, 0, 'left') < 0.02 and n <= {developers}
            then date '{last_day}' - cast({days} * 0.5 * u(n, {seed}, 1, 'left') as integer)
        else date '9999-12-31'
    end as left_on
from range(1, {developers} + {bots} + 1) as numbers (n)
"""

#: `rev` is 0, or in a re-read the revision of one row in a hundred: another draw of everything.
ACTIVE_DAYS = """
create or replace temp table active_days as
with drawn as (
    select
        people.*,
        day,
        case when {revision} > 0 and u(n, day, {revision}, 'restated') < 0.01
            then {revision} else 0 end * 1000 + {seed} as rev
    from (select cast(unnest(generate_series(date '{first}', date '{last}', interval 1 day))
        as date) as day) as days
    inner join people on day >= came_on and day <= left_on
)
select
    *,
    u(n, day, rev, 'copilot day') < copilot_habit and not is_bot as has_copilot,
    u(n, day, rev, 'review day') < review_habit as has_reviews,
    u(n, day, rev, 'merge day') < merge_habit or is_bot as has_merges,
    u(n, day, rev, 'issue day') < issue_habit as has_issues,
    -- Nobody is active with nothing to show for it: then it was a task.
    u(n, day, rev, 'task day') < task_habit or not (
        u(n, day, rev, 'copilot day') < copilot_habit
        or u(n, day, rev, 'review day') < review_habit
        or u(n, day, rev, 'merge day') < merge_habit
        or u(n, day, rev, 'issue day') < issue_habit
    ) as has_tasks
from drawn
where u(n, day, rev, 'active') < activity_habit * case when isodow(day) > 5 then 0.19 else 1 end
"""

COPILOT_DAYS_QUERY = """
select
    '{scope}', day, user_id, login,
    case when kind < 0.02 then 0 else cast(floor(40 * pow(u(n, day, rev, 'i'), 2)) as bigint) end,
    case when kind < 0.06 then 0 else cast(floor(60 * pow(u(n, day, rev, 'g'), 2)) as bigint) end,
    case when kind < 0.06 then 0 else cast(floor(30 * pow(u(n, day, rev, 'a'), 2)) as bigint) end,
    case when kind < 0.06 then 0 else cast(floor(300 * pow(u(n, day, rev, 's'), 2)) as bigint) end,
    case when kind < 0.06 then 0 else cast(floor(400 * pow(u(n, day, rev, 'l'), 2)) as bigint) end,
    kind >= 0.02, 'load-' || day
from (select *, u(n, day, rev, 'kind of day') as kind from active_days where has_copilot)
"""

#: Each day's first value is the person's usual one, the others follow it in the list.
COPILOT_VALUES_QUERY = f"""
with counted as (
    select
        n, day, rev, user_id,
        unnest([
            {{{{'kind': 'feature', 'names': {_listed(FEATURES)},
               'count': how_many(u(n, day, rev, 'f'), 1.9)}}}},
            {{{{'kind': 'language', 'names': {_listed(LANGUAGES)},
               'count': how_many(u(n, day, rev, 'n'), 1.2)}}}},
            {{{{'kind': 'model', 'names': {_listed(MODELS)},
               'count': how_many(u(n, day, rev, 'm'), 0.8)}}}}
        ]) as used
    from active_days
    where has_copilot and u(n, day, rev, 'kind of day') >= 0.06
),
numbered as (
    select *, unnest(range(least(used.count, len(used.names)))) as k from counted
)
select
    '{{scope}}', day, user_id, used.kind,
    used.names[1 + cast((n + floor(2 * u(n, day, rev, 'start')) + k) as bigint) % len(used.names)],
    1 + cast(floor(30 * pow(u(n, day, k, used.kind), 2)) as bigint), 'load-' || day
from numbered
"""

PULL_REQUESTS_QUERY = """
select
    '{scope}', day, 'PR_' || (day - date '2000-01-01') || '_' || n || '_' || k,
    'acme/repository-' || (team_id * 3 + cast(floor(3 * u(n, day, k, 'repository')) as bigint)),
    cast((day - date '2000-01-01') * 8 + k as bigint), user_id, login,
    case when is_bot then 'Bot' else 'User' end,
    day + interval 9 hour + to_minutes(cast(floor(540 * u(n, day, k, 'minute')) as bigint)),
    cast(floor(300 * u(n, day, k, 'added')) as bigint),
    cast(floor(200 * u(n, day, k, 'deleted')) as bigint),
    1 + cast(floor(12 * u(n, day, k, 'files')) as bigint), 'load-' || day
from (
    select *, unnest(range(how_many(u(n, day, rev, 'merges'), case when is_bot then 5 else 0.7 end)))
        as k
    from active_days where has_merges
)
"""

#: One review in a hundred is of one's own pull request, one in fifteen a second one of the same.
REVIEWS_QUERY = """
with numbered as (
    select *, unnest(range(how_many(u(n, day, rev, 'review count'), 1.4))) as k
    from active_days where has_reviews and not is_bot
),
again as (
    select *, case when k > 0 and u(n, day, k, 'again') < 0.07 then k - 1 else k end as p
    from numbered
),
chosen as (
    select
        *,
        case
            when u(n, day, p, 'own') < 0.01 then n
            when u(n, day, p, 'near') < 0.8
                then (n - 1) // {team_size} * {team_size} + 1
                    + (n + cast(floor(7 * u(n, day, p, 'whose')) as bigint)) % {team_size}
            else 1 + cast(floor({developers} * u(n, day, p, 'whose')) as bigint)
        end as author_n
    from again
)
select
    '{scope}', day, 'RV_' || (day - date '2000-01-01') || '_' || n || '_' || k,
    'PR_' || ((day - date '2000-01-01') * 4) || '_' || n || '_' || p,
    'acme/repository-' || ((9000 + (author_n - 1) // {team_size}) * 3
        + cast(floor(3 * u(n, day, p, 'repository')) as bigint)),
    cast((day - date '2000-01-01') * 8 + p as bigint),
    cast(4000000 + author_n * 7 as bigint), 'dev-' || author_n, user_id, login, 'User',
    case when u(n, day, k, 'state') < 0.6 then 'APPROVED' else 'COMMENTED' end,
    day + interval 9 hour + to_minutes(cast(floor(540 * u(n, day, k, 'minute')) as bigint)),
    'load-' || day
from chosen
"""

ISSUES_QUERY = """
select
    '{scope}', day, 'I_' || (day - date '2000-01-01') || '_' || n || '_' || k,
    'acme/repository-' || (team_id * 3 + cast(floor(3 * u(n, day, k, 'repository')) as bigint)),
    cast((day - date '2000-01-01') * 8 + k as bigint),
    case when u(n, day, k, 'reason') < 0.9 then 'completed' else 'not_planned' end,
    day + interval 9 hour + to_minutes(cast(floor(540 * u(n, day, k, 'minute')) as bigint)),
    assignees, case when assignees > 0 then user_id end, case when assignees > 0 then login end,
    case when assignees > 0 then 'User' end, user_id, login, 'User', 'load-' || day
from (
    select
        *, unnest(range(how_many(u(n, day, rev, 'issue count'), 0.6))) as k,
        cast(floor(3 * pow(u(n, day, rev, 'assignees'), 2)) as bigint) as assignees
    from active_days where has_issues and not is_bot
)
"""

#: One key in a thousand is nobody's.
TASKS_QUERY = """
select
    'tracker', day, case when n % 1000 = 17 then 'unknown-' || n else login end, 'login',
    'snowflake.tasks_completed', how_many(u(n, day, rev, 'task count'), 0.8), 'load-' || day
from active_days where has_tasks and not is_bot
"""

#: About five submissions a developer and year, some of one challenge again.
SUBMISSIONS_QUERY = f"""
select
    'academy', day, login, 'login',
    {_listed(CHALLENGES)}[1 + cast(floor(7 * u(n, day, {{seed}}, 'challenge')) as bigint)],
    30 + cast(floor(71 * sqrt(u(n, day, rev, 'score'))) as bigint),
    day + interval 10 hour + to_minutes(cast(floor(400 * u(n, day, rev, 'minute')) as bigint)),
    'load-' || day
from active_days
where not is_bot and u(n, day, {{seed}}, 'submits') < 0.02
"""

#: Leave in weeks: one person in 25 is away in any week.
LEAVE_QUERY = """
select 'absences', day, login, 'login', 'load-' || day
from people
cross join (select cast(unnest(generate_series(date '{first}', date '{last}', interval 1 day))
    as date) as day) as days
where not is_bot and isodow(day) <= 5
    and u(n, date_trunc('week', day), {seed}, 'away') < 0.04
"""

DATASETS = (
    Daily("copilot", "users-1-day", SCOPE,
          {COPILOT_USER_DAYS: COPILOT_DAYS_QUERY, COPILOT_USER_DAY_VALUES: COPILOT_VALUES_QUERY},
          COPILOT_LAG),
    Daily("github", "pull_requests", SCOPE, {GITHUB_PULL_REQUESTS: PULL_REQUESTS_QUERY}),
    Daily("github", "reviews", SCOPE, {GITHUB_REVIEWS: REVIEWS_QUERY}),
    Daily("github", "issues", SCOPE, {GITHUB_ISSUES: ISSUES_QUERY}),
    Daily("snowflake", "metrics", "tracker", {SNOWFLAKE_METRICS: TASKS_QUERY}),
    Daily("snowflake", "challenge_attempts", "academy",
          {SNOWFLAKE_CHALLENGE_ATTEMPTS: SUBMISSIONS_QUERY}),
    Daily("snowflake", "leave", "absences", {SNOWFLAKE_LEAVE: LEAVE_QUERY}),
)  # fmt: skip

#: Members are listed three times: who left is missing from the next list.
MEMBERS_QUERY = """
select '{scope}', snapshot, user_id, login, case when is_bot then 'Bot' else 'User' end,
    'load-' || snapshot
from people
cross join (select unnest([date '{first_day}', date '{middle}', date '{last_day}']) as snapshot)
where came_on <= snapshot and left_on >= snapshot
"""
TEAMS_QUERY = """
select distinct '{scope}', date '{first_day}', team_id, 'team-' || team_id, 'Team ' || team_id,
    cast(null as bigint), 'load-1'
from people where not is_bot
"""
TEAM_MEMBERS_QUERY = """
select '{scope}', date '{first_day}', team_id, user_id, login, 'load-1'
from people where not is_bot
"""
ADJUSTMENTS_QUERY = """
select 'adjustments.csv', date '{first_day}' + cast(floor({days} * u(n, {seed}, 0, 'when')) as int),
    'adjustment-' || n, login, 'login', cast(floor(400 * u(n, {seed}, 0, 'xp')) as bigint) - 150,
    'Helped with the hackathon', 'a.lead', 'b.manager', null, null, 'load-1'
from people where not is_bot and n % 500 = 3
"""
OPT_OUTS_QUERY = """
select 'opt_outs.csv', date '{first_day}', login, 'login', 'load-1'
from people where not is_bot and n % 500 = 7
"""


def settings_of(home: Path) -> Settings:
    """The settings under which the generated sources are the configured ones."""
    home.mkdir(parents=True, exist_ok=True)
    sources = home / "sources.yml"
    keyed = {"key_column": "login", "key_kind": "login", "query": "select 1"}
    tasks = {"column": "tasks", "name": "tasks_completed", "unit": "tasks",
             "description": "tasks completed"}  # fmt: skip
    extracts = [
        {"name": "tracker", **keyed, "day_column": "day", "metrics": [tasks]},
        {"name": "academy", **keyed, "shape": "challenge_attempts", "challenge_column": "challenge",
         "score_column": "score", "submitted_column": "submitted_at"},
        {"name": "absences", **keyed, "shape": "leave", "day_column": "day"},
    ]  # fmt: skip
    sources.write_text(yaml.safe_dump({"snowflake": {"extracts": extracts}}))
    return Settings(
        _env_file=None, home=home, sources_file=sources, github_orgs=["acme"],
        restatement_days=REREAD_DAYS,
    )  # fmt: skip


def generate(settings: Settings, size: Size) -> dict[str, int]:
    """Write the whole history into the raw tables of a fresh work file; rows by table path.

    What the settings and the rule pack say (`ops.sources`, `ops.nights`, `raw_rules`) is left to
    the load of the night.
    """
    settings.work_file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.work_file)) as connection:
        for schema in sorted({table.schema for table in TABLES}):
            connection.execute(f"create schema if not exists {schema}")
        for table in TABLES:
            connection.execute(table.ddl)
        _draw_people(connection, size)
        for first, last in _chunks(size.first_day, size.last_day):
            _write_days(connection, size, first, last, size.last_day, 0)
        names = _names(size)
        for table, query in {
            GITHUB_MEMBERS: MEMBERS_QUERY,
            GITHUB_TEAMS: TEAMS_QUERY,
            GITHUB_TEAM_MEMBERS: TEAM_MEMBERS_QUERY,
            FILEDROP_ADJUSTMENTS: ADJUSTMENTS_QUERY,
            FILEDROP_OPT_OUTS: OPT_OUTS_QUERY,
        }.items():
            connection.execute(f"insert into {table.path} {query.format(**names)}")
        snapshots = {("members", day) for day in _snapshot_days(size)}
        snapshots |= {("team_members", size.first_day), ("teams", size.first_day)}
        for name, day in sorted(snapshots):
            _note_days(connection, Daily("github", name, SCOPE, {}), {day: True}, 0)
        connection.execute("checkpoint")
        return {
            table.path: connection.execute(f"select count(*) from {table.path}").fetchall()[0][0]
            for table in TABLES
        }


def next_night(settings: Settings, size: Size, revision: int = 1) -> Size:
    """What a load of the next night leaves: one new day, the re-read days with 1 % restated.

    Raw and `ops.source_days` as a load writes them, and `ops.unpublished_changes` where there is
    such a table. Returns the size with the new last day.
    """
    grown = Size(size.developers, size.days + 1, size.last_day + ONE_DAY, size.seed)
    with duckdb.connect(str(settings.work_file)) as connection:
        _draw_people(connection, size)
        first = grown.last_day - ONE_DAY * (REREAD_DAYS - 1)
        connection.begin()
        _write_days(connection, grown, first, grown.last_day, grown.last_day, revision)
        connection.commit()
        connection.execute("checkpoint")
    return grown


def _draw_people(connection: duckdb.DuckDBPyConnection, size: Size) -> None:
    connection.execute(MACROS)
    connection.execute(PEOPLE.format(**_names(size)))


def _names(size: Size) -> dict[str, object]:
    return {
        "developers": size.developers, "days": size.days, "seed": size.seed, "scope": SCOPE,
        "first_day": size.first_day, "last_day": size.last_day, "team_size": TEAM_SIZE,
        "bots": max(2, size.developers // 1000),
        "middle": size.first_day + (size.last_day - size.first_day) // 2,
    }  # fmt: skip


def _snapshot_days(size: Size) -> list[date]:
    names = _names(size)
    return [names[name] for name in ("first_day", "middle", "last_day")]  # type: ignore[misc]


def _chunks(first: date, last: date) -> Iterator[tuple[date, date]]:
    while first <= last:
        yield first, min(last, first + ONE_DAY * (CHUNK_DAYS - 1))
        first += ONE_DAY * CHUNK_DAYS


def _write_days(
    connection: duckdb.DuckDBPyConnection,
    size: Size,
    first: date,
    last: date,
    as_of: date,
    revision: int,
) -> None:
    """Replace the days first..last of every dataset, each as far as it has arrived by `as_of`."""
    names = _names(size) | {"first": first, "last": last, "revision": revision}
    connection.execute(ACTIVE_DAYS.format(**names))
    for dataset in DATASETS:
        arrived = as_of - ONE_DAY * dataset.lag
        for table, query in dataset.queries.items():
            if revision:
                connection.execute(
                    f"delete from {table.path} where scope = ? and activity_date between ? and ?",
                    [dataset.scope, first, last],
                )
            connection.execute(
                f"insert into {table.path} select * from ({query.format(**names)}) where day <= ?",
                [arrived],
            )
        days = (first + ONE_DAY * number for number in range((last - first).days + 1))
        _note_days(connection, dataset, {day: day <= arrived for day in days}, revision)


def _note_days(
    connection: duckdb.DuckDBPyConnection, dataset: Daily, arrived: dict[date, bool], revision: int
) -> None:
    """The state of these days, as a load notes it; True where the report has arrived."""
    states = OPS_SOURCE_DAYS.frame(
        [
            {
                "source": dataset.source,
                "dataset": dataset.name,
                "scope": dataset.scope,
                "activity_date": day,
                "is_complete": is_complete,
                "reason": None if is_complete else "no report yet",
                "row_count": 0,
                "content_hash": f"{dataset.name} {day} {revision}" if is_complete else None,
                "load_id": f"load-{day}" if is_complete else None,
                "loaded_at": datetime(day.year, day.month, day.day),
                "load_count": (revision + 1) * is_complete,
            }
            for day, is_complete in arrived.items()
        ]
    )
    key = "source, dataset, scope, activity_date"
    connection.register("states", states.to_arrow())
    for table, columns in ((OPS_SOURCE_DAYS.path, "*"), ("ops.unpublished_changes", key)):
        if table in PATHS:
            connection.execute(
                f"delete from {table} where ({key}) in (select ({key}) from states)"
            )
            connection.execute(f"insert into {table} by name select {columns} from states")
    connection.unregister("states")
