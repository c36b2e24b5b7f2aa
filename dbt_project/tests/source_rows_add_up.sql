-- The source rows of a day add up to the number that the rules were given. Copilot's counters and
-- the distinct counts are not sums of rows.
{{ config(group='pipeline') }}

with

summed as (

    select
        developer_id,
        activity_date,
        counts_for,
        least(sum(value), 999999999999) as value
    from {{ ref('fct_source_rows') }}
    where counts_for not like 'copilot.%'
    group by developer_id, activity_date, counts_for

)

select
    activity.developer_id,
    activity.activity_date,
    activity.metric,
    activity.value,
    summed.value as value_of_rows
from {{ ref('fct_activity_daily') }} as activity
left join summed
    on
        activity.developer_id = summed.developer_id
        and activity.activity_date = summed.activity_date
        and activity.metric = summed.counts_for
where
    activity.metric not like 'copilot.%'
    and activity.metric not in ('github.repositories_active', 'github.colleagues_reviewed')
    and activity.value <> coalesce(summed.value, 0)
