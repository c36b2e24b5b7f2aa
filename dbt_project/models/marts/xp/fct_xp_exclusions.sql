with

activity_xp as (

    select * from {{ ref('int_activity_xp_capped') }}

),

activity as (

    select * from {{ ref('int_activity_measured') }} where exclusion_code is null

),

lapsed_rules as (

    select * from {{ ref('int_xp_rules_lapsed') }}

),

daily_caps as (

    select
        subject_id,
        activity_date,
        rule_id,
        'daily_cap' as reason_code,
        xp_before_caps - xp_after_rule_cap as xp_forgone
    from activity_xp
    where exclusion_code is null

),

activity_caps as (

    select
        subject_id,
        activity_date,
        rule_id,
        'activity_cap' as reason_code,
        xp_after_rule_cap - xp as xp_forgone
    from activity_xp
    where exclusion_code is null

),

excluded_activity as (

    -- Bots, unmatched keys, own pull requests, excluded repositories, duplicates: the value before
    -- both caps.
    select
        subject_id,
        activity_date,
        rule_id,
        exclusion_code as reason_code,
        xp_before_caps as xp_forgone
    from activity_xp
    where exclusion_code is not null

),

rules_not_valid as (

    select
        activity.subject_id,
        activity.activity_date,
        lapsed_rules.rule_id,
        'rule_not_valid' as reason_code,
        {{ round_half_up('lapsed_rules.points * activity.value', 'lapsed_rules.per') }}
            as xp_forgone
    from activity
    inner join lapsed_rules
        on
            activity.metric = lapsed_rules.metric
            and activity.activity_date >= lapsed_rules.lapsed_from
            and activity.activity_date <= lapsed_rules.lapsed_to

),

unioned as (

    select * from daily_caps
    union all
    select * from activity_caps
    union all
    select * from excluded_activity
    union all
    select * from rules_not_valid

)

select
    subject_id as developer_id,
    activity_date,
    cast(rule_id as varchar) as subject,
    cast(reason_code as varchar) as reason_code,
    cast(xp_forgone as bigint) as xp_forgone
from unioned
where xp_forgone > 0
