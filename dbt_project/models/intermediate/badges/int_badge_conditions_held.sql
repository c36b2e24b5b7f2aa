-- The spans of days (both ends inclusive) on which each condition holds for a developer, from the eve
-- of the days that are computed on.
with

conditions as (

    select * from {{ ref('int_badge_conditions_measured') }}

),

summed as (

    select * from {{ ref('int_badge_values_summed') }}

),

streak_days as (

    select * from {{ ref('int_streak_days_walked') }}

),

states as (

    select * from {{ ref('int_streak_states_carried') }}

),

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

streaks_known as (

    -- The streak is taken as it stands, in a season too: there it begins to hold on the first day.
    select
        streak_days.developer_id,
        streak_days.activity_date,
        streak_days.current_streak as value_after,
        case
            when streak_days.action = 'started' then 0
            when streak_days.action = 'increased' then streak_days.current_streak - 1
            -- More than any target: only the end of what held matters.
            when streak_days.action = 'broken' then 1000000000
            else streak_days.current_streak
        end as value_before
    from streak_days
    union all
    select
        developer_id,
        {{ add_days('touched_from', -1) }},
        current_streak,
        0
    from states

),

streak_values as (

    select * from streaks_known
    union all
    -- Who has left has no streak any more, whatever late facts earn.
    select
        streaks_known.developer_id,
        {{ add_days('max(streaks_known.activity_date)', 1) }},
        0,
        1000000000
    from streaks_known
    cross join nights
    group by streaks_known.developer_id, nights.as_of_day
    having max(streaks_known.activity_date) < nights.as_of_day

),

turns as (

    -- Where a value passes a target, upwards or downwards.
    select
        conditions.badge_id,
        conditions.version,
        conditions.condition_index,
        summed.developer_id,
        summed.season_start,
        summed.point_date as turn_date,
        summed.value_after >= conditions.target as is_held
    from summed
    inner join conditions
        on summed.measure_id = conditions.measure_id
    where
        (summed.value_after >= conditions.target)
        <> (summed.value_after - summed.change >= conditions.target)
    union all
    select
        conditions.badge_id,
        conditions.version,
        conditions.condition_index,
        streak_values.developer_id,
        {{ season_start('conditions.repeat', 'streak_values.activity_date') }},
        streak_values.activity_date,
        streak_values.value_after >= conditions.target
    from streak_values
    inner join conditions
        on conditions.type = 'consecutive_days'
    where
        (streak_values.value_after >= conditions.target)
        <> (
            case
                when
                    conditions.repeat = 'season'
                    and streak_values.activity_date
                    = {{ start_of('quarter', 'streak_values.activity_date') }}
                    then 0
                else streak_values.value_before
            end >= conditions.target
        )

),

spans as (

    select
        turns.*,
        lead(turn_date) over (
            partition by badge_id, version, condition_index, developer_id, season_start
            order by turn_date
        ) as next_turn_date
    from turns

)

select
    badge_id,
    version,
    condition_index,
    developer_id,
    season_start,
    turn_date as held_from,
    coalesce({{ add_days('next_turn_date', -1) }}, {{ end_of_time() }}) as held_to
from spans
where is_held
