with

metrics as (

    select * from {{ ref('int_metrics_known') }}

)

select
    metric,
    unit,
    source,
    description
from metrics
