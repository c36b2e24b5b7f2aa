"""Every question that the dashboard asks, by name: SQL that DuckDB and Postgres share.

Only tables of `marts`, only bound parameters (`$name`); windows of days are worked out by the
caller from the night's days, so that no statement asks the clock. Statements about people filter
and limit here: with 100,000 developers no page may read a table whole into the app.
"""

RUN_STATUS = """
select last_good_run, as_of_day, complete_through, final_through, quarantined_rows, problems
from marts.run_status
"""

# Days that some source has not delivered: charts mark them, so that missing is not read as zero.
PENDING_DAYS = """
select distinct activity_date
from marts.data_status
where state = 'pending' and activity_date between $since and $until
order by activity_date
"""

DAY_STATES = """
select
    source,
    activity_date,
    case
        when max(case when state = 'pending' then 1 else 0 end) = 1 then 'pending'
        when max(case when state = 'provisional' then 1 else 0 end) = 1 then 'provisional'
        else 'final'
    end as state,
    cast(sum(row_count) as bigint) as row_count
from marts.data_status
where activity_date between $since and $until
group by source, activity_date
order by source, activity_date
"""

# Overview -----------------------------------------------------------------------------------

HEADLINES = """
select
    (select count(*) from marts.dim_developers where is_active) as developers,
    (
        select count(distinct days.developer_id)
        from marts.fct_developer_days as days
        inner join marts.dim_developers as developers
            on days.developer_id = developers.developer_id
        where developers.is_active and days.activity_date between $week_from and $until
    ) as active_developers,
    (
        select cast(coalesce(sum(xp), 0) as bigint)
        from marts.fct_developer_days
        where activity_date between $week_from and $until
    ) as xp_week,
    (
        select cast(coalesce(sum(xp), 0) as bigint)
        from marts.fct_developer_days
        where activity_date >= $week_before_from and activity_date < $week_from
    ) as xp_week_before,
    (
        select count(*)
        from marts.fct_mission_attempts
        where
            status in ('completed', 'passed', 'kept')
            and decided_on between $month_from and $until
    ) as missions_month,
    (
        select count(*)
        from marts.fct_badge_awards
        where status <> 'revoked' and awarded_on between $month_from and $until
    ) as badges_month
"""

XP_BY_WEEK = """
select
    dates.iso_week_start as week_start,
    cast(sum(days.activity) as bigint) as activity,
    cast(sum(days.missions) as bigint) as missions,
    cast(sum(days.badges) as bigint) as badges,
    cast(sum(days.streak) as bigint) as streak,
    cast(sum(days.adjustments) as bigint) as adjustments
from (
    select
        activity_date,
        sum(xp_activity) as activity,
        sum(xp_missions) as missions,
        sum(xp_badges) as badges,
        sum(xp_streak) as streak,
        sum(xp_adjustments) as adjustments
    from marts.fct_developer_days
    where activity_date between $since and $until
    group by activity_date
) as days
inner join marts.dim_dates as dates
    on days.activity_date = dates.date_day
group by dates.iso_week_start
order by dates.iso_week_start
"""

# Of those on the roster in a week (who left is counted up to the week of leaving), how many had
# any activity or XP. Weeks before the first activity are not asked about.
PARTICIPATION = """
with

weeks as (

    select distinct iso_week_start as week_start
    from marts.dim_dates
    where
        date_day between $since and $until
        and date_day >= (
            select min(activity_date)
            from marts.fct_developer_days
            where activity_date between $since and $until
        )

),

rosters as (

    select weeks.week_start, count(*) as developers
    from weeks
    inner join marts.dim_developers as developers
        on developers.is_active or developers.left_on > weeks.week_start
    group by weeks.week_start

),

seen as (

    select distinct dates.iso_week_start as week_start, days.developer_id
    from marts.fct_developer_days as days
    inner join marts.dim_dates as dates
        on days.activity_date = dates.date_day
    where days.activity_date between $since and $until

),

active as (

    select seen.week_start, count(*) as active_developers
    from seen
    inner join marts.dim_developers as developers
        on
            seen.developer_id = developers.developer_id
            and (developers.is_active or developers.left_on > seen.week_start)
    group by seen.week_start

)

select
    rosters.week_start,
    rosters.developers,
    coalesce(active.active_developers, 0) as active_developers,
    1.0 * coalesce(active.active_developers, 0) / nullif(rosters.developers, 0) as share
from rosters
left join active
    on rosters.week_start = active.week_start
order by rosters.week_start
"""

