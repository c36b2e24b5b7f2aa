"""Two computations of the game over the same facts, compared by SQL over their marts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from ingest.errors import SettingsError
from ingest.settings import Settings
from ingest.warehouse import Warehouse, open_warehouse
from orchestration.simulation.scratch import COMPARED

#: The schemas of the two computations: under the pack in force, and under the pack on trial.
BEFORE, AFTER = "before", "build"
#: What can differ while every figure of the game is the same.
IGNORED_COLUMNS = frozenset({"run_id", "rule_version", "xp_before_caps", "evidence"})
#: Names and descriptions are no change of the game.
DESCRIBING = frozenset({"dim_badges", "dim_missions"})
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True)
class Range:
    """The days whose XP is compared; `as_of_day` is the last one that is computed."""

    first: date
    last: date
    as_of_day: date


@dataclass(frozen=True)
class Totals:
    """The range in one side's figures.

    A developer-day is a day with any activity or XP of a developer. `quantiles` (as QUANTILES) are
    of the range's XP of everybody with such a day. The streaks are those of the range's last day,
    of the people who were active in the seven days that end on it.
    """

    xp: int
    developer_days: int
    quantiles: tuple[float, ...]
    unlocks: int
    developer_weeks: int
    active_developers: int
    long_streaks: int

    @property
    def xp_per_day(self) -> float | None:
        return self.xp / self.developer_days if self.developer_days else None

    @property
    def unlocks_per_week(self) -> float | None:
        return self.unlocks / self.developer_weeks if self.developer_weeks else None

    @property
    def long_streak_share(self) -> float | None:
        return self.long_streaks / self.active_developers if self.active_developers else None


@dataclass(frozen=True)
class Developer:
    """One person on both sides; the level is that of the range's last day.

    `ranks` are of the range's XP, `board_ranks` of the board xp_all_time; None: not ranked.
    """

    name: str
    xp: tuple[int, int]
    total_xp: tuple[int, int]
    levels: tuple[int, int]
    ranks: tuple[int | None, int | None]
    board_ranks: tuple[int | None, int | None]

    @property
    def change(self) -> int:
        return self.xp[1] - self.xp[0]


@dataclass(frozen=True)
class Team:
    """A team's XP in the range: what its members of each day earned."""

    name: str
    members: int
    active_members: int
    xp: tuple[int, int]


@dataclass(frozen=True)
class Measure:
    """A number of a named thing on both sides."""

    name: str
    before: int
    after: int

    @property
    def change(self) -> int:
        return self.after - self.before


@dataclass(frozen=True)
class Comparison:
    """All that a simulation says. Measures are in the order of their names, weeks of their days."""

    days: Range
    is_same: bool
    totals: tuple[Totals, Totals]
    developers: list[Developer]
    teams: list[Team]
    reasons: list[Measure]
    rules: list[Measure]
    missions: list[Measure]
    badges: list[Measure]
    weeks: list[Measure]


def check_days(first: date | None, last: date | None, as_of_day: date) -> None:
    """Refuse days that no night has computed.

    Raises:
        SettingsError: a day lies after the as-of day.
    """
    for option, day in (("--from", first), ("--to", last)):
        if day and day > as_of_day:
            raise SettingsError(
                f"{option} {day} lies after the as-of day; allowed: up to {as_of_day}."
            )


def days_compared(
    scratch: Settings, first: date | None, last: date | None, as_of_day: date
) -> Range:
    """The range, from the first day with XP or activity to the as-of day where it is open."""
    last = last or as_of_day
    with open_warehouse(scratch) as warehouse:
        earliest: date | None = warehouse.query(
            f"select min(activity_date) as d from {BEFORE}.fct_developer_days"
        ).item()
    return Range(first or min(earliest or last, last), last, as_of_day)


def compare_sides(scratch: Settings, days: Range) -> Comparison:
    """Compare both sides of a scratch warehouse over a range of days."""
    with open_warehouse(scratch) as warehouse:
        return Comparison(
            days,
            is_same=all(same_rows(warehouse, name) for name in COMPARED if name not in DESCRIBING),
            totals=(totals(warehouse, BEFORE, days), totals(warehouse, AFTER, days)),
            developers=developers(warehouse, days),
            teams=teams(warehouse, days),
            reasons=measures(warehouse, XP_BY_REASON, days),
            rules=measures(warehouse, XP_BY_RULE, days),
            missions=measures(warehouse, PASSED_BY_MISSION, days),
            badges=measures(warehouse, AWARDS_BY_BADGE, days),
            weeks=measures(warehouse, XP_BY_WEEK, days),
        )


