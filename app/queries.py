"""Every question that the dashboard asks, by name: SQL that DuckDB and Postgres share.

Only tables of `marts`, only bound parameters (`$name`); windows of days are worked out by the
caller from the night's days, so that no statement asks the clock. Statements about people filter
and limit here: with 100,000 developers no page may read a table whole into the app. Sums over the
organisation are read from the marts that hold them, never added up here over people.

A statement's kind says who may have its answer; the door (`app.warehouse`) sees to it.
"""


class OfPerson(str):
    """Days and figures of the one person `$developer`: for themself, their manager, an admin."""


class OfPeople(str):
    """Rows of several people: the door binds `$seen_*`, so that each reader has those of whom they
    may see. Everything else is for everybody who may open the dashboard."""


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

# Windows end with the last complete day; members are those of the as-of day.
HEADLINES = """
select
    max(case when activity_date = $as_of then members end) as members,
    max(case when activity_date = $until then active_members_7d end) as active_members,
    cast(
        sum(case when activity_date between $week_from and $until then xp end) as bigint
    ) as xp_week,
    cast(
        sum(
            case when activity_date >= $week_before_from and activity_date < $week_from then xp end
        ) as bigint
    ) as xp_week_before,
    cast(
        sum(
            case when activity_date between $month_from and $until then missions_completed end
        ) as bigint
    ) as missions_month,
    cast(
        sum(
            case when activity_date between $month_from and $until then badges_awarded end
        ) as bigint
    ) as badges_month
from marts.fct_org_days
where activity_date between $month_from and $as_of
"""

# Licences as of the newest snapshot.
SEATS = """
select seats, used_28d as used
from marts.fct_seat_days
order by snapshot_date desc
limit 1
"""

ORG_DAY = """
select activity_date, active_members, missions_completed, badges_awarded, xp
from marts.fct_org_days
where activity_date = $day
"""

CORRECTIONS = """
select
    table_name,
    min(activity_date) as first_day,
    max(activity_date) as last_day,
    count(distinct developer_id) as developers,
    count(*) as changes
from marts.fct_corrections
where run_id = $run
group by table_name
order by table_name
"""

ORG_WEEKS = """
select
    dates.iso_week_start as week_start,
    cast(sum(days.xp_activity) as bigint) as activity,
    cast(sum(days.xp_missions) as bigint) as missions,
    cast(sum(days.xp_badges) as bigint) as badges,
    cast(sum(days.xp_streak) as bigint) as streak,
    cast(sum(days.xp_adjustments) as bigint) as adjustments,
    cast(sum(days.missions_completed) as bigint) as missions_completed
from marts.fct_org_days as days
inner join marts.dim_dates as dates
    on days.activity_date = dates.date_day
where days.activity_date between $since and $until
group by dates.iso_week_start
order by dates.iso_week_start
"""

# Of those who belonged at the end of a week, how many were active in its seven days. A week under
# way is left out, and so are those before the first activity.
PARTICIPATION = """
select
    dates.iso_week_start as week_start,
    days.members as developers,
    days.active_members_7d as active_developers,
    1.0 * days.active_members_7d / nullif(days.members, 0) as share
from marts.fct_org_days as days
inner join marts.dim_dates as dates
    on days.activity_date = dates.date_day
where
    days.activity_date between $since and $until
    and days.activity_date = dates.iso_week_start + 6
    and days.activity_date >= (
        select min(activity_date) from marts.fct_org_days where active_members > 0
    )
order by dates.iso_week_start
"""

TITLES = """
select
    titles.title,
    titles.first_level,
    titles.last_level,
    cast(coalesce(sum(held.holders), 0) as bigint) as developers
from (
    select title, min(level) as first_level, max(level) as last_level
    from marts.dim_levels
    group by title
) as titles
left join marts.fct_level_holders as held
    on titles.title = held.title
group by titles.title, titles.first_level, titles.last_level
order by titles.first_level
"""

# Boards -------------------------------------------------------------------------------------

# Bounds are bound, not joined: Postgres looks no row of a view up by what another row holds, and
# reads the whole board instead (50 ms of 100,000 people, instead of 4).
BOARD_PLACES = """
select
    developer_id,
    rank,
    tie_count,
    score,
    previous_rank,
    rank_7d_ago
from marts.leaderboards
where board_id = $board and scope_id = $scope and place between $first and $last
order by place
"""

BOARD_SIZE = """
select ranked
from marts.leaderboard_sizes
where board_id = $board and scope_id = $scope
"""

