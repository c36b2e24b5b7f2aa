with

identities as (

    select * from {{ ref('int_identities_matched') }} where is_matched

)

select
    cast(source as varchar) as source,
    person_key,
    key_kind,
    cast(subject_id as varchar) as developer_id,
    cast(matched_by as varchar) as matched_by,
    first_date,
    last_date,
    cast(fact_count as bigint) as fact_count
from identities
