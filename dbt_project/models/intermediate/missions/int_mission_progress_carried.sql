-- How far each attempt of a developer's mission was on the eve of the days that are computed: as
-- published, less what was published for these days. Empty in a rebuild.
with

periods as (

    select * from {{ ref('int_periods_touched') }} where scope = 'developer'

),

missions as (

    select *
    from {{ ref('stg_rules__missions') }}
    where
        kind = 'mission'
        and scope = 'developer'
        and is_published

),

touched as (

    select * from {{ ref('int_developers_touched') }}

),

days_touched as (

    select * from {{ ref('int_days_touched') }}

)
{% if is_night() -%}
,

published as (

    select
        attempts.mission_id,
        attempts.version,
        attempts.developer_id,
        attempts.period_start,
        attempts.progress,
        attempts.target,
        attempts.status,
        attempts.decided_on,
        touched.touched_from
    from {{ prior('fct_mission_attempts') }} as attempts
    inner join periods
        on
            attempts.mission_id = periods.mission_id
            and attempts.version = periods.version
            and attempts.period_start = periods.period_start
    inner join touched
        on
            attempts.developer_id = touched.developer_id
            and coalesce(periods.period_end, {{ end_of_time() }}) >= touched.touched_from

),

published_days as (

    select
        missions.mission_id,
        missions.version,
        activity.developer_id,
        {{ period_start('missions.period', 'activity.activity_date', 'missions.valid_from') }}
            as period_start,
        sum(case missions.aggregate when 'days' then 1 else activity.value end) as contribution
    from {{ prior('fct_activity_daily', 'activity_date') }} as activity
    inner join days_touched
        on activity.activity_date = days_touched.date_day
    inner join touched
        on
            activity.developer_id = touched.developer_id
            and activity.activity_date >= touched.touched_from
    inner join missions
        on
            activity.metric = missions.metric
            and activity.activity_date >= missions.valid_from
            and activity.activity_date <= coalesce(missions.valid_to, {{ end_of_time() }})
    group by
        missions.mission_id,
        missions.version,
        activity.developer_id,
        {{ period_start('missions.period', 'activity.activity_date', 'missions.valid_from') }}

),

rewound as (

    select
        published.*,
        published.progress - coalesce(published_days.contribution, 0) as progress_before
    from published
    left join published_days
        on
            published.mission_id = published_days.mission_id
            and published.version = published_days.version
            and published.developer_id = published_days.developer_id
            and published.period_start = published_days.period_start

)

select
    mission_id,
    version,
    developer_id,
    period_start,
    cast(progress_before as numeric(18, 6)) as progress,
    -- Of a kept attempt the facts' own day is not known any more, only that it is another one.
    case
        when progress_before >= target and status = 'kept' then {{ add_days('decided_on', -1) }}
        when progress_before >= target then decided_on
    end as completed_on
from rewound
where progress_before > 0
{%- else %}
select
    missions.mission_id,
    missions.version,
    touched.developer_id,
    periods.period_start,
    cast(0 as numeric(18, 6)) as progress,
    touched.touched_from as completed_on
from missions
inner join periods
    on missions.mission_id = periods.mission_id
cross join touched
inner join days_touched
    on touched.touched_from = days_touched.date_day
where 1 = 0
{%- endif %}
