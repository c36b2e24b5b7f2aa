-- Decided attempts of missions and challenges together, one row per attempt and developer for whom
-- it counts: a team's counts for each who is paid, a kept one as what it was announced as.
{{ config(materialized='view') }}
with

mission_shares as (

    select * from {{ ref('int_mission_shares_frozen') }}

),

challenge_attempts as (

    select * from {{ ref('int_challenge_attempts_frozen') }}

)

select
    attempt_id,
    mission_id,
    version,
    developer_id,
    team_id,
    status,
    decided_on,
    perfect_on
from mission_shares
union all
select
    attempt_id,
    mission_id,
    version,
    developer_id,
    cast(null as varchar) as team_id,
    status,
    decided_on,
    perfect_on
from challenge_attempts
