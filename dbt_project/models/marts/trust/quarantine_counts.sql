with

quarantine as (

    select * from {{ source('ops', 'quarantine') }}

)

select
    cast(source as varchar) as source,
    cast(dataset as varchar) as dataset,
    cast(count(*) as bigint) as row_count,
    min(activity_date) as first_date,
    max(activity_date) as last_date
from quarantine
group by source, dataset
