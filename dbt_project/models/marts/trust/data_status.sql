with

judged as (

    select * from {{ ref('int_source_days_judged') }}

)

select
    source,
    scope,
    activity_date,
    cast(state as varchar) as state,
    cast(row_count as bigint) as row_count,
    last_loaded_at,
    cast(content_hash as varchar) as content_hash,
    cast(load_count as bigint) as loads
from judged
