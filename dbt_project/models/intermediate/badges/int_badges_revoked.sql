-- Awards that an administrator took back: a signed adjustment names the badge, and its season.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

adjustments as (

    select * from {{ ref('stg_filedrop__adjustments') }}

),

identities as (

    select *
    from {{ ref('int_identities_matched') }}
    where
        source = 'file'
        and is_matched

)

select distinct
    identities.subject_id as developer_id,
    adjustments.badge_id,
    adjustments.season
from adjustments
cross join nights
inner join identities
    on
        adjustments.person_key = identities.person_key
        and adjustments.key_kind = identities.key_kind
where
    adjustments.badge_id is not null
    and adjustments.activity_date <= nights.as_of_day
    and adjustments.requested_by <> adjustments.approved_by
