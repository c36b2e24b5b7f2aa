-- Awards, revoked ones too, whose XP the ledger does not hold on their day, or that only it knows.
{{ config(group='pipeline', meta={'dagster': {'ref': {'name': 'fct_badge_awards'}}}) }}

with

awards as (

    select
        developer_id,
        badge_id || coalesce(':' || season, '') as reference_id,
        awarded_on,
        xp_reward
    from {{ ref('fct_badge_awards') }}
    where xp_reward <> 0

),

ledger as (

    select
        developer_id,
        reference_id,
        activity_date,
        xp
    from {{ ref('fct_xp_ledger') }}
    where reason = 'badge'

)

select
    coalesce(awards.developer_id, ledger.developer_id) as developer_id,
    coalesce(awards.reference_id, ledger.reference_id) as reference_id
from awards
full outer join ledger
    on
        awards.developer_id = ledger.developer_id
        and awards.reference_id = ledger.reference_id
        and awards.awarded_on = ledger.activity_date
        and awards.xp_reward = ledger.xp
where
    awards.developer_id is null
    or ledger.developer_id is null
