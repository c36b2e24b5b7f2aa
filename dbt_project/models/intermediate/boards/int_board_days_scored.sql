-- The seven scores of everybody on the current roster, on every day since their first.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

days as (

    select * from {{ ref('int_days_spined') }}

),

members as (

    select * from {{ ref('int_members_tracked') }} where is_member

),

accounts as (

    select *
    from {{ ref('int_accounts_known') }}
    where
        not is_bot
        and {{ is_shown('developer_id') }}

),

xp_days as (

    select
        developer_id,
        activity_date,
        sum(xp) as xp
    from {{ ref('int_xp_ledgered') }}
    group by developer_id, activity_date

),

streak_days as (

    select * from {{ ref('int_streak_days_walked') }}

),

mission_days as (

    select
        developer_id,
        decided_on as activity_date,
        count(*) as mission_count
    from {{ ref('int_attempts_unioned') }}
    where status in ('completed', 'passed')
    group by developer_id, decided_on

),

badge_days as (

    select
        developer_id,
        awarded_on as activity_date,
        count(*) as badge_count
    from {{ ref('int_badges_awarded') }}
    where status <> 'revoked'
    group by developer_id, awarded_on

),

first_days as (

    select developer_id, min(activity_date) as first_day
    from (
        select developer_id, activity_date from xp_days
        union all
        select developer_id, activity_date from streak_days
        union all
        select developer_id, activity_date from mission_days
        union all
        select developer_id, activity_date from badge_days
    ) as scored_days
    group by developer_id

),

daily as (

    select
        first_days.developer_id,
        days.date_day,
        coalesce(xp_days.xp, 0) as xp,
        coalesce(streak_days.current_streak, 0) as current_streak,
        coalesce(streak_days.longest_streak, 0) as longest_streak,
        coalesce(mission_days.mission_count, 0) as mission_count,
        coalesce(badge_days.badge_count, 0) as badge_count
    from first_days
    inner join members
        on first_days.developer_id = members.developer_id
    inner join accounts
        on first_days.developer_id = accounts.developer_id
    inner join days
        on days.date_day >= first_days.first_day
    left join xp_days
        on
            first_days.developer_id = xp_days.developer_id
            and days.date_day = xp_days.activity_date
    left join streak_days
        on
            first_days.developer_id = streak_days.developer_id
            and days.date_day = streak_days.activity_date
    left join mission_days
        on
            first_days.developer_id = mission_days.developer_id
            and days.date_day = mission_days.activity_date
    left join badge_days
        on
            first_days.developer_id = badge_days.developer_id
            and days.date_day = badge_days.activity_date

)

select
    developer_id,
    date_day,
    cast(sum(xp) over so_far as bigint) as xp_all_time,
    cast(
        sum(xp) over (
            partition by developer_id order by date_day rows between 6 preceding and current row
        ) as bigint
    ) as xp_7d,
    cast(
        sum(xp) over (
            partition by developer_id order by date_day rows between 29 preceding and current row
        ) as bigint
    ) as xp_30d,
    cast(current_streak as bigint) as streak_current,
    cast(longest_streak as bigint) as streak_longest,
    cast(sum(mission_count) over so_far as bigint) as missions_completed,
    cast(sum(badge_count) over so_far as bigint) as badges_unlocked
from daily
window so_far as (
    partition by developer_id
    order by date_day
    rows between unbounded preceding and current row
)
