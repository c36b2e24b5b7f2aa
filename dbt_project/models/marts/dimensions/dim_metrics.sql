with

metrics as (

    select * from {{ ref('int_metrics_known') }}

),

qualifying_metrics as (

    select distinct metric from {{ ref('stg_rules__qualifying_metrics') }}

)

select
    metrics.metric,
    metrics.unit,
    metrics.source,
    metrics.description,
    qualifying_metrics.metric is not null as is_qualifying
from metrics
left join qualifying_metrics
    on metrics.metric = qualifying_metrics.metric
