-- Attempts of missions and challenges together.
with

mission_attempts as (

    select * from {{ ref('int_mission_attempts_decided') }}

),

challenge_attempts as (

    select * from {{ ref('int_challenge_attempts_decided') }}

)

select
    attempt_id,
    mission_id,
    version,
    developer_id,
    period_start,
    period_end,
    progress,
    target,
    score,
    status,
    decided_on,
    perfect_on,
    xp_mission,
    xp_perfect
from mission_attempts
union all
select
    attempt_id,
    mission_id,
    version,
    developer_id,
    cast(null as date) as period_start,
    cast(null as date) as period_end,
    progress,
    100 as target,
    score,
    status,
    decided_on,
    perfect_on,
    xp_mission,
    xp_perfect
from challenge_attempts
