-- The running value of each measure, at each day that changes it: what was carried counts as a change
-- on the eve of the days that are computed, so that what held before is not taken for won on them.
with

measures as (

    select distinct measure_id, type, metric, window_days, status, mission_id, mission_version, repeat
    from {{ ref('int_badge_conditions_measured') }}

),

carried as (

    select * from {{ ref('int_badge_values_carried') }}

),

activity as (

    select * from {{ ref('int_activity_carried') }}

),

xp_days as (

    select developer_id, activity_date, sum(xp) as xp
    from {{ ref('int_xp_before_badges') }}
    group by developer_id, activity_date

),

active_days as (

    select developer_id, activity_date, count(*) as active_metrics
    from activity
    group by developer_id, activity_date

),

days as (

    select
        coalesce(xp_days.developer_id, active_days.developer_id) as developer_id,
        coalesce(xp_days.activity_date, active_days.activity_date) as activity_date,
        coalesce(xp_days.xp, 0) as xp,
        coalesce(active_days.active_metrics, 0) as active_metrics
    from xp_days
    full outer join active_days
        on
            xp_days.developer_id = active_days.developer_id
            and xp_days.activity_date = active_days.activity_date

),

outcomes as (

    select * from {{ ref('int_outcomes_dated') }}

),

values_seen as (

    select * from {{ ref('state_values_seen') }}

),

windowed as (

    select * from {{ ref('int_badge_window_points') }}

),

points as (

    {{ badge_points('days', 'activity', 'outcomes', 'values_seen') }}
    union all
    select
        measure_id,
        developer_id,
        season_start,
        point_date,
        change
    from windowed
    union all
    select
        measure_id,
        developer_id,
        season_start,
        greatest({{ add_days('touched_from', -1) }}, season_start),
        value
    from carried
    where value <> 0

),

daily as (

    select
        measure_id,
        developer_id,
        season_start,
        point_date,
        sum(change) as change
    from points
    group by measure_id, developer_id, season_start, point_date

)

select
    measure_id,
    developer_id,
    season_start,
    point_date,
    cast(change as numeric(38, 6)) as change,
    cast(
        sum(change) over (
            partition by measure_id, developer_id, season_start
            order by point_date
            rows between unbounded preceding and current row
        ) as numeric(38, 6)
    ) as value_after
from daily
