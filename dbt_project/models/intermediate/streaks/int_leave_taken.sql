-- The days that somebody was on leave, by developer.
with

reported_leave as (

    select 'snowflake' as source, person_key, key_kind, activity_date
    from {{ ref('stg_snowflake__leave') }}
    union all
    select 'file', person_key, key_kind, activity_date
    from {{ ref('stg_filedrop__leave') }}

),

identities as (

    select * from {{ ref('int_identities_matched') }}

)

select distinct
    identities.subject_id as developer_id,
    reported_leave.activity_date
from reported_leave
inner join identities
    on
        reported_leave.source = identities.source
        and reported_leave.person_key = identities.person_key
        and reported_leave.key_kind = identities.key_kind
