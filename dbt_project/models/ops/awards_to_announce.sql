-- What tonight's publication tells for the first time: paid outcomes of missions and challenges that
-- were passed, and badges. Nothing is told of who has opted out, nor of a revoked award.
with

mission_shares as (

    select * from {{ ref('int_mission_shares_frozen') }}

),

challenge_attempts as (

    select * from {{ ref('int_challenge_attempts_frozen') }}

),

challenge_days as (

    select * from {{ ref('int_challenge_days_earned') }}

),

badge_awards as (

    select * from {{ ref('int_badges_awarded') }}

),

announced as (

    select * from {{ ref('int_awards_announced') }} where kind = 'badge'

),

due as (

    select
        'mission' as kind,
        developer_id,
        attempt_id as reference_id,
        cast(null as varchar) as season,
        mission_id,
        version,
        team_id,
        period_start,
        status,
        decided_on,
        xp_mission as xp,
        xp_perfect,
        perfect_on
    from mission_shares
    where
        status in ('completed', 'passed')
        and not is_announced
    union all
    select
        'challenge',
        challenge_days.developer_id,
        challenge_days.attempt_id,
        null,
        challenge_days.mission_id,
        challenge_days.version,
        null,
        null,
        -- Partial credit may come before the pass.
        case
            when challenge_days.activity_date < challenge_attempts.decided_on then 'failed'
            else challenge_attempts.status
        end,
        challenge_days.activity_date,
        challenge_days.xp_mission,
        challenge_days.xp_perfect,
        case
            when challenge_attempts.perfect_on = challenge_days.activity_date
                then challenge_days.activity_date
        end
    from challenge_days
    inner join challenge_attempts
        on challenge_days.attempt_id = challenge_attempts.attempt_id
    where
        challenge_attempts.status in ('completed', 'passed')
        and not challenge_days.is_announced
    union all
    select
        'badge',
        badge_awards.developer_id,
        badge_awards.badge_id,
        badge_awards.season,
        null,
        badge_awards.version,
        null,
        null,
        'awarded',
        badge_awards.awarded_on,
        badge_awards.xp_reward,
        0,
        null
    from badge_awards
    left join announced
        on
            badge_awards.developer_id = announced.developer_id
            and badge_awards.badge_id = announced.reference_id
            and coalesce(badge_awards.season, '') = coalesce(announced.season, '')
    where
        badge_awards.status = 'awarded'
        and announced.developer_id is null

)

select
    cast(kind as varchar) as kind,
    developer_id,
    cast(reference_id as varchar) as reference_id,
    cast(season as varchar) as season,
    cast(mission_id as varchar) as mission_id,
    version,
    cast(team_id as varchar) as team_id,
    cast(period_start as date) as period_start,
    cast(status as varchar) as status,
    decided_on,
    cast(xp as bigint) as xp,
    cast(xp_perfect as bigint) as xp_perfect,
    cast(perfect_on as date) as perfect_on
from due
where {{ is_shown('developer_id') }}
