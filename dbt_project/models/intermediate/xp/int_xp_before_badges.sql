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

    select * from {{ ref('stg_filedrop__adjustments') }}

),

identities as (

    select identities.*
    from {{ ref('int_identities_matched') }} as identities
    inner join {{ ref('int_accounts_known') }} as accounts
        on identities.subject_id = accounts.developer_id
    where
        identities.source = 'file'
        and not accounts.is_bot

),

nights as (

    select * from {{ ref('stg_ops__nights') }}

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
        identities.subject_id as developer_id,
        adjustments.activity_date,
        'adjustment' as reason,
        adjustments.adjustment_id as reference_id,
        cast(null as bigint) as rule_version,
        adjustments.xp as xp_before_caps,
        adjustments.xp
    from adjustments
    cross join nights
    inner join identities
        on
            adjustments.person_key = identities.person_key
            and adjustments.key_kind = identities.key_kind
    where
        adjustments.activity_date <= nights.as_of_day
        and adjustments.requested_by <> adjustments.approved_by

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
    developer_id,
    activity_date,
    reason,
    reference_id,
    rule_version,
    cast(xp_before_caps as bigint) as xp_before_caps,
    cast(xp as bigint) as xp
from unioned
where
    xp <> 0
    and activity_date is not null
