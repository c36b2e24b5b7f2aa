-- The values behind developers' distinct counts, on the days that are computed: just counted, or as
-- they were published.
{{ config(materialized='view') }}
with

counted as (

    select activity_values.*
    from {{ ref('int_activity_values_counted') }} as activity_values
    inner join {{ ref('int_accounts_known') }} as accounts
        on
            activity_values.subject_id = accounts.developer_id
            and not accounts.is_bot

)
{% if is_night() -%}
,

touched as (

    select * from {{ ref('int_developers_touched') }}

)

select
    counted.subject_id as developer_id,
    counted.activity_date,
    counted.metric,
    counted.value_text
from counted
inner join touched
    on
        counted.subject_id = touched.developer_id
        and counted.activity_date >= touched.touched_from
union all
{{ published_facts(
    'fct_activity_values', ['developer_id', 'activity_date', 'metric', 'value_text']
) }}
{%- else %}
select
    subject_id as developer_id,
    activity_date,
    metric,
    value_text
from counted
{%- endif %}