# Of an earlier day: the first ranks of every day, everybody at the end of a week and of a month.
BOARD_OF_DAY = """
select
    developer_id,
    rank,
    count(*) over (partition by rank) as tie_count,
    score
from marts.leaderboard_history
where board_id = $board and as_of_date = $day and rank <= $places
order by rank, developer_id
limit $places
"""

BOARD_DAYS = """
select min(as_of_date) as first_day, max(as_of_date) as last_day
from marts.leaderboard_history
where board_id = $board
"""

BOARD_PLACE_OF = """
select place
from marts.leaderboards
where board_id = $board and scope_id = $scope and developer_id = $developer
"""

# Names and levels of the few people that a page shows; asked by id, so that the engine reads those
# people's rows only.
PEOPLE = """
select
    developer_id,
    coalesce(display_name, login, developer_id) as name,
    level,
    title
from marts.dim_developers
where developer_id = any($developers)
"""

# Who is looking ----------------------------------------------------------------------------

VIEWER = """
select developer_id
from marts.dim_developers
where lower(login) = $login
order by is_active desc, developer_id
limit 1
"""

# The teams named by id or name, and all below them.
MANAGED_TEAMS = """
with recursive

managed as (

    select team_id
    from marts.dim_teams
    where team_id = any($teams) or team_name = any($teams)
    union
    select below.team_id
    from managed
    inner join marts.dim_teams as below
        on managed.team_id = below.parent_team_id

)

select team_id from managed order by team_id
"""

TEAM_OF = """
select current_team_id from marts.dim_developers where developer_id = $developer
"""

# Developer ----------------------------------------------------------------------------------

FIND_DEVELOPERS = """
select
    developer_id as id,
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
    developers.level,
    developers.title,
    teams.team_name
from marts.dim_developers as developers
left join marts.dim_teams as teams
    on developers.current_team_id = teams.team_id
where developers.developer_id = $developer
"""

DEVELOPER_STANDING = OfPerson("""
select
    activity_date,
    total_xp,
    level,
    title,
    next_level_total_xp,
    xp_remaining,
    level_progress
from marts.fct_developer_days
where developer_id = $developer
order by activity_date desc
limit 1
""")

BADGES_HELD = """
select
    badges.badge_id,
    badges.name,
    badges.rarity,
    badges.icon,
    max(awards.awarded_on) as awarded_on
from marts.fct_badge_awards as awards
inner join (
    select
        badge_id,
        name,
        rarity,
        icon,
        row_number() over (partition by badge_id order by version desc) as newest_no
    from marts.dim_badges
) as badges
    on awards.badge_id = badges.badge_id
where
    awards.developer_id = $developer
    and awards.status <> 'revoked'
    and badges.newest_no = 1
group by badges.badge_id, badges.name, badges.rarity, badges.icon
order by max(awards.awarded_on) desc, badges.name
"""

DEVELOPER_RANKS = """
select board_id, rank, cast(score as bigint) as score
from marts.leaderboards
where developer_id = $developer and scope_id = 'org'
"""

DEVELOPER_DAYS = OfPerson("""
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
""")

DEVELOPER_WEEKS = OfPerson("""
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
""")

LAST_STREAK_DAY = OfPerson("""
select action, current_streak, longest_streak, freezes_available, total_active_days
from marts.fct_streak_days
where developer_id = $developer
order by activity_date desc
limit 1
""")

STREAK_DAYS = OfPerson("""
select activity_date, action, current_streak, freezes_available
from marts.fct_streak_days
where developer_id = $developer and activity_date between $since and $until
order by activity_date
""")

MISSIONS_OPEN = OfPerson("""
select
    missions.name,
    missions.period,
    attempts.status,
    attempts.progress,
    attempts.target,
    attempts.score,
    attempts.period_end
from marts.fct_mission_attempts as attempts
inner join marts.dim_missions as missions
    on attempts.mission_id = missions.mission_id and attempts.version = missions.version
where attempts.developer_id = $developer and attempts.status in ('in_progress', 'submitted')
order by attempts.score desc, missions.name, attempts.period_end
limit $limit
""")

MISSIONS_DONE = OfPerson("""
select
    missions.name,
    missions.difficulty,
    attempts.status,
    attempts.score,
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
""")

# Each badge as it is today: its newest version.
BADGES = OfPerson("""
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
        current_value,
        target_value,
        share
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
""")

