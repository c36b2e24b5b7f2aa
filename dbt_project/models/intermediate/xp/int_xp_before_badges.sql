-- Every ledger row but the badges': badges ask for XP without badge XP.
with

activity_xp as (

    select * from {{ ref('int_activity_xp_capped') }} where exclusion_code is null

),

streak_days as (

    select * from {{ ref('int_streak_days_walked') }}

),

packs as (

    select * from {{ ref('stg_rules__packs') }}

),

mission_shares as (

    select * from {{ ref('int_mission_shares_frozen') }}

),

challenge_days as (

    select * from {{ ref('int_challenge_days_earned') }}

),

adjustments as (

    select * from {{ ref('int_adjustments_credited') }}

),

activity_rows as (

    select
        subject_id as developer_id,
        activity_date,
        'activity' as reason,
        rule_id as reference_id,
        version as rule_version,
        xp_before_caps,
        xp
    from activity_xp

),

streak_rows as (

    select
        streak_days.developer_id,
        streak_days.activity_date,
        'streak' as reason,
        'streak' as reference_id,
        cast(null as bigint) as rule_version,
        streak_days.bonus as xp_before_caps,
        streak_days.bonus as xp
    from (
        select
            streak_days.developer_id,
            streak_days.activity_date,
            least(
                packs.streak_bonus_cap, packs.streak_bonus_per_day * streak_days.current_streak
            ) as bonus
        from streak_days
        cross join packs
        where streak_days.action in ('started', 'increased')
    ) as streak_days

),

mission_rows as (

    select
        developer_id,
        decided_on as activity_date,
        'mission' as reason,
        attempt_id as reference_id,
        version as rule_version,
        xp_mission as xp_before_caps,
        xp_mission as xp
    from mission_shares

),

perfect_rows as (

    select
        developer_id,
        perfect_on as activity_date,
        'mission_perfect' as reason,
        attempt_id as reference_id,
        version as rule_version,
        xp_perfect as xp_before_caps,
        xp_perfect as xp
    from mission_shares

),

challenge_rows as (

    select
        developer_id,
        activity_date,
        'mission' as reason,
        attempt_id as reference_id,
        version as rule_version,
        xp_mission as xp_before_caps,
        xp_mission as xp
    from challenge_days

),

perfect_challenge_rows as (

    select
        developer_id,
        activity_date,
        'mission_perfect' as reason,
        attempt_id as reference_id,
        version as rule_version,
        xp_perfect as xp_before_caps,
        xp_perfect as xp
    from challenge_days

),

adjustment_rows as (

    select
        developer_id,
        activity_date,
        'adjustment' as reason,
        adjustment_id as reference_id,
        cast(null as bigint) as rule_version,
        xp as xp_before_caps,
        xp
    from adjustments

),

unioned as (

    select * from activity_rows
    union all
    select * from streak_rows
    union all
    select * from mission_rows
    union all
    select * from perfect_rows
    union all
    select * from challenge_rows
    union all
    select * from perfect_challenge_rows
    union all
    select * from adjustment_rows

)

select
    unioned.developer_id,
    unioned.activity_date,
    unioned.reason,
    unioned.reference_id,
    unioned.rule_version,
    cast(unioned.xp_before_caps as bigint) as xp_before_caps,
    cast(unioned.xp as bigint) as xp
from unioned
{{ only_touched('unioned') }}
where
    unioned.xp <> 0
    and unioned.activity_date is not null
