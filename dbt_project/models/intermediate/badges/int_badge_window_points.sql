-- What each day adds to, and takes away from, the measures of the last n days. In a night the days
-- before the first that is computed are looked back at, and count on its eve.
{% set value_order -%}
    partition by
        measures.measure_id,
        activity_values.developer_id,
        {{ season_start('measures.repeat', 'activity_values.activity_date') }},
        activity_values.value_text
    order by activity_values.activity_date
{%- endset %}
with

measures as (

    select distinct measure_id, type, metric, window_days, repeat
    from {{ ref('int_badge_conditions_measured') }}
    where window_days is not null

),

activity as (

    select
        activity.developer_id,
        activity.activity_date,
        activity.metric,
        activity.value
    from {{ ref('int_activity_carried') }} as activity
    inner join (select distinct metric from measures where type = 'metric') as metrics
        on activity.metric = metrics.metric
    {% if is_night() -%}
    union all
    {{ looked_back('fct_activity_daily', 'metric', 'published.value') }}
    {%- endif %}

),

activity_values as (

    select
        activity_values.developer_id,
        activity_values.activity_date,
        activity_values.metric,
        activity_values.value_text
    from {{ ref('int_activity_values_carried') }} as activity_values
    inner join (select distinct metric from measures where type = 'distinct_values') as metrics
        on activity_values.metric = metrics.metric
    {% if is_night() -%}
    union all
    {{ looked_back('fct_activity_values', 'distinct_values', 'published.value_text') }}
    {%- endif %}

),

metric_points as (

    select
        measures.measure_id,
        activity.developer_id,
        {{ season_start('measures.repeat', 'activity.activity_date') }} as season_start,
        activity.activity_date as point_date,
        activity.value as change
    from activity
    inner join measures
        on
            measures.type = 'metric'
            and activity.metric = measures.metric
    union all
    -- A value leaves a window of n days on the n-th day after it came.
    select
        measures.measure_id,
        activity.developer_id,
        {{ season_start('measures.repeat', 'activity.activity_date') }},
        {{ add_days('activity.activity_date', 'measures.window_days') }},
        -1 * activity.value
    from activity
    inner join measures
        on
            measures.type = 'metric'
            and activity.metric = measures.metric

),

neighboured_values as (

    select
        measures.measure_id,
        measures.window_days,
        activity_values.developer_id,
        {{ season_start('measures.repeat', 'activity_values.activity_date') }} as season_start,
        activity_values.activity_date,
        lag(activity_values.activity_date) over ({{ value_order }}) as previous_date,
        lead(activity_values.activity_date) over ({{ value_order }}) as next_date
    from activity_values
    inner join measures
        on
            measures.type = 'distinct_values'
            and activity_values.metric = measures.metric

),

value_points as (

    -- A value counts from its first sight, and again after it had dropped out.
    select measure_id, developer_id, season_start, activity_date as point_date, 1 as change
    from neighboured_values
    where
        previous_date is null
        or {{ add_days('previous_date', 'window_days') }} < activity_date
    union all
    select
        measure_id,
        developer_id,
        season_start,
        {{ add_days('activity_date', 'window_days') }},
        -1
    from neighboured_values
    where
        next_date is null
        or {{ add_days('activity_date', 'window_days') }} < next_date

),

points as (

    select * from metric_points
    union all
    select * from value_points

)

select
    points.measure_id,
    points.developer_id,
    points.season_start,
    {% if is_night() -%}
    greatest(points.point_date, {{ add_days('touched.touched_from', -1) }}) as point_date,
    {%- else -%}
    points.point_date,
    {%- endif %}
    cast(points.change as numeric(38, 6)) as change
from points
{% if is_night() -%}
inner join {{ ref('int_developers_touched') }} as touched
    on points.developer_id = touched.developer_id
where
    points.season_start = {{ beginning_of_time() }}
    or points.season_start >= {{ start_of('quarter', 'touched.touched_from') }}
{%- endif %}
