-- Copilot's row of a user and day in each scope's report. Of several the first counts: the
-- enterprise's where there is one, else the first organisation's in the order of names.
with

user_days as (

    {{ facts_to_read(ref('stg_copilot__user_days'), developer_of('facts.user_id')) }}

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
    {{ developer_of('user_id') }} as subject_id,
    interactions,
    generations,
    acceptances,
    lines_suggested,
    lines_added,
    is_active,
    load_id,
    scope_rank
from ranked