def same_rows(warehouse: Warehouse, table: str) -> bool:
    """Whether both sides hold the same rows of a mart, each as often."""
    names = ", ".join(
        name
        for (name,) in warehouse.query(
            "select column_name from information_schema.columns "
            "where table_schema = $1 and table_name = $2",
            [BEFORE, table],
        ).iter_rows()
        if name not in IGNORED_COLUMNS
    )
    sides = [f"select {names} from {side}.{table}" for side in (BEFORE, AFTER)]
    return all(
        warehouse.query(f"({one} except all {other}) limit 1").is_empty()
        for one, other in (sides, reversed(sides))
    )


def rows(warehouse: Warehouse, sql: str, days: Range) -> Iterator[dict[str, Any]]:
    """The rows of a query over the range, in which $1 and $2 are its first and last day."""
    return warehouse.query(sql, [days.first, days.last]).iter_rows(named=True)


TOTALS = """
with

days as (
    select * from {side}.fct_developer_days where activity_date between $1 and $2
),

people as (
    select developer_id, sum(xp) as xp from days group by developer_id
),

lately as (
    select distinct developer_id from {side}.fct_developer_days
    where activity_date between cast($2 as date) - 6 and $2
),

long_streaks as (
    select lately.developer_id from lately
    inner join {side}.fct_streak_days as streaks
        on lately.developer_id = streaks.developer_id
    where streaks.activity_date = $2 and streaks.current_streak >= 7
)

select
    coalesce((select sum(xp) from days), 0) as xp,
    (select count(*) from days) as developer_days,
    {quantiles},
    (
        select count(*) from {side}.fct_badge_awards
        where awarded_on between $1 and $2 and status <> 'revoked'
    ) as unlocks,
    (
        select count(*) from (
            select distinct developer_id, date_trunc('week', activity_date) from days
        ) as weeks
    ) as developer_weeks,
    (select count(*) from lately) as active_developers,
    (select count(*) from long_streaks) as long_streaks
"""


def totals(warehouse: Warehouse, side: str, days: Range) -> Totals:
    names = [f"q{number}" for number, _ in enumerate(QUANTILES)]
    quantiles = ", ".join(
        f"coalesce((select percentile_cont({share}) within group (order by xp) from people), 0) "
        f"as {name}"
        for share, name in zip(QUANTILES, names, strict=True)
    )
    (row,) = rows(warehouse, TOTALS.format(side=side, quantiles=quantiles), days)
    return Totals(
        xp=int(row["xp"]),
        developer_days=row["developer_days"],
        quantiles=tuple(float(row[name]) for name in names),
        unlocks=row["unlocks"],
        developer_weeks=row["developer_weeks"],
        active_developers=row["active_developers"],
        long_streaks=row["long_streaks"],
    )


#: Ranks of the range's XP are given like those of a board: to who is on the roster and above 0.
DEVELOPERS_OF_SIDE = """
    select
        people.developer_id,
        people.display_name,
        coalesce(ranged.xp, 0) as xp,
        coalesce(newest.total_xp, 0) as total_xp,
        coalesce(newest.level, 1) as level,
        ranks.rank as rank,
        boards.rank as board_rank
    from {side}.dim_developers as people
    left join (
        select developer_id, sum(xp) as xp from {side}.fct_developer_days
        where activity_date between $1 and $2 group by developer_id
    ) as ranged on people.developer_id = ranged.developer_id
    left join (
        select
            developer_id, total_xp, level,
            row_number() over (partition by developer_id order by activity_date desc) as newest
        from {side}.fct_developer_days where activity_date <= $2
    ) as newest on people.developer_id = newest.developer_id and newest.newest = 1
    left join (
        select days.developer_id, rank() over (order by sum(days.xp) desc) as rank
        from {side}.fct_developer_days as days
        inner join {side}.dim_developers as roster
            on days.developer_id = roster.developer_id and roster.is_active
        where days.activity_date between $1 and $2
        group by days.developer_id having sum(days.xp) > 0
    ) as ranks on people.developer_id = ranks.developer_id
    left join {side}.leaderboards as boards
        on people.developer_id = boards.developer_id
        and boards.board_id = 'xp_all_time' and boards.scope_id = 'org'
"""
DEVELOPERS = f"""
with

before_side as ({DEVELOPERS_OF_SIDE.format(side=BEFORE)}),

after_side as ({DEVELOPERS_OF_SIDE.format(side=AFTER)})

select
    coalesce(b.display_name, a.display_name) as name,
    coalesce(b.xp, 0) as xp_before, coalesce(a.xp, 0) as xp_after,
    coalesce(b.total_xp, 0) as total_before, coalesce(a.total_xp, 0) as total_after,
    coalesce(b.level, 1) as level_before, coalesce(a.level, 1) as level_after,
    b.rank as rank_before, a.rank as rank_after,
    b.board_rank as board_before, a.board_rank as board_after
from before_side as b
full outer join after_side as a on b.developer_id = a.developer_id
order by coalesce(b.developer_id, a.developer_id)
"""


