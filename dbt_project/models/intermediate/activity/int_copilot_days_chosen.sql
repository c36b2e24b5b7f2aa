-- One Copilot row per user and day: a user in several reports is counted once, from the enterprise's
-- report where there is one, else from the first organisation's in the order of names.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

user_days as (

    select user_days.*
    from {{ ref('stg_copilot__user_days') }} as user_days
    cross join nights
    where user_days.activity_date <= nights.as_of_day

),

ranked as (

    select
        user_days.*,
        row_number() over (
            partition by user_id, activity_date
            order by case when scope like 'enterprise:%' then 0 else 1 end, {{ in_bytes('scope') }}
        ) as scope_rank
    from user_days

)

select
    scope,
    activity_date,
    user_id,
    cast('github:' || cast(user_id as varchar) as varchar) as subject_id,
    interactions,
    generations,
    acceptances,
    lines_suggested,
    lines_added,
    is_active,
    load_id
from ranked
where scope_rank = 1
