with

ledger as (

    select *
    from {{ ref('int_xp_ledgered') }}
    where {{ is_shown('developer_id') }}

),

nights as (

    select * from {{ ref('stg_ops__nights') }}

)

select
    cast(
        md5(
            ledger.developer_id
            || '|' || cast(ledger.activity_date as varchar)
            || '|' || ledger.reason
            || '|' || ledger.reference_id
        ) as varchar
    ) as ledger_id,
    ledger.developer_id,
    ledger.activity_date,
    cast(ledger.reason as varchar) as reason,
    cast(ledger.reference_id as varchar) as reference_id,
    ledger.rule_version,
    ledger.xp_before_caps,
    ledger.xp,
    nights.run_id
from ledger
cross join nights
