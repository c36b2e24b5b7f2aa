-- Attempts whose XP is not the sum of what the ledger holds for them, or that only the ledger knows.
{{ config(group='pipeline') }}

with

attempts as (

    select
        attempt_id,
        xp_awarded
    from {{ ref('fct_mission_attempts') }}
    where xp_awarded <> 0

),

ledger as (

    select
        reference_id,
        sum(xp) as xp
    from {{ ref('fct_xp_ledger') }}
    where reason in ('mission', 'mission_perfect')
    group by reference_id

)

select
    coalesce(attempts.attempt_id, ledger.reference_id) as attempt_id,
    attempts.xp_awarded,
    ledger.xp
from attempts
full outer join ledger
    on attempts.attempt_id = ledger.reference_id
where
    attempts.xp_awarded is distinct from ledger.xp