def developers(warehouse: Warehouse, days: Range) -> list[Developer]:
    return [
        Developer(
            row["name"],
            (int(row["xp_before"]), int(row["xp_after"])),
            (int(row["total_before"]), int(row["total_after"])),
            (row["level_before"], row["level_after"]),
            (row["rank_before"], row["rank_after"]),
            (row["board_before"], row["board_after"]),
        )
        for row in rows(warehouse, DEVELOPERS, days)
    ]


MEMBER_DAYS = """
    inner join {side}.bridge_team_members as members
        on days.developer_id = members.developer_id
        and days.activity_date >= members.valid_from
        and (members.valid_to is null or days.activity_date <= members.valid_to)
    where days.activity_date between $1 and $2
"""
TEAMS = f"""
with

before_xp as (
    select members.team_id, sum(days.xp) as xp, count(distinct days.developer_id) as active
    from {BEFORE}.fct_developer_days as days {MEMBER_DAYS.format(side=BEFORE)}
    group by members.team_id
),

after_xp as (
    select members.team_id, sum(days.xp) as xp
    from {AFTER}.fct_developer_days as days {MEMBER_DAYS.format(side=AFTER)}
    group by members.team_id
),

members as (
    select team_id, count(distinct developer_id) as members from {BEFORE}.bridge_team_members
    where valid_from <= $2 and (valid_to is null or valid_to >= $1)
    group by team_id
)

select
    teams.team_name as name, members.members, coalesce(before_xp.active, 0) as active,
    coalesce(before_xp.xp, 0) as xp_before, coalesce(after_xp.xp, 0) as xp_after
from {BEFORE}.dim_teams as teams
inner join members on teams.team_id = members.team_id
left join before_xp on teams.team_id = before_xp.team_id
left join after_xp on teams.team_id = after_xp.team_id
order by teams.team_name, teams.team_id
"""


def teams(warehouse: Warehouse, days: Range) -> list[Team]:
    return [
        Team(
            row["name"],
            row["members"],
            row["active"],
            (int(row["xp_before"]), int(row["xp_after"])),
        )
        for row in rows(warehouse, TEAMS, days)
    ]


XP_BY_REASON = """
select reason as name, sum(xp) as n from {side}.fct_xp_ledger
where activity_date between $1 and $2 group by reason
"""
XP_BY_RULE = """
select reference_id as name, sum(xp) as n from {side}.fct_xp_ledger
where reason = 'activity' and activity_date between $1 and $2 group by reference_id
"""
XP_BY_WEEK = """
select cast(cast(date_trunc('week', activity_date) as date) as varchar) as name, sum(xp) as n
from {side}.fct_xp_ledger where activity_date between $1 and $2
group by date_trunc('week', activity_date)
"""
PASSED_BY_MISSION = """
select mission_id as name, count(*) as n from {side}.fct_mission_attempts
where status in ('completed', 'passed', 'kept') and decided_on between $1 and $2
group by mission_id
"""
AWARDS_BY_BADGE = """
select badge_id as name, count(*) as n from {side}.fct_badge_awards
where status <> 'revoked' and awarded_on between $1 and $2 group by badge_id
"""


def measures(warehouse: Warehouse, sql: str, days: Range) -> list[Measure]:
    """One number per name on each side; a name that a side does not know has 0 there."""
    sides = [
        {row["name"]: int(row["n"]) for row in rows(warehouse, sql.format(side=side), days)}
        for side in (BEFORE, AFTER)
    ]
    return [
        Measure(name, sides[0].get(name, 0), sides[1].get(name, 0))
        for name in sorted(sides[0].keys() | sides[1].keys())
    ]
