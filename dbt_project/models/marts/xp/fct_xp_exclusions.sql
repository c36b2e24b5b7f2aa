with

activity_xp as (

    select *
    from {{ ref('int_activity_xp_capped') }}
    where {{ is_shown('subject_id') }}

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

    -- Bots, unmatched keys, own pull requests, excluded repositories: the value before both caps.
    select
        subject_id,
        activity_date,
        rule_id,
        exclusion_code as reason_code,
        xp_before_caps as xp_forgone
    from activity_xp
    where exclusion_code is not null

),

unioned as (

    select * from daily_caps
    union all
    select * from activity_caps
    union all
    select * from excluded_activity

)

select
    subject_id as developer_id,
    activity_date,
    cast(rule_id as varchar) as subject,
    cast(reason_code as varchar) as reason_code,
    cast(xp_forgone as bigint) as xp_forgone
from unioned
where xp_forgone > 0