TITLES = """
with

last_days as (

    select developer_id, max(activity_date) as activity_date
    from marts.fct_developer_days
    group by developer_id

),

standing as (

    select developers.developer_id, coalesce(days.level, 1) as level
    from marts.dim_developers as developers
    left join last_days
        on developers.developer_id = last_days.developer_id
    left join marts.fct_developer_days as days
        on
            last_days.developer_id = days.developer_id
            and last_days.activity_date = days.activity_date
    where developers.is_active

),

titles as (

    select title, min(level) as first_level, max(level) as last_level
    from marts.dim_levels
    group by title

)

select titles.title, titles.first_level, titles.last_level, count(standing.level) as developers
from titles
left join standing
    on standing.level between titles.first_level and titles.last_level
group by titles.title, titles.first_level, titles.last_level
order by titles.first_level
"""

# XP of the days a person was in the team, over its head count of today.
TEAMS = """
select
    teams.team_name,
    teams.member_count,
    cast(sum(days.xp) as bigint) as xp,
    cast(1.0 * sum(days.xp) / teams.member_count as double precision) as xp_per_head
from marts.dim_teams as teams
inner join marts.bridge_team_members as members
    on teams.team_id = members.team_id
inner join marts.fct_developer_days as days
    on
        members.developer_id = days.developer_id
        and days.activity_date >= members.valid_from
        and (members.valid_to is null or days.activity_date <= members.valid_to)
where
    teams.member_count >= $min_team_size
    and days.activity_date between $week_from and $until
group by teams.team_id, teams.team_name, teams.member_count
order by xp_per_head desc, teams.team_name
limit 10
"""

# Boards -------------------------------------------------------------------------------------

BOARD_TOP = """
select
    developer_id,
    rank,
    cast(score as double precision) as score,
    previous_rank,
    rank_7d_ago,
    count(*) over (partition by rank) as sharing,
    count(*) over () as top_count
from marts.leaderboards
where board_id = $board and scope_id = 'org' and rank <= $ranks
order by rank, developer_id
limit $ranks
"""

BOARD_SIZE = """
select count(*) as ranked, max(as_of_date) as as_of_date
from marts.leaderboards
where board_id = $board and scope_id = 'org'
"""

# One developer's own row and the two on either side, in the order in which the board is shown.
BOARD_AROUND = """
with

board as (

    select
        developer_id,
        rank,
        cast(score as double precision) as score,
        previous_rank,
        rank_7d_ago
    from marts.leaderboards
    where board_id = $board and scope_id = 'org'

),

own as (

    select * from board where developer_id = $developer

),

above as (

    select board.*
    from board
    cross join own
    where
        board.rank < own.rank
        or (board.rank = own.rank and board.developer_id < own.developer_id)
    order by board.rank desc, board.developer_id desc
    limit 2

),

below as (

    select board.*
    from board
    cross join own
    where
        board.rank > own.rank
        or (board.rank = own.rank and board.developer_id > own.developer_id)
    order by board.rank, board.developer_id
    limit 2

),

around as (

    select * from above
    union all
    select * from own
    union all
    select * from below

)

select
    around.developer_id,
    around.rank,
    around.score,
    around.previous_rank,
    around.rank_7d_ago,
    count(*) as sharing
from around
inner join board
    on around.rank = board.rank
group by
    around.developer_id,
    around.rank,
    around.score,
    around.previous_rank,
    around.rank_7d_ago
order by around.rank, around.developer_id
"""

