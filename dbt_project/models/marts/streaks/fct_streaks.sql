with

streak_days as (

    select *
    from {{ ref('int_streak_days_walked') }}
    where {{ is_shown('developer_id') }}

),

numbered as (

    select
        streak_days.*,
        sum(case when action = 'started' then 1 else 0 end) over (
            partition by developer_id
            order by activity_date
            rows between unbounded preceding and current row
        ) as streak_no
    from streak_days

),

summarised as (

    select
        developer_id,
        streak_no,
        min(activity_date) as started_on,
        max(case when action = 'broken' then activity_date end) as ended_on,
        sum(case when action in ('started', 'increased') then 1 else 0 end) as counted_days,
        sum(case when action = 'frozen' then 1 else 0 end) as freezes_used
    from numbered
    where streak_no > 0
    group by developer_id, streak_no

)

select
    developer_id,
    started_on,
    ended_on,
    cast(counted_days as bigint) as counted_days,
    cast(freezes_used as bigint) as freezes_used,
    cast(case when ended_on is not null then 'broken' end as varchar) as ended_by
from summarised
