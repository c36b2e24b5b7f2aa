-- Every row of activity XP leads back to at least one source row.
{{ config(group='pipeline') }}

select ledger.ledger_id
from {{ ref('fct_xp_ledger') }} as ledger
left join {{ ref('xp_evidence') }} as evidence
    on ledger.ledger_id = evidence.ledger_id
where
    ledger.reason = 'activity'
    and evidence.ledger_id is null
