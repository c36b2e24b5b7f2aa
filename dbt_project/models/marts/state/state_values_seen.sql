with

measures as (

    select distinct metric, repeat
    from {{ ref('int_badge_conditions_measured') }}
    where
        type = 'distinct_values'
        and window_days is null

),

activity_values as (

    select * from {{ ref('int_activity_values_carried') }}

),

seen as (

    select
        activity_values.developer_id,
        activity_values.metric,
        activity_values.value_text,
        measures.repeat,
        {{ season_start('measures.repeat', 'activity_values.activity_date') }} as season_start,
        min(activity_values.activity_date) as first_seen
    from activity_values
    inner join measures
        on activity_values.metric = measures.metric
    group by
        activity_values.developer_id,
        activity_values.metric,
        activity_values.value_text,
        measures.repeat,
        {{ season_start('measures.repeat', 'activity_values.activity_date') }}

)

select
    seen.developer_id,
    seen.metric,
    seen.value_text,
    seen.repeat,
    seen.season_start,
    seen.first_seen
from seen
{% if is_night() -%}
left join (
    select published.*
    from {{ prior('state_values_seen') }} as published
    inner join {{ ref('int_developers_touched') }} as touched
        on
            published.developer_id = touched.developer_id
            and published.first_seen < touched.touched_from
) as before
    on
        seen.developer_id = before.developer_id
        and seen.metric = before.metric
        and seen.value_text = before.value_text
        and seen.repeat = before.repeat
        and seen.season_start = before.season_start
where before.developer_id is null
{%- endif %}
