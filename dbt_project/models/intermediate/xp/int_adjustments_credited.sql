-- What a person corrected by hand, and for whom: XP up or down, or an award revoked.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

adjustments as (

    select * from {{ ref('stg_filedrop__adjustments') }}

),

identities as (

    select * from {{ ref('int_identities_matched') }} where source = 'file'

),

accounts as (

    select * from {{ ref('int_accounts_known') }} where not is_bot

)

select
    identities.subject_id as developer_id,
    adjustments.activity_date,
    adjustments.adjustment_id,
    adjustments.xp,
    adjustments.badge_id,
    adjustments.season
from adjustments
cross join nights
inner join identities
    on
        adjustments.person_key = identities.person_key
        and adjustments.key_kind = identities.key_kind
inner join accounts
    on identities.subject_id = accounts.developer_id
where
    adjustments.activity_date <= nights.as_of_day
    and adjustments.requested_by <> adjustments.approved_by
