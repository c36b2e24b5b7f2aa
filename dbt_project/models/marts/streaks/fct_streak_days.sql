with

streak_days as (

    select *
    from {{ ref('int_streak_days_walked') }}
    where {{ is_shown('developer_id') }}

)

select
    developer_id,
    activity_date,
    cast(action as varchar) as action,
    current_streak,
    longest_streak,
    freezes_available,
    total_active_days,
    last_active_date,
    is_working_day
from streak_days
