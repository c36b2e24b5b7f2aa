with

ledger as (

    select *
    from {{ ref('int_xp_ledgered') }}
    where {{ is_shown('developer_id') }}

),

activity as (

    select *
    from {{ ref('int_activity_measured') }}
    where
        exclusion_code is null
        and {{ is_shown('subject_id') }}

),

packs as (

    select * from {{ ref('stg_rules__packs') }}

),

levels as (

    select
        levels.level,
        levels.title,
        levels.total_xp_required,
        lead(levels.total_xp_required) over (order by levels.level) as next_level_total_xp
    from {{ ref('levels') }} as levels
    inner join packs
        on levels.curve = packs.level_curve

),

xp_days as (

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
        sum(case when reason in ({{ reasons }}) then xp else 0 end) as {{ column }}
        {{- "," if not loop.last }}
        {% endfor %}
    from ledger
    group by developer_id, activity_date

),

days as (

    select developer_id, activity_date from xp_days
    union
    select subject_id, activity_date from activity

),

totalled as (

    select
        days.developer_id,
        days.activity_date,
        coalesce(xp_days.xp, 0) as xp,
        coalesce(xp_days.xp_activity, 0) as xp_activity,
        coalesce(xp_days.xp_missions, 0) as xp_missions,
        coalesce(xp_days.xp_badges, 0) as xp_badges,
        coalesce(xp_days.xp_streak, 0) as xp_streak,
        coalesce(xp_days.xp_adjustments, 0) as xp_adjustments,
        sum(coalesce(xp_days.xp, 0)) over (
            partition by days.developer_id
            order by days.activity_date
            rows between unbounded preceding and current row
        ) as total_xp
    from days
    left join xp_days
        on
            days.developer_id = xp_days.developer_id
            and days.activity_date = xp_days.activity_date

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
            else {{ share(
                'totalled.total_xp - levels.total_xp_required',
                '(levels.next_level_total_xp - levels.total_xp_required)',
            ) }}
        end as numeric(18, 4)
    ) as level_progress
from totalled
inner join levels
    on
        greatest(0, totalled.total_xp) >= levels.total_xp_required
        and (
            levels.next_level_total_xp is null
            or greatest(0, totalled.total_xp) < levels.next_level_total_xp
        )
