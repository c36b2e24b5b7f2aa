with

metrics as (

    select * from {{ ref('stg_rules__metrics') }}

)

select
    metric,
    unit,
    source,
    description
from metrics
