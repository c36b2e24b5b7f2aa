with

activity as (

    select *
    from {{ ref('int_activity_measured') }}
    where
        exclusion_code is null
        and {{ is_shown('subject_id') }}

),

metrics as (

    select * from {{ ref('int_metrics_known') }}

)

select
    activity.subject_id as developer_id,
    activity.activity_date,
    activity.metric,
    activity.value,
    metrics.source
from activity
left join metrics
    on activity.metric = metrics.metric
