with

attempts as (

    select * from {{ ref('int_attempts_settled') }}

)

select
    cast(attempt_id as varchar) as attempt_id,
    mission_id,
    version,
    developer_id,
    team_id,
    period_start,
    period_end,
    progress,
    target,
    score,
    status,
    announced_status,
    decided_on,
    perfect_on,
    xp_awarded
from attempts
