-- One row per attempt of a developer's mission, with its outcome and the day that decided it.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

packs as (

    select * from {{ ref('stg_rules__packs') }}

),

missions as (

    select * from {{ ref('stg_rules__missions') }}

),

metrics as (

    select * from {{ ref('stg_rules__metrics') }}

),

progressed as (

    select * from {{ ref('int_mission_days_progressed') }}

),

awaited_days as (

    select distinct source, activity_date
    from {{ ref('int_source_days_judged') }}
    where is_awaited

),

attempts as (

    select
        mission_id,
        version,
        developer_id,
        period_start,
        sum(contribution) as progress,
        min(case when progress_so_far >= target then activity_date end) as completed_on
    from progressed
    group by mission_id, version, developer_id, period_start

),

bounded as (

    select
        attempts.*,
        missions.base_xp,
        missions.target,
        missions.pass_threshold,
        missions.valid_from,
        missions.valid_to,
        metrics.source,
        case missions.period
            when 'day' then attempts.period_start
            when 'week' then {{ add_days('attempts.period_start', 6) }}
            when 'month' then {{ add_days(start_of('month', add_days('attempts.period_start', 31)), -1) }}
        end as period_end
    from attempts
    inner join missions
        on
            attempts.mission_id = missions.mission_id
            and attempts.version = missions.version
    left join metrics
        on missions.metric = metrics.metric

),

waiting as (

    -- A day inside the period that is still to come may yet change the outcome.
    select distinct
        bounded.mission_id,
        bounded.version,
        bounded.period_start
    from (
        select distinct
            mission_id, version, period_start, period_end, valid_from, valid_to, source
        from bounded
    ) as bounded
    inner join awaited_days
        on
            bounded.source = awaited_days.source
            and awaited_days.activity_date
            between greatest(bounded.period_start, bounded.valid_from)
            and least(bounded.period_end, coalesce(bounded.valid_to, {{ end_of_time() }}))

),

judged as (

    select
        bounded.*,
        case
            when bounded.completed_on is not null then 'completed'
            when bounded.period_end is null or bounded.period_end > nights.as_of_day
                then 'in_progress'
            when waiting.mission_id is not null then 'submitted'
            when 100 * bounded.progress >= bounded.pass_threshold * bounded.target then 'passed'
            else 'failed'
        end as status
    from bounded
    cross join nights
    left join waiting
        on
            bounded.mission_id = waiting.mission_id
            and bounded.version = waiting.version
            and bounded.period_start = waiting.period_start

)

select
    judged.mission_id
    || ':' || cast(judged.version as varchar)
    || ':' || judged.developer_id
    || ':' || cast(judged.period_start as varchar) as attempt_id,
    judged.mission_id,
    judged.version,
    judged.developer_id,
    judged.period_start,
    judged.period_end,
    judged.progress,
    judged.target,
    {{ share('least(judged.progress, judged.target)', 'judged.target', 100) }} as score,
    judged.status,
    case
        when judged.status = 'completed' then judged.completed_on
        when judged.status in ('passed', 'failed') then judged.period_end
    end as decided_on,
    judged.completed_on as perfect_on,
    cast(
        case
            when judged.status = 'completed' then judged.base_xp
            when
                judged.status = 'passed'
                or (judged.status = 'failed' and not packs.xp_requires_pass)
                then {{ round_half_up('judged.base_xp * judged.progress', 'judged.target') }}
            else 0
        end as bigint
    ) as xp_mission,
    cast(
        case
            when judged.status = 'completed' then {{ round_half_up('judged.base_xp', 2) }}
            else 0
        end as bigint
    ) as xp_perfect
from judged
cross join packs
