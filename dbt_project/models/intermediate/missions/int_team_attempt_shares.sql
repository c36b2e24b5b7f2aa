-- Whom a decided attempt of a team pays, each in full: who added to it up to the deciding day.
with

packs as (

    select * from {{ ref('stg_rules__packs') }}

),

attempts as (

    select * from {{ ref('int_team_attempts_decided') }}

),

progressed as (

    select * from {{ ref('int_team_mission_days_progressed') }}

)

select distinct
    attempts.attempt_id,
    attempts.mission_id,
    attempts.version,
    attempts.team_id,
    progressed.developer_id,
    attempts.period_start,
    attempts.status,
    attempts.decided_on,
    attempts.perfect_on,
    attempts.xp_mission,
    attempts.xp_perfect
from attempts
cross join packs
inner join progressed
    on
        attempts.mission_id = progressed.mission_id
        and attempts.version = progressed.version
        and attempts.team_id = progressed.team_id
        and attempts.period_start = progressed.period_start
        and attempts.decided_on >= progressed.activity_date
where
    attempts.status in ('completed', 'passed')
    or (attempts.status = 'failed' and not packs.xp_requires_pass)
