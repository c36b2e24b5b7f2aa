{% macro badge_points(days, activity, outcomes, values_seen) -%}
    {#- What each day adds to each measure without a window, of the CTE `measures`.
        days: developer_id, activity_date, xp (without badge XP), active_metrics
        activity: developer_id, activity_date, metric, value
        outcomes: developer_id, mission_id, version, status, status_date
        values_seen: developer_id, metric, repeat, first_seen (of a value, in the season) -#}
    select
        measures.measure_id,
        days.developer_id,
        {{ nightquest.season_start('measures.repeat', 'days.activity_date') }} as season_start,
        days.activity_date as point_date,
        cast(days.xp as numeric(38, 6)) as change
    from {{ days }} as days
    inner join measures
        on measures.type = 'xp'
    where days.xp <> 0
    union all
    select
        measures.measure_id,
        days.developer_id,
        {{ nightquest.season_start('measures.repeat', 'days.activity_date') }},
        days.activity_date,
        1
    from {{ days }} as days
    inner join measures
        on
            measures.type = 'distinct_days'
            and measures.metric is null
    where days.active_metrics > 0
    union all
    select
        measures.measure_id,
        activity.developer_id,
        {{ nightquest.season_start('measures.repeat', 'activity.activity_date') }},
        activity.activity_date,
        case measures.type when 'metric' then activity.value else 1 end
    from {{ activity }} as activity
    inner join measures
        on
            activity.metric = measures.metric
            and measures.type in ('metric', 'distinct_days')
            and measures.window_days is null
    union all
    select
        measures.measure_id,
        outcomes.developer_id,
        {{ nightquest.season_start('measures.repeat', 'outcomes.status_date') }},
        outcomes.status_date,
        1
    from {{ outcomes }} as outcomes
    inner join measures
        on
            outcomes.status = case measures.type
                when 'attempt_count' then measures.status
                when 'perfect_count' then 'completed'
            end
    union all
    select
        measures.measure_id,
        outcomes.developer_id,
        {{ nightquest.season_start('measures.repeat', 'outcomes.status_date') }},
        outcomes.status_date,
        1
    from {{ outcomes }} as outcomes
    inner join measures
        on
            measures.type in ('mission', 'mission_version')
            and outcomes.mission_id = measures.mission_id
    where
        outcomes.status = 'passed'
        and (
            measures.type = 'mission'
            or outcomes.version = measures.mission_version
        )
    union all
    select
        measures.measure_id,
        seen.developer_id,
        {{ nightquest.season_start('measures.repeat', 'seen.first_seen') }},
        seen.first_seen,
        1
    from {{ values_seen }} as seen
    inner join measures
        on
            measures.type = 'distinct_values'
            and seen.metric = measures.metric
            and seen.repeat = measures.repeat
            and measures.window_days is null
{%- endmacro %}

{% macro looked_back(mart, type, value) -%}
    {#- The published rows of a mart on the days before those that are computed, as far back as a
        window of the measures of a type reaches. -#}
    select
        published.developer_id,
        published.activity_date,
        published.metric,
        {{ value }}
    from {{ nightquest.prior(
        mart,
        'activity_date',
        'select ' ~ nightquest.add_days('min(days.date_day)', '-1 * max(measures.window_days)')
        ~ ' from ' ~ ref('int_days_touched') ~ ' as days cross join measures',
    ) }} as published
    inner join {{ ref('int_developers_touched') }} as touched
        on
            published.developer_id = touched.developer_id
            and published.activity_date < touched.touched_from
    inner join (
        select
            metric,
            max(window_days) as window_days
        from measures
        where type = '{{ type }}'
        group by metric
    ) as metrics
        on
            published.metric = metrics.metric
            and published.activity_date
            > {{ nightquest.add_days('touched.touched_from', '-1 * metrics.window_days') }}
{%- endmacro %}
