with

streak_days as (

    select *
    from {{ ref('int_streak_days_walked') }}
    where streak_started_on is not null

),

states as (

    select * from {{ ref('int_streak_states_carried') }}

),

summarised as (

    select
        developer_id,
        streak_started_on,
        max(case when action = 'broken' then activity_date end) as ended_on,
        max(current_streak) as counted_days,
        max(streak_freezes_used) as freezes_used
    from streak_days
    group by developer_id, streak_started_on

)

select
    summarised.developer_id,
    summarised.streak_started_on as started_on,
    summarised.ended_on,
    cast(
        greatest(
            summarised.counted_days,
            case
                when summarised.streak_started_on = states.streak_started_on
                    then coalesce(states.current_streak, 0)
                else 0
            end
        ) as bigint
    ) as counted_days,
    cast(summarised.freezes_used as bigint) as freezes_used,
    cast(case when summarised.ended_on is not null then 'broken' end as varchar) as ended_by
from summarised
left join states
    on summarised.developer_id = states.developer_id
