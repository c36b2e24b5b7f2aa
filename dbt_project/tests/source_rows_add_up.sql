-- Every number that the rules were given leads back to source rows that add up to it; of Copilot's
-- metrics and the active repositories, which are no sums of rows, to at least one. The view
-- xp_evidence goes the same way: over a whole history it would take minutes here.
{{ config(group='pipeline', meta={'dagster': {'ref': {'name': 'fct_source_rows'}}}) }}

with

summed as (

    select
        developer_id,
        activity_date,
        counts_for,
        least(sum(value), 999999999999) as value
    from {{ ref('fct_source_rows') }}
    group by developer_id, activity_date, counts_for

),

colleagues as (

    select
        developer_id,
        activity_date,
        'github.colleagues_reviewed' as counts_for,
        count(distinct colleague_id) as value
    from {{ ref('fct_source_rows') }}
    where colleague_id is not null
    group by developer_id, activity_date

),

repositories as (

    select distinct
        developer_id,
        activity_date,
        'github.repositories_active' as counts_for,
        1 as value
    from {{ ref('fct_source_rows') }}
    where source = 'github'

),

traced as (

    select * from summed
    union all
    select * from colleagues
    union all
    select * from repositories

)

select
    activity.developer_id,
    activity.activity_date,
    activity.metric,
    activity.value,
    traced.value as value_of_rows
from {{ ref('fct_activity_daily') }} as activity
left join traced
    on
        activity.developer_id = traced.developer_id
        and activity.activity_date = traced.activity_date
        and traced.counts_for
        = case when activity.metric like 'copilot.%' then 'copilot.*' else activity.metric end
where
    traced.value is null
    or (
        activity.metric not like 'copilot.%'
        and activity.metric <> 'github.repositories_active'
        and activity.value <> traced.value
    )
