-- What each measure without a window had reached on the eve of the days that are computed: as
-- published, less what was published for these days. Empty in a rebuild.
with

measures as (

    select distinct measure_id, type, metric, window_days, status, mission_id, mission_version, repeat
    from {{ ref('int_badge_conditions_measured') }}

),

touched as (

    select * from {{ ref('int_developers_touched') }}

),

days as (

    select * from {{ ref('int_days_touched') }}

),

outcomes as (

    select * from {{ ref('int_outcomes_published') }}

)
{% if is_night() -%}
,

published_days as (

    select
        developer_days.developer_id,
        developer_days.activity_date,
        developer_days.xp - developer_days.xp_badges as xp,
        developer_days.active_metrics
    from {{ prior('fct_developer_days', 'activity_date') }} as developer_days
    inner join days
        on developer_days.activity_date = days.date_day
    {{ only_touched('developer_days') }}

),

published_activity as (

    select
        activity.developer_id,
        activity.activity_date,
        activity.metric,
        activity.value
    from {{ prior('fct_activity_daily', 'activity_date') }} as activity
    inner join days
        on activity.activity_date = days.date_day
    {{ only_touched('activity') }}

),

published_values as (

    select
        seen.developer_id,
        seen.metric,
        seen.repeat,
        seen.first_seen
    from {{ prior('state_values_seen', 'first_seen') }} as seen
    inner join days
        on seen.first_seen = days.date_day
    {{ only_touched('seen', 'first_seen') }}

),

published_points as (

    {{ badge_points('published_days', 'published_activity', 'outcomes', 'published_values') }}

),

summed as (

    select
        measure_id,
        developer_id,
        season_start,
        sum(change) as change
    from published_points
    group by measure_id, developer_id, season_start

)

select
    published.measure_id,
    published.developer_id,
    published.season_start,
    touched.touched_from,
    cast(published.value - coalesce(summed.change, 0) as numeric(38, 6)) as value
from {{ prior('state_badge_values') }} as published
inner join touched
    on
        published.developer_id = touched.developer_id
        and (
            published.season_start = {{ beginning_of_time() }}
            or published.season_start >= {{ start_of('quarter', 'touched.touched_from') }}
        )
left join summed
    on
        published.measure_id = summed.measure_id
        and published.developer_id = summed.developer_id
        and published.season_start = summed.season_start
{%- else %}
select
    measures.measure_id,
    touched.developer_id,
    days.date_day as season_start,
    touched.touched_from,
    cast(0 as numeric(38, 6)) as value
from measures
cross join touched
cross join days
left join outcomes
    on touched.developer_id = outcomes.developer_id
where 1 = 0
{%- endif %}
