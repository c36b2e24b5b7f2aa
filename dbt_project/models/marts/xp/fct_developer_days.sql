with

ledger as (

    select * from {{ ref('int_xp_ledgered') }}

),

activity as (

    select
        developer_id,
        activity_date,
        count(*) as active_metrics
    from {{ ref('int_activity_carried') }}
    group by developer_id, activity_date

),

carried as (

    select * from {{ ref('int_totals_carried') }}

),

levels as (

    {{ levels_in_force() }}

),

counted as (

    select
        developer_id,
        activity_date,
        reason,
        xp,
        0 as active_metrics
    from ledger
    union all
    select
        developer_id,
        activity_date,
        cast(null as varchar),
        0,
        active_metrics
    from activity

),

days as (

    select
        developer_id,
        activity_date,
        sum(xp) as xp,
        {% for column, reasons in {
            'xp_activity': "'activity'",
            'xp_missions': "'mission', 'mission_perfect'",
            'xp_badges': "'badge'",
            'xp_streak': "'streak'",
            'xp_adjustments': "'adjustment'",
        }.items() %}
        sum(case when reason in ({{ reasons }}) then xp else 0 end) as {{ column }},
        {%- endfor %}
        max(active_metrics) as active_metrics
    from counted
    group by developer_id, activity_date

),

totalled as (

    select
        days.*,
        cast(
            coalesce(carried.total_xp, 0) + sum(days.xp) over (
                partition by days.developer_id
                order by days.activity_date
                rows between unbounded preceding and current row
            ) as bigint
        ) as total_xp
    from days
    left join carried
        on days.developer_id = carried.developer_id

)

select
    totalled.developer_id,
    totalled.activity_date,
    cast(totalled.xp as bigint) as xp,
    cast(totalled.xp_activity as bigint) as xp_activity,
    cast(totalled.xp_missions as bigint) as xp_missions,
    cast(totalled.xp_badges as bigint) as xp_badges,
    cast(totalled.xp_streak as bigint) as xp_streak,
    cast(totalled.xp_adjustments as bigint) as xp_adjustments,
    cast(totalled.active_metrics as bigint) as active_metrics,
    cast(totalled.total_xp as bigint) as total_xp,
    levels.level,
    levels.title,
    levels.next_level_total_xp,
    cast(
        coalesce(levels.next_level_total_xp - totalled.total_xp, 0) as bigint
    ) as xp_remaining,
    cast(
        case
            when levels.next_level_total_xp is null then 1
            else {{ round_whole(
                '10000 * greatest(0, totalled.total_xp - levels.total_xp_required)',
                '(levels.next_level_total_xp - levels.total_xp_required)',
            ) }} / 10000.0
        end as numeric(18, 4)
    ) as level_progress
from totalled
inner join levels
    on {{ stands_on('totalled.total_xp') }}
