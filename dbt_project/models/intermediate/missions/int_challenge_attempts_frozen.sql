-- One row per challenge and developer, after the record: an announced attempt whose announced
-- earnings the facts no longer give is kept, and counts as what it was announced as.
with

announced as (

    select
        reference_id as attempt_id,
        mission_id,
        version,
        developer_id,
        case
            when max(case when status = 'completed' then 1 else 0 end) = 1 then 'completed'
            else 'passed'
        end as status,
        coalesce(
            min(case when status in ('completed', 'passed') then decided_on end), min(decided_on)
        ) as decided_on,
        max(decided_on) as last_day,
        max(perfect_on) as perfect_on
    from {{ ref('int_awards_announced') }}
    where kind = 'challenge'
    group by reference_id, mission_id, version, developer_id

),

decided as (

    select * from {{ ref('int_challenge_attempts_decided') }}

),

earned as (

    select
        attempt_id,
        max(case when is_kept then 1 else 0 end) = 1 as is_changed,
        sum(xp_mission + xp_perfect) as xp_awarded
    from {{ ref('int_challenge_days_earned') }}
    group by attempt_id

),

compared as (

    -- The facts agree if they give the announced earnings, and a pass no later than announced.
    select
        announced.attempt_id,
        earned.is_changed
        or decided.attempt_id is null
        or decided.status = 'failed'
        or decided.decided_on > announced.decided_on as is_kept
    from announced
    inner join earned
        on announced.attempt_id = earned.attempt_id
    left join decided
        on announced.attempt_id = decided.attempt_id

)

select
    coalesce(decided.attempt_id, announced.attempt_id) as attempt_id,
    coalesce(decided.mission_id, announced.mission_id) as mission_id,
    coalesce(decided.version, announced.version) as version,
    coalesce(decided.developer_id, announced.developer_id) as developer_id,
    decided.progress,
    decided.score,
    case when compared.is_kept then announced.status else decided.status end as status,
    case
        -- A completion of a later day is told tonight.
        when not compared.is_kept and decided.status = 'completed' then 'completed'
        when announced.attempt_id is not null then announced.status
        when decided.status in ('completed', 'passed') then decided.status
    end as announced_status,
    coalesce(compared.is_kept, false) as is_kept,
    case when compared.is_kept then announced.decided_on else decided.decided_on end as decided_on,
    -- A score of 100 that came to light before an announced day earned no bonus, and so counts not.
    coalesce(
        announced.perfect_on,
        case
            when announced.attempt_id is null or decided.perfect_on > announced.last_day
                then decided.perfect_on
        end
    ) as perfect_on,
    cast(coalesce(earned.xp_awarded, 0) as bigint) as xp_awarded
from decided
full outer join announced
    on decided.attempt_id = announced.attempt_id
left join earned
    on coalesce(decided.attempt_id, announced.attempt_id) = earned.attempt_id
left join compared
    on announced.attempt_id = compared.attempt_id
