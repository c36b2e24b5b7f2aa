-- XP of one subject, day and rule, before and after the rule's cap and the pack's cap of a day.
with

activity as (

    select
        developer_id as subject_id,
        activity_date,
        metric,
        value,
        cast(null as varchar) as exclusion_code
    from {{ ref('int_activity_carried') }}
    union all
    select subject_id, activity_date, metric, value, exclusion_code
    from {{ ref('int_activity_measured') }}
    where exclusion_code is not null

),

xp_rules as (

    select * from {{ ref('stg_rules__xp_rules') }}

),

packs as (

    select * from {{ ref('stg_rules__packs') }}

),

valued as (

    select
        activity.subject_id,
        activity.activity_date,
        activity.exclusion_code,
        xp_rules.rule_id,
        xp_rules.version,
        xp_rules.priority,
        xp_rules.daily_cap,
        -- A cast to bigint rounds halves up on every engine (of numbers that are not below 0), and
        -- costs a sixth of the division.
        case
            when xp_rules.per = 1 then cast(xp_rules.points * activity.value as bigint)
            else {{ round_half_up('xp_rules.points * activity.value', 'xp_rules.per') }}
        end as xp_before_caps
    from activity
    inner join xp_rules
        on
            activity.metric = xp_rules.metric
            and activity.activity_date >= xp_rules.valid_from
            and activity.activity_date <= coalesce(xp_rules.valid_to, {{ end_of_time() }})

),

capped_by_rule as (

    select
        valued.*,
        least(xp_before_caps, coalesce(daily_cap, xp_before_caps)) as xp_after_rule_cap
    from valued

),

served_in_order as (

    select
        capped_by_rule.*,
        sum(xp_after_rule_cap) over (
            partition by subject_id, activity_date, exclusion_code
            order by priority, {{ in_bytes('rule_id') }}
            rows between unbounded preceding and current row
        ) as xp_wanted_so_far
    from capped_by_rule

)

select
    served_in_order.subject_id,
    served_in_order.activity_date,
    served_in_order.exclusion_code,
    served_in_order.rule_id,
    served_in_order.version,
    served_in_order.xp_before_caps,
    cast(served_in_order.xp_after_rule_cap as bigint) as xp_after_rule_cap,
    cast(
        case
            when packs.daily_activity_cap is null then served_in_order.xp_after_rule_cap
            else greatest(
                0,
                least(
                    served_in_order.xp_after_rule_cap,
                    packs.daily_activity_cap
                    - (served_in_order.xp_wanted_so_far - served_in_order.xp_after_rule_cap)
                )
            )
        end as bigint
    ) as xp
from served_in_order
cross join packs
