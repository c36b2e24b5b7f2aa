-- The numbers that extracts and dropped files declare, with whom their keys mean.
{{ config(materialized='view') }}
with

declared_metrics as (

    select
        'snowflake' as source, 'metrics' as dataset, scope, person_key, key_kind, activity_date,
        metric, value, load_id
    from {{ ref('stg_snowflake__metrics') }}
    union all
    select 'file', 'activity', scope, person_key, key_kind, activity_date, metric, value, load_id
    from {{ ref('stg_filedrop__activity') }}

),

identities as (

    select * from {{ ref('int_identities_matched') }}

)

select
    identities.subject_id,
    declared_metrics.source,
    declared_metrics.dataset,
    declared_metrics.scope,
    declared_metrics.person_key,
    declared_metrics.key_kind,
    declared_metrics.activity_date,
    declared_metrics.metric,
    declared_metrics.value,
    declared_metrics.load_id
from declared_metrics
inner join identities
    on
        declared_metrics.source = identities.source
        and declared_metrics.person_key = identities.person_key
        and declared_metrics.key_kind = identities.key_kind