# Names and levels of the few people that a board shows; asked by id, so that the engine reads
# those people's rows only.
PEOPLE = """
with

days as (

    select
        developer_id,
        level,
        title,
        row_number() over (partition by developer_id order by activity_date desc) as newest_no
    from marts.fct_developer_days
    where developer_id = any($developers)

)

select
    developers.developer_id,
    coalesce(developers.display_name, developers.login, developers.developer_id) as name,
    days.level,
    days.title
from marts.dim_developers as developers
left join days
    on developers.developer_id = days.developer_id and days.newest_no = 1
where developers.developer_id = any($developers)
"""

# Developer ----------------------------------------------------------------------------------

FIND_DEVELOPERS = """
select
    developer_id,
    coalesce(display_name, login, developer_id) as name,
    is_active
from marts.dim_developers
where
    lower(login) like $anywhere escape '!'
    or lower(display_name) like $anywhere escape '!'
order by
    case when lower(login) like $beginning escape '!' then 0 else 1 end,
    lower(login),
    developer_id
limit $limit
"""

DEVELOPER = """
select
    developers.developer_id,
    developers.login,
    coalesce(developers.display_name, developers.login, developers.developer_id) as name,
    developers.is_active,
    developers.left_on,
    developers.first_active_date,
    developers.last_active_date,
    teams.team_name
from marts.dim_developers as developers
left join marts.dim_teams as teams
    on developers.current_team_id = teams.team_id
where developers.developer_id = $developer
"""

DEVELOPER_STANDING = """
select
    activity_date,
    total_xp,
    level,
    title,
    next_level_total_xp,
    xp_remaining,
    cast(level_progress as double precision) as level_progress
from marts.fct_developer_days
where developer_id = $developer
order by activity_date desc
limit 1
"""

DEVELOPER_RANKS = """
select board_id, rank
from marts.leaderboards
where developer_id = $developer and scope_id = 'org'
"""

DEVELOPER_DAYS = """
select
    activity_date,
    total_xp,
    xp_activity as activity,
    xp_missions as missions,
    xp_badges as badges,
    xp_streak as streak,
    xp_adjustments as adjustments
from marts.fct_developer_days
where developer_id = $developer and activity_date between $since and $until
order by activity_date
"""

DEVELOPER_WEEKS = """
select
    dates.iso_week_start as week_start,
    cast(sum(days.xp_activity) as bigint) as activity,
    cast(sum(days.xp_missions) as bigint) as missions,
    cast(sum(days.xp_badges) as bigint) as badges,
    cast(sum(days.xp_streak) as bigint) as streak,
    cast(sum(days.xp_adjustments) as bigint) as adjustments
from marts.fct_developer_days as days
inner join marts.dim_dates as dates
    on days.activity_date = dates.date_day
where days.developer_id = $developer and days.activity_date between $since and $until
group by dates.iso_week_start
order by dates.iso_week_start
"""

LAST_STREAK_DAY = """
select action, current_streak, longest_streak, freezes_available, total_active_days
from marts.fct_streak_days
where developer_id = $developer
order by activity_date desc
limit 1
"""

STREAK_DAYS = """
select activity_date, action, current_streak, freezes_available
from marts.fct_streak_days
where developer_id = $developer and activity_date between $since and $until
order by activity_date
"""

MISSIONS_OPEN = """
select
    missions.name,
    missions.period,
    attempts.status,
    cast(attempts.progress as double precision) as progress,
    cast(attempts.target as double precision) as target,
    cast(attempts.score as double precision) as score,
    attempts.period_end
from marts.fct_mission_attempts as attempts
inner join marts.dim_missions as missions
    on attempts.mission_id = missions.mission_id and attempts.version = missions.version
where attempts.developer_id = $developer and attempts.status in ('in_progress', 'submitted')
order by attempts.score desc, missions.name, attempts.period_end
limit $limit
"""