LEDGER_DAYS = OfPerson("""
select min(activity_date) as first_day, max(activity_date) as last_day
from marts.fct_xp_ledger
where developer_id = $developer
""")

# The references of missions and badges begin with their id: `weekly_reviewer:1:github:7:...`.
LEDGER_OF_DAY = OfPerson("""
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
""")

EXCLUSIONS_OF_DAY = OfPerson("""
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
""")

# The source rows behind a day's XP, with the load that brought them.
EVIDENCE_OF_DAY = OfPerson("""
select
    coalesce(rules.description, ledger.reference_id) as subject,
    evidence.source,
    evidence.source_key,
    evidence.load_id
from marts.fct_xp_ledger as ledger
inner join marts.xp_evidence as evidence
    on ledger.ledger_id = evidence.ledger_id and evidence.developer_id = $developer
left join marts.dim_xp_rules as rules
    on ledger.reference_id = rules.rule_id and ledger.rule_version = rules.version
where ledger.developer_id = $developer and ledger.activity_date = $day
order by subject, evidence.source, evidence.source_key
limit $limit
""")

NEWS_OF_DEVELOPER = OfPerson("""
select activity_date, type, title, body
from marts.fct_notifications
where developer_id = $developer
order by activity_date desc, type, title
limit $limit
""")

# Missions -----------------------------------------------------------------------------------

# Each mission as it is today, with what became of the attempts of periods that ended since, or are
# open.
MISSIONS = """
with

missions as (

    select
        mission_id,
        name,
        kind,
        difficulty,
        period,
        scope,
        metric,
        aggregate,
        target,
        pass_threshold,
        base_xp,
        row_number() over (partition by mission_id order by version desc) as newest_no
    from marts.dim_missions
    where
        is_published
        and (valid_from is null or valid_from <= $as_of)
        and (valid_to is null or valid_to >= $as_of)

),

periods as (

    select
        mission_id,
        sum(completed + passed + kept) as done,
        sum(failed) as failed,
        sum(in_progress + submitted) as open,
        sum(xp_awarded) as xp_awarded
    from marts.fct_mission_periods
    where period_end is null or period_end >= $since
    group by mission_id

)

select
    missions.mission_id,
    missions.name,
    missions.kind,
    missions.difficulty,
    missions.period,
    missions.scope,
    metrics.unit,
    metrics.description as metric,
    missions.aggregate,
    missions.target,
    missions.pass_threshold,
    missions.base_xp,
    cast(coalesce(periods.done, 0) as bigint) as done,
    cast(coalesce(periods.failed, 0) as bigint) as failed,
    cast(coalesce(periods.open, 0) as bigint) as open,
    cast(coalesce(periods.xp_awarded, 0) as bigint) as xp_awarded,
    1.0 * periods.done / nullif(periods.done + periods.failed, 0) as pass_rate
from missions
left join periods
    on missions.mission_id = periods.mission_id
left join marts.dim_metrics as metrics
    on missions.metric = metrics.metric
where missions.newest_no = 1
order by missions.name
"""

MISSION_PERIODS = """
select
    period_start,
    max(period_end) as period_end,
    cast(sum(completed) as bigint) as completed,
    cast(sum(passed + kept) as bigint) as passed,
    cast(sum(failed) as bigint) as failed,
    cast(sum(in_progress + submitted) as bigint) as open
from marts.fct_mission_periods
where mission_id = $mission and period_start is not null
group by period_start
order by period_start desc
limit $limit
"""

# Badges -------------------------------------------------------------------------------------

BADGE_CATALOGUE = """
select
    badges.badge_id,
    badges.name,
    badges.description,
    badges.category,
    badges.rarity,
    badges.xp_reward,
    badges.icon,
    held.holders,
    held.members,
    held.holder_share,
    held.last_awarded_on
from (
    select
        badge_id,
        name,
        description,
        category,
        rarity,
        xp_reward,
        icon,
        valid_to,
        row_number() over (partition by badge_id order by version desc) as newest_no
    from marts.dim_badges
) as badges
left join marts.fct_badge_holders as held
    on badges.badge_id = held.badge_id
where badges.newest_no = 1 and (badges.valid_to is null or badges.valid_to >= $as_of)
order by badges.category, badges.xp_reward, badges.name
"""

# Teams --------------------------------------------------------------------------------------

