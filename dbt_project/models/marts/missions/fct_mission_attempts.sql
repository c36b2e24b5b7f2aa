with

attempts as (

    select * from {{ ref('int_attempts_unioned') }}

)

select
    cast(attempt_id as varchar) as attempt_id,
    mission_id,
    version,
    developer_id,
    cast(null as varchar) as team_id,
    period_start,
    period_end,
    cast(progress as numeric(18, 6)) as progress,
    cast(target as numeric(18, 6)) as target,
    score,
    cast(status as varchar) as status,
    cast(null as varchar) as announced_status,
    decided_on,
    cast(xp_mission + xp_perfect as bigint) as xp_awarded
from attempts
