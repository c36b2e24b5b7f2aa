with

walked as (

    select * from {{ ref('int_streak_days_walked') }}

),

streak_days as (

    select *
    from walked
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

),

standing as (

    select
        developer_id,
        streak_started_on as started_on,
        current_streak as counted_days,
        streak_freezes_used as freezes_used
    from states
    where current_streak > 0
    {% if is_night() %}
    union all
    select before.developer_id, before.started_on, before.counted_days, before.freezes_used
    from {{ prior('fct_streaks') }} as before
    inner join {{ ref('int_developers_touched') }} as touched
        on
            before.developer_id = touched.developer_id
            and before.started_on < touched.touched_from
    left join states
        on before.developer_id = states.developer_id
    where before.ended_on is null and states.developer_id is null
    {% endif %}

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
union all
-- Who has left has no day to compute any more: the streak stays as it stood on the last one.
select
    standing.developer_id,
    standing.started_on,
    cast(null as date),
    standing.counted_days,
    standing.freezes_used,
    cast(null as varchar)
from standing
left join walked
    on standing.developer_id = walked.developer_id
where walked.developer_id is null
