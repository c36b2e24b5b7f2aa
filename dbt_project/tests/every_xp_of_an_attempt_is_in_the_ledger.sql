-- Attempts whose XP is not the sum of what the ledger holds for them, or that only the ledger knows.
-- A night holds the whole ledger only of what was decided on the days that it computes, and of one
-- developer. Who has opted out keeps announced XP of a team's attempt that is no part of it any more.
{{ config(group='pipeline', meta={'dagster': {'ref': {'name': 'fct_mission_attempts'}}}) }}

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

hidden_shares as (

    select attempt_id, developer_id
    from {{ ref('int_mission_shares_frozen') }}
    where is_hidden

),

ledger as (

    select
        ledger.reference_id,
        sum(ledger.xp) as xp
    from {{ ref('fct_xp_ledger') }} as ledger
    left join hidden_shares
        on
            ledger.reference_id = hidden_shares.attempt_id
            and ledger.developer_id = hidden_shares.developer_id
    where
        ledger.reason in ('mission', 'mission_perfect')
        and hidden_shares.attempt_id is null
    group by ledger.reference_id

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
