with

identities as (

    select * from {{ ref('int_identities_matched') }} where not is_matched

)

select
    cast(source as varchar) as source,
    person_key,
    key_kind,
    first_date,
    last_date,
    cast(fact_count as bigint) as fact_count
from identities
