-- One row per challenge and developer: the best score, dated the first pass.
with

submissions as (

    select * from {{ ref('int_challenge_submissions_scored') }}

),

summarised as (

    select
        attempt_id,
        mission_id,
        version,
        developer_id,
        base_xp,
        max(score) as score,
        min(case when best_score >= pass_threshold then activity_date end) as passed_on,
        min(case when best_score >= 100 then activity_date end) as perfect_on,
        sum(xp_mission) as xp_mission
    from submissions
    group by attempt_id, mission_id, version, developer_id, base_xp

),

best_days as (

    select
        submissions.attempt_id,
        min(submissions.activity_date) as best_on
    from submissions
    inner join summarised
        on
            submissions.attempt_id = summarised.attempt_id
            and submissions.score = summarised.score
    group by submissions.attempt_id

)

select
    summarised.attempt_id,
    summarised.mission_id,
    summarised.version,
    summarised.developer_id,
    summarised.score as progress,
    cast(summarised.score as numeric(18, 4)) as score,
    case
        when summarised.perfect_on is not null then 'completed'
        when summarised.passed_on is not null then 'passed'
        else 'failed'
    end as status,
    coalesce(summarised.passed_on, best_days.best_on) as decided_on,
    summarised.perfect_on,
    cast(summarised.xp_mission as bigint) as xp_mission,
    cast(
        case
            when summarised.perfect_on is not null
                then {{ round_half_up('summarised.base_xp', 2) }}
            else 0
        end as bigint
    ) as xp_perfect
from summarised
inner join best_days
    on summarised.attempt_id = best_days.attempt_id
