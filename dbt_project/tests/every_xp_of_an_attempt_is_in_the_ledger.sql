-- Attempts whose XP is not the sum of what the ledger holds for them, or that only the ledger knows.
-- A night holds the whole ledger only of what was decided on the days that it computes, and of one
-- developer.
{{ config(group='pipeline') }}

with

attempts as (

    select
        attempts.attempt_id,
        attempts.xp_awarded,
        {% if is_night() -%}
        attempts.team_id is null
        and attempts.period_start is not null
        and touched.developer_id is not null as is_whole
        {%- else -%}
        true as is_whole
        {%- endif %}
    from {{ ref('fct_mission_attempts') }} as attempts
    {% if is_night() -%}
    left join {{ ref('int_developers_touched') }} as touched
        on
            attempts.developer_id = touched.developer_id
            and attempts.decided_on >= touched.touched_from
    {%- endif %}
    where attempts.xp_awarded <> 0

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
    coalesce(attempts.is_whole, true)
    and attempts.xp_awarded is distinct from ledger.xp
