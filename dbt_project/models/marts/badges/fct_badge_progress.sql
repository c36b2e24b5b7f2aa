-- Where everybody stands with each badge of today that they do not hold.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

developers as (

    select accounts.developer_id
    from {{ ref('int_accounts_known') }} as accounts
    {% if is_night() -%}
    inner join {{ ref('int_developers_touched') }} as touched
        on accounts.developer_id = touched.developer_id
    {%- endif %}
    where not accounts.is_bot

),

badges as (

    select
        badges.badge_id,
        badges.version,
        {{ season_start('badges.repeat', 'nights.as_of_day') }} as season_start,
        case badges.repeat when 'season' then {{ season_of('nights.as_of_day') }} end as season
    from {{ ref('stg_rules__badges') }} as badges
    cross join nights
    where
        nights.as_of_day >= badges.valid_from
        and nights.as_of_day <= coalesce(badges.valid_to, {{ end_of_time() }})

),

conditions as (

    select
        measured.*,
        count(*) over (partition by badge_id, version) as condition_count
    from {{ ref('int_badge_conditions_measured') }} as measured
    where condition_index > 0

),

counted_values as (

    select * from {{ ref('int_badge_values_reached') }}

),

streak_days as (

    select * from {{ ref('int_streak_days_walked') }}

),

awards as (

    select developer_id, badge_id, season from {{ ref('int_badges_awarded') }}
    {% if is_night() -%}
    union all
    select published.developer_id, published.badge_id, published.season
    from {{ prior('fct_badge_awards') }} as published
    inner join {{ ref('int_developers_touched') }} as touched
        on
            published.developer_id = touched.developer_id
            and published.awarded_on < touched.touched_from
    {%- endif %}

),

open_badges as (

    select
        developers.developer_id,
        badges.badge_id,
        badges.version,
        badges.season_start
    from developers
    cross join badges
    left join awards
        on
            developers.developer_id = awards.developer_id
            and badges.badge_id = awards.badge_id
            and coalesce(badges.season, '') = coalesce(awards.season, '')
    where awards.developer_id is null

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
            conditions.measure_id = counted_values.measure_id
            and open_badges.developer_id = counted_values.developer_id
            and open_badges.season_start = counted_values.season_start
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
