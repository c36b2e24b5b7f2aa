with

identities as (

    select * from {{ ref('int_identities_matched') }}

),

accounts as (

    select * from {{ ref('int_accounts_known') }}

)

select
    source,
    key_kind,
    person_key,
    subject_id,
    first_date,
    false as is_bot
from identities
union all
select
    cast('github' as varchar),
    cast('account' as varchar),
    developer_id,
    developer_id,
    cast('1900-01-01' as date),
    is_bot
from accounts
