-- The seven scores of everybody on the roster, on each day whose board is computed. Totals run
-- backwards from what everybody has on the as-of day, so that a night needs its own days only.
{% set later_days -%}
    partition by daily.developer_id
    order by daily.date_day
    rows between 1 following and unbounded following
{%- endset %}
with

board_days as (

    select * from {{ ref('int_board_days') }}

),

ranked as (

    select * from {{ ref('int_rosters_compared') }} where is_ranked

),

read_days as (

    -- The last 30 days of the first board's day too.
    select days.date_day
    from {{ ref('int_days_spined') }} as days
    inner join (select min(date_day) as first_day from board_days) as firsts
        on days.date_day >= {{ add_days('firsts.first_day', -29) }}

),

xp_days as (

    select developer_id, activity_date, xp from {{ ref('fct_developer_days') }}
    {% if is_night() -%}
    union all
    {{ published_elsewhere(
        'fct_developer_days', ['developer_id', 'activity_date', 'xp'], 'read_days'
    ) }}
    {%- endif %}

),

streak_days as (

    select developer_id, activity_date, current_streak, longest_streak
    from {{ ref('int_streak_days_walked') }}
    {% if is_night() -%}
    union all
    {{ published_elsewhere(
        'fct_streak_days',
        ['developer_id', 'activity_date', 'current_streak', 'longest_streak'],
        'board_days',
    ) }}
    {%- endif %}

),

mission_days as (

    select developer_id, activity_date, count(*) as mission_count
    from (
        select developer_id, status_date as activity_date
        from {{ ref('int_outcomes_dated') }}
        where status = 'passed'
        {% if is_night() -%}
        union all
        select developer_id, decided_on
        from (
            {{ published_elsewhere(
                'fct_mission_attempts',
                ['developer_id', 'decided_on', 'announced_status'],
                'board_days',
                'decided_on',
            ) }}
        ) as attempts
        where
            developer_id is not null
            and announced_status is not null
        union all
        select developer_id, decided_on
        from (
            {{ published_elsewhere(
                'state_team_shares',
                ['developer_id', 'decided_on', 'status'],
                'board_days',
                'decided_on',
            ) }}
        ) as shares
        where status in ('completed', 'passed')
        {%- endif %}
    ) as outcomes
    group by developer_id, activity_date

),

badge_days as (

    select developer_id, awarded_on as activity_date, count(*) as badge_count
    from (
        select developer_id, awarded_on, status from {{ ref('int_badges_awarded') }}
        {% if is_night() -%}
        union all
        {{ published_elsewhere(
            'fct_badge_awards', ['developer_id', 'awarded_on', 'status'], 'board_days', 'awarded_on'
        ) }}
        {%- endif %}
    ) as awards
    where status <> 'revoked'
    group by developer_id, awarded_on

),

totals as (

    select developer_id, total_xp, missions_completed, badges_unlocked
    from {{ ref('state_totals') }}
    {% if is_night() -%}
    union all
    {{ published_elsewhere(
        'state_totals',
        ['developer_id', 'total_xp', 'missions_completed', 'badges_unlocked'],
        day=none,
    ) }}
    {%- endif %}

),

scored as (

    select developer_id from totals
    union
    select developer_id from streak_days

),

daily as (

    select
        scored.developer_id,
        read_days.date_day,
        coalesce(xp_days.xp, 0) as xp,
        coalesce(streak_days.current_streak, 0) as current_streak,
        coalesce(streak_days.longest_streak, 0) as longest_streak,
        coalesce(mission_days.mission_count, 0) as mission_count,
        coalesce(badge_days.badge_count, 0) as badge_count
    from scored
    inner join ranked
        on scored.developer_id = ranked.developer_id
    cross join read_days
    left join xp_days
        on
            scored.developer_id = xp_days.developer_id
            and read_days.date_day = xp_days.activity_date
    left join streak_days
        on
            scored.developer_id = streak_days.developer_id
            and read_days.date_day = streak_days.activity_date
    left join mission_days
        on
            scored.developer_id = mission_days.developer_id
            and read_days.date_day = mission_days.activity_date
    left join badge_days
        on
            scored.developer_id = badge_days.developer_id
            and read_days.date_day = badge_days.activity_date

),

windowed as (

    select
        daily.developer_id,
        daily.date_day,
        daily.current_streak,
        daily.longest_streak,
        sum(daily.xp) over ({{ later_days }}) as later_xp,
        sum(daily.mission_count) over ({{ later_days }}) as later_missions,
        sum(daily.badge_count) over ({{ later_days }}) as later_badges,
        sum(daily.xp) over (
            partition by daily.developer_id
            order by daily.date_day
            rows between 6 preceding and current row
        ) as xp_7d,
        sum(daily.xp) over (
            partition by daily.developer_id
            order by daily.date_day
            rows between 29 preceding and current row
        ) as xp_30d
    from daily

)

select
    windowed.developer_id,
    windowed.date_day,
    board_days.is_ranked,
    cast(coalesce(totals.total_xp, 0) - coalesce(windowed.later_xp, 0) as bigint) as xp_all_time,
    cast(windowed.xp_7d as bigint) as xp_7d,
    cast(windowed.xp_30d as bigint) as xp_30d,
    cast(windowed.current_streak as bigint) as streak_current,
    cast(windowed.longest_streak as bigint) as streak_longest,
    cast(
        coalesce(totals.missions_completed, 0) - coalesce(windowed.later_missions, 0) as bigint
    ) as missions_completed,
    cast(
        coalesce(totals.badges_unlocked, 0) - coalesce(windowed.later_badges, 0) as bigint
    ) as badges_unlocked
from windowed
inner join board_days
    on windowed.date_day = board_days.date_day
left join totals
    on windowed.developer_id = totals.developer_id