MISSIONS_DONE = """
select
    missions.name,
    missions.difficulty,
    attempts.status,
    cast(attempts.score as double precision) as score,
    attempts.decided_on,
    attempts.xp_awarded
from marts.fct_mission_attempts as attempts
inner join marts.dim_missions as missions
    on attempts.mission_id = missions.mission_id and attempts.version = missions.version
where
    attempts.developer_id = $developer
    and attempts.status in ('completed', 'passed', 'kept')
order by attempts.decided_on desc, missions.name
limit $limit
"""

# Each badge as it is today: its newest version.
BADGES = """
with

badges as (

    select
        badge_id,
        name,
        description,
        category,
        rarity,
        xp_reward,
        icon,
        row_number() over (partition by badge_id order by version desc) as newest_no
    from marts.dim_badges

),

held as (

    select badge_id, max(awarded_on) as awarded_on, count(*) as times
    from marts.fct_badge_awards
    where developer_id = $developer and status <> 'revoked'
    group by badge_id

),

towards as (

    select
        badge_id,
        cast(current_value as double precision) as current_value,
        cast(target_value as double precision) as target_value,
        cast(share as double precision) as share
    from marts.fct_badge_progress
    where developer_id = $developer

)

select
    badges.badge_id,
    badges.name,
    badges.description,
    badges.category,
    badges.rarity,
    badges.xp_reward,
    badges.icon,
    held.awarded_on,
    held.times,
    towards.current_value,
    towards.target_value,
    towards.share
from badges
left join held
    on badges.badge_id = held.badge_id
left join towards
    on badges.badge_id = towards.badge_id
where badges.newest_no = 1 and (held.badge_id is not null or towards.badge_id is not null)
order by
    case when held.badge_id is null then 1 else 0 end,
    held.awarded_on desc,
    towards.share desc,
    badges.name
"""

LEDGER_DAYS = """
select min(activity_date) as first_day, max(activity_date) as last_day
from marts.fct_xp_ledger
where developer_id = $developer
"""

# The references of missions and badges begin with their id: `weekly_reviewer:1:github:7:...`.
LEDGER_OF_DAY = """
select
    ledger.reason,
    case
        when ledger.reason = 'streak' then 'A counted day'
        else coalesce(rules.description, missions.name, badges.name, ledger.reference_id)
    end as subject,
    ledger.xp_before_caps,
    ledger.xp
from marts.fct_xp_ledger as ledger
left join marts.dim_xp_rules as rules
    on
        ledger.reason = 'activity'
        and ledger.reference_id = rules.rule_id
        and ledger.rule_version = rules.version
left join marts.dim_missions as missions
    on
        ledger.reason in ('mission', 'mission_perfect')
        and split_part(ledger.reference_id, ':', 1) = missions.mission_id
        and ledger.rule_version = missions.version
left join marts.dim_badges as badges
    on
        ledger.reason = 'badge'
        and split_part(ledger.reference_id, ':', 1) = badges.badge_id
        and ledger.rule_version = badges.version
where ledger.developer_id = $developer and ledger.activity_date = $day
order by ledger.xp desc, ledger.reason, ledger.reference_id
"""

EXCLUSIONS_OF_DAY = """
select
    coalesce(rules.description, exclusions.subject) as subject,
    exclusions.reason_code,
    exclusions.xp_forgone
from marts.fct_xp_exclusions as exclusions
left join (
    select
        rule_id,
        description,
        row_number() over (partition by rule_id order by version desc) as newest_no
    from marts.dim_xp_rules
) as rules
    on exclusions.subject = rules.rule_id and rules.newest_no = 1
where exclusions.developer_id = $developer and exclusions.activity_date = $day
order by exclusions.xp_forgone desc, exclusions.subject, exclusions.reason_code
"""
