-- What counts for developers, on the days that are computed: just measured, or as it was published.
{{ config(materialized='view') }}
with

measured as (

    select * from {{ ref('int_activity_measured') }} where exclusion_code is null

)
{% if is_night() -%}
,

touched as (

    select * from {{ ref('int_developers_touched') }}

)

select
    measured.subject_id as developer_id,
    measured.activity_date,
    measured.metric,
    measured.value
from measured
inner join touched
    on
        measured.subject_id = touched.developer_id
        and measured.activity_date >= touched.touched_from
union all
{{ published_facts('fct_activity_daily', ['developer_id', 'activity_date', 'metric', 'value']) }}
{%- else %}
select
    subject_id as developer_id,
    activity_date,
    metric,
    value
from measured
{%- endif %}
