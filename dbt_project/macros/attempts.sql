{% macro decided_attempts(days, subject) -%}
    {#- One row per attempt of a `subject` (developer_id or team_id), with its outcome, the day that
        decided it and the XP for each who is paid. `days`: the sum of the period by the end of each
        day that added to it, and the day of completion where that lies before all of them. -#}
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

waiting as (

    select * from {{ ref('int_mission_periods_awaited') }}

),

progressed as (

    select * from {{ days }}

),

attempts as (

    select
        mission_id,
        version,
        {{ subject }},
        period_start,
        max(progress_so_far) as progress,
        coalesce(
            min(completed_before), min(case when progress_so_far >= target then activity_date end)
        ) as completed_on
    from progressed
    group by mission_id, version, {{ subject }}, period_start

),

bounded as (

    select
        attempts.*,
        missions.base_xp,
        missions.target,
        missions.pass_threshold,
        {{ nightquest.period_end('missions.period', 'attempts.period_start') }} as period_end
    from attempts
    inner join missions
        on
            attempts.mission_id = missions.mission_id
            and attempts.version = missions.version

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
    || ':' || judged.{{ subject }}
    || ':' || cast(judged.period_start as varchar) as attempt_id,
    judged.mission_id,
    judged.version,
    judged.{{ subject }},
    judged.period_start,
    judged.period_end,
    judged.progress,
    judged.target,
    case
        when judged.progress >= judged.target then cast(100 as numeric(18, 4))
        else {{ nightquest.share('judged.progress', 'judged.target', 100) }}
    end as score,
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
                then {{ nightquest.round_half_up('judged.base_xp * judged.progress', 'judged.target') }}
            else 0
        end as bigint
    ) as xp_mission,
    cast(
        case
            when judged.status = 'completed' then {{ nightquest.round_whole('judged.base_xp', 2) }}
            else 0
        end as bigint
    ) as xp_perfect
from judged
cross join packs
{%- endmacro %}

{% macro period_start(period, day, once) -%}
    {#- First day of a mission's period that a day lies in; `once`: the first day of the one. -#}
    case {{ period }}
        when 'day' then {{ day }}
        when 'week' then {{ nightquest.start_of('week', day) }}
        when 'month' then {{ nightquest.start_of('month', day) }}
        else {{ once }}
    end
{%- endmacro %}

{% macro period_end(period, first_day) -%}
    {#- Last day of the period that begins on first_day; null for `once`. -#}
    case {{ period }}
        when 'day' then {{ first_day }}
        when 'week' then {{ nightquest.add_days(first_day, 6) }}
        when 'month'
            then
                {{ nightquest.add_days(
                    nightquest.start_of('month', nightquest.add_days(first_day, 31)), -1
                ) }}
    end
{%- endmacro %}