# A team's days over its head count of today, the `$first` best and the `$last` weakest; small teams
# are not shown.
TEAMS = """
with

teams as (

    select
        teams.team_id,
        teams.team_name,
        parents.team_name as parent_name,
        teams.member_count,
        cast(sum(days.xp) as bigint) as xp,
        1.0 * sum(days.xp) / teams.member_count as xp_per_head,
        avg(1.0 * days.active_members / nullif(days.members, 0)) as active_share
    from marts.dim_teams as teams
    inner join marts.fct_team_days as days
        on teams.team_id = days.team_id
    left join marts.dim_teams as parents
        on teams.parent_team_id = parents.team_id
    where
        teams.member_count >= $min_team_size
        and days.activity_date between $week_from and $until
    group by teams.team_id, teams.team_name, parents.team_name, teams.member_count

),

placed as (

    select
        teams.*,
        row_number() over (order by xp_per_head desc, team_name, team_id) as place,
        count(*) over () as team_count
    from teams

)

select * from placed
where place <= $first or place > team_count - $last
order by place
"""

TEAM = """
select
    teams.team_id,
    teams.team_name,
    teams.member_count,
    parents.team_name as parent_name
from marts.dim_teams as teams
left join marts.dim_teams as parents
    on teams.parent_team_id = parents.team_id
where teams.team_id = $team
"""

FIND_TEAMS = """
select team_id as id, team_name as name, true as is_active
from marts.dim_teams
where lower(team_name) like $anywhere escape '!'
order by
    case when lower(team_name) like $beginning escape '!' then 0 else 1 end,
    lower(team_name),
    team_id
limit $limit
"""

TEAM_WEEKS = """
select
    dates.iso_week_start as week_start,
    cast(sum(days.xp) as bigint) as xp,
    1.0 * sum(days.xp) / max(days.members) as xp_per_head
from marts.fct_team_days as days
inner join marts.dim_dates as dates
    on days.activity_date = dates.date_day
where days.team_id = $team and days.activity_date between $since and $until
group by dates.iso_week_start
order by dates.iso_week_start
"""

# What's new ---------------------------------------------------------------------------------

# Levels, badges, missions and boards are news to everybody, the rest to those concerned.
NEWS = OfPeople("""
select
    news.activity_date,
    news.type,
    news.developer_id,
    coalesce(developers.display_name, developers.login, news.developer_id) as name,
    news.title,
    news.body
from marts.fct_notifications as news
inner join marts.dim_developers as developers
    on news.developer_id = developers.developer_id
where
    news.activity_date between $since and $until
    and news.type = any($types)
    and (
        news.type = any($public_types)
        or $seen_all
        or news.developer_id = $seen_developer
        or developers.current_team_id = any($seen_teams)
    )
order by news.activity_date desc, news.type, name, news.title
limit $limit
""")

# Rules --------------------------------------------------------------------------------------

RULE_PACK = """
select
    pack_name,
    pack_hash,
    level_curve,
    daily_activity_cap,
    xp_requires_pass,
    time_zone,
    freezes_start,
    freezes_cap,
    freezes_refill_every,
    streak_bonus_per_day,
    streak_bonus_cap,
    max_pending_days
from marts.dim_rule_packs
"""

XP_RULES = """
select
    rules.rule_id,
    rules.description,
    metrics.source,
    coalesce(metrics.unit, 'unit') as unit,
    rules.points,
    rules.per,
    rules.daily_cap,
    rules.valid_from,
    rules.valid_to
from marts.dim_xp_rules as rules
left join marts.dim_metrics as metrics
    on rules.metric = metrics.metric
where
    (rules.valid_from is null or rules.valid_from <= $as_of)
    and (rules.valid_to is null or rules.valid_to >= $as_of)
order by metrics.source, rules.rule_id
"""

LEVELS = """
select levels.level, levels.title, levels.total_xp_required
from marts.dim_levels as levels
inner join marts.dim_rule_packs as packs
    on levels.curve = packs.level_curve
order by levels.level
"""

# Data health --------------------------------------------------------------------------------

# Of each source: the first day that is waited for, and the newest that any of its scopes delivered.
SOURCES = """
select
    source,
    min(case when state = 'pending' then activity_date end) as first_pending_day,
    max(case when state <> 'pending' then activity_date end) as last_delivered_day,
    max(last_loaded_at) as last_loaded_at,
    cast(sum(row_count) as bigint) as row_count
from marts.data_status
where activity_date between $since and $until
group by source
order by source
"""

QUARANTINE = """
select source, dataset, row_count, first_date, last_date
from marts.quarantine_counts
order by row_count desc, source, dataset
"""
