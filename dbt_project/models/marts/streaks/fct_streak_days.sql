with

streak_days as (

    select * from {{ ref('int_streak_days_walked') }}

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
    counted_days,
    streak_started_on,
    streak_freezes_used,
    is_working_day
from streak_days
