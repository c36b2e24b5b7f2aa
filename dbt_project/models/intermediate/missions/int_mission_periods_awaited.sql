-- One row per period of a mission inside which a day is still to come that may change outcomes. A
-- table of its own: within the outcomes' statement Postgres worked it out for each attempt, which took
-- two thirds of a night.
with

missions as (

    select * from {{ ref('stg_rules__missions') }}

),

metrics as (

    select * from {{ ref('stg_rules__metrics') }}

),

awaited_days as (

    select distinct source, activity_date
    from {{ ref('int_source_days_judged') }}
    where is_awaited

),

periods as (

    select mission_id, version, period_start from {{ ref('int_mission_days_progressed') }}
    union
    select mission_id, version, period_start from {{ ref('int_team_mission_days_progressed') }}

),

bounded as (

    select
        periods.mission_id,
        periods.version,
        periods.period_start,
        metrics.source,
        missions.valid_from,
        coalesce(missions.valid_to, {{ end_of_time() }}) as valid_to,
        coalesce(
            {{ period_end('missions.period', 'periods.period_start') }}, {{ end_of_time() }}
        ) as period_end
    from periods
    inner join missions
        on
            periods.mission_id = missions.mission_id
            and periods.version = missions.version
    inner join metrics
        on missions.metric = metrics.metric

)

select distinct
    bounded.mission_id,
    bounded.version,
    bounded.period_start
from bounded
inner join awaited_days
    on
        bounded.source = awaited_days.source
        and awaited_days.activity_date
        between greatest(bounded.period_start, bounded.valid_from)
        and least(bounded.period_end, bounded.valid_to)
