-- Decided attempts of missions, one row per attempt and person: what was announced stays as it was,
-- as a whole; is_kept where the facts would now give something else.
with

announced as (

    select
        reference_id as attempt_id,
        mission_id,
        version,
        team_id,
        developer_id,
        period_start,
        status,
        decided_on,
        perfect_on,
        xp as xp_mission,
        xp_perfect
    from {{ ref('int_awards_announced') }}
    where
        kind = 'mission'
        and not is_hidden

),

hidden as (

    select
        reference_id as attempt_id,
        mission_id,
        version,
        team_id,
        developer_id,
        period_start,
        status,
        decided_on,
        perfect_on,
        xp as xp_mission,
        xp_perfect
    from {{ ref('int_awards_announced') }}
    where
        kind = 'mission'
        and is_hidden

),

earned as (

    select
        attempt_id,
        mission_id,
        version,
        cast(null as varchar) as team_id,
        developer_id,
        period_start,
        status,
        decided_on,
        perfect_on,
        xp_mission,
        xp_perfect
    from {{ ref('int_mission_attempts_decided') }}
    where decided_on is not null
    union all
    select
        attempt_id,
        mission_id,
        version,
        team_id,
        developer_id,
        period_start,
        status,
        decided_on,
        perfect_on,
        xp_mission,
        xp_perfect
    from {{ ref('int_team_attempt_shares') }}

),

announced_attempts as (

    select distinct attempt_id from announced

),

earned_again as (

    select earned.*
    from earned
    inner join announced_attempts
        on earned.attempt_id = announced_attempts.attempt_id

),

differing as (

    select distinct coalesce(announced.attempt_id, earned_again.attempt_id) as attempt_id
    from announced
    full outer join earned_again
        on
            announced.attempt_id = earned_again.attempt_id
            and announced.developer_id = earned_again.developer_id
    where
        announced.attempt_id is null
        or earned_again.attempt_id is null
        or announced.status <> earned_again.status
        or announced.decided_on <> earned_again.decided_on
        or announced.perfect_on is distinct from earned_again.perfect_on
        or announced.xp_mission <> earned_again.xp_mission
        or announced.xp_perfect <> earned_again.xp_perfect

)

select
    announced.*,
    true as is_announced,
    differing.attempt_id is not null as is_kept,
    false as is_hidden
from announced
left join differing
    on announced.attempt_id = differing.attempt_id
union all
select
    earned.*,
    false,
    false,
    false
from earned
left join announced_attempts
    on earned.attempt_id = announced_attempts.attempt_id
where announced_attempts.attempt_id is null
union all
-- Who has opted out keeps what was announced, unseen.
select
    hidden.*,
    true,
    false,
    true
from hidden
