-- Submissions of challenges in order, each with what it added to the best score's XP.
with

packs as (

    select * from {{ ref('stg_rules__packs') }}

),

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

submissions as (

    select
        'snowflake' as source, person_key, key_kind, activity_date, challenge_id, score,
        submitted_at
    from {{ ref('stg_snowflake__challenge_attempts') }}
    union all
    select 'file', person_key, key_kind, activity_date, challenge_id, score, submitted_at
    from {{ ref('stg_filedrop__challenge_attempts') }}

),

identities as (

    select identities.*
    from {{ ref('int_identities_matched') }} as identities
    inner join {{ ref('int_accounts_known') }} as accounts
        on identities.subject_id = accounts.developer_id
    where not accounts.is_bot

),

challenges as (

    select *
    from {{ ref('stg_rules__missions') }}
    where
        kind = 'challenge'
        and is_published

),

credited as (

    select distinct
        challenges.mission_id,
        challenges.version,
        challenges.base_xp,
        challenges.pass_threshold,
        identities.subject_id as developer_id,
        submissions.activity_date,
        submissions.submitted_at,
        submissions.score
    from submissions
    cross join nights
    inner join identities
        on
            submissions.source = identities.source
            and submissions.person_key = identities.person_key
            and submissions.key_kind = identities.key_kind
    inner join challenges
        on
            submissions.challenge_id = challenges.mission_id
            and submissions.activity_date >= challenges.valid_from
            and submissions.activity_date <= coalesce(challenges.valid_to, {{ end_of_time() }})
    where submissions.activity_date <= nights.as_of_day

),

with_best as (

    select
        credited.*,
        row_number() over (
            partition by mission_id, version, developer_id order by submitted_at, score
        ) as submission_number,
        max(score) over (
            partition by mission_id, version, developer_id
            order by submitted_at, score
            rows between unbounded preceding and current row
        ) as best_score
    from credited

),

with_earned as (

    select
        with_best.*,
        case
            when with_best.best_score >= with_best.pass_threshold or not packs.xp_requires_pass
                then {{ round_half_up('with_best.base_xp * with_best.best_score', 100) }}
            else 0
        end as xp_earned_so_far
    from with_best
    cross join packs

)

select
    mission_id || ':' || cast(version as varchar) || ':' || developer_id || ':' as attempt_id,
    mission_id,
    version,
    developer_id,
    base_xp,
    pass_threshold,
    activity_date,
    submission_number,
    score,
    best_score,
    cast(
        xp_earned_so_far - coalesce(
            lag(xp_earned_so_far) over (
                partition by mission_id, version, developer_id order by submission_number
            ),
            0
        ) as bigint
    ) as xp_mission
from with_earned
