-- Where everybody stands with each badge of today that they do not hold.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

accounts as (

    select *
    from {{ ref('int_accounts_known') }}
    where
        not is_bot
        and {{ is_shown('developer_id') }}

),

badges as (

    select
        badges.badge_id,
        badges.version,
        case badges.repeat
            when 'season' then {{ start_of('quarter', 'nights.as_of_day') }}
        end as season_start
    from {{ ref('stg_rules__badges') }} as badges
    cross join nights
    where
        nights.as_of_day >= badges.valid_from
        and nights.as_of_day <= coalesce(badges.valid_to, {{ end_of_time() }})

),

conditions as (

    select
        badge_conditions.*,
        count(*) over (partition by badge_id, version) as condition_count
    from {{ ref('stg_rules__badge_conditions') }} as badge_conditions

),

points as (

    select * from {{ ref('int_badge_condition_points') }}

),

streak_days as (

    select * from {{ ref('int_streak_days_walked') }}

),

awards as (

    select * from {{ ref('int_badges_awarded') }}

),

open_badges as (

    select
        accounts.developer_id,
        badges.badge_id,
        badges.version,
        badges.season_start
    from accounts
    cross join badges
    left join awards
        on
            accounts.developer_id = awards.developer_id
            and badges.badge_id = awards.badge_id
            and coalesce({{ season_of('badges.season_start') }}, '') = coalesce(awards.season, '')
    where awards.developer_id is null

),

counted_values as (

    select
        points.badge_id,
        points.version,
        points.condition_index,
        points.developer_id,
        points.season_start,
        sum(points.change) as value
    from points
    cross join nights
    where points.point_date <= nights.as_of_day
    group by
        points.badge_id,
        points.version,
        points.condition_index,
        points.developer_id,
        points.season_start

),

current_streaks as (

    select
        streak_days.developer_id,
        streak_days.current_streak
    from streak_days
    inner join nights
        on streak_days.activity_date = nights.as_of_day

),

condition_values as (

    select
        open_badges.developer_id,
        open_badges.badge_id,
        conditions.condition_count,
        conditions.target,
        case conditions.type
            when 'consecutive_days' then coalesce(current_streaks.current_streak, 0)
            else coalesce(counted_values.value, 0)
        end as value
    from open_badges
    inner join conditions
        on
            open_badges.badge_id = conditions.badge_id
            and open_badges.version = conditions.version
    left join counted_values
        on
            conditions.badge_id = counted_values.badge_id
            and conditions.version = counted_values.version
            and conditions.condition_index = counted_values.condition_index
            and open_badges.developer_id = counted_values.developer_id
            and coalesce(open_badges.season_start, {{ end_of_time() }})
            = coalesce(counted_values.season_start, {{ end_of_time() }})
    left join current_streaks
        on open_badges.developer_id = current_streaks.developer_id

),

combined as (

    -- all_of counts the conditions that hold.
    select
        developer_id,
        badge_id,
        case
            when max(condition_count) > 1 then sum(case when value >= target then 1 else 0 end)
            else max(value)
        end as current_value,
        case when max(condition_count) > 1 then max(condition_count) else max(target) end
            as target_value
    from condition_values
    group by developer_id, badge_id

)

select
    developer_id,
    badge_id,
    cast(current_value as numeric(18, 6)) as current_value,
    cast(target_value as numeric(18, 6)) as target_value,
    {{ share('least(current_value, target_value)', 'target_value') }} as share
from combined
