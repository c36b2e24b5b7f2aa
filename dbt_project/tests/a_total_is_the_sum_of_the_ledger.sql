-- People whose newest total differs from the sum of their ledger; in a night from what they had on
-- the eve of the computed days and the ledger since.
{{ config(group='pipeline', meta={'dagster': {'ref': {'name': 'fct_developer_days'}}}) }}

with

totals as (

    select
        developer_id,
        total_xp,
        row_number() over (partition by developer_id order by activity_date desc) as day_rank
    from {{ ref('fct_developer_days') }}

),

ledger as (

    select
        developer_id,
        sum(xp) as xp
    from {{ ref('fct_xp_ledger') }}
    group by developer_id

)

select
    totals.developer_id,
    totals.total_xp,
    carried.total_xp as carried_xp,
    ledger.xp
from totals
left join ledger
    on totals.developer_id = ledger.developer_id
left join {{ ref('int_totals_carried') }} as carried
    on totals.developer_id = carried.developer_id
where
    totals.day_rank = 1
    and totals.total_xp <> coalesce(carried.total_xp, 0) + coalesce(ledger.xp, 0)
