-- What each challenge earned on each day. Announced days stay as they were (is_kept where the facts
-- would now give something else); then later days add only what the best score exceeds all of them by.
with

announced as (

    select
        reference_id as attempt_id,
        mission_id,
        version,
        developer_id,
        decided_on as activity_date,
        xp as xp_mission,
        xp_perfect,
        perfect_on
    from {{ ref('int_awards_announced') }}
    where kind = 'challenge'

),

submission_days as (

    select
        attempt_id,
        mission_id,
        version,
        developer_id,
        activity_date,
        sum(xp_mission) as xp_mission
    from {{ ref('int_challenge_submissions_scored') }}
    group by attempt_id, mission_id, version, developer_id, activity_date

),

earned as (

    select
        submission_days.*,
        sum(submission_days.xp_mission) over (
            partition by submission_days.attempt_id
            order by submission_days.activity_date
            rows between unbounded preceding and current row
        ) as xp_so_far,
        case
            when submission_days.activity_date = attempts.perfect_on then attempts.xp_perfect
            else 0
        end as xp_perfect
    from submission_days
    inner join {{ ref('int_challenge_attempts_decided') }} as attempts
        on submission_days.attempt_id = attempts.attempt_id

),

held_days as (

    select
        announced.*,
        earned.attempt_id is null
        or announced.xp_mission <> earned.xp_mission
        or announced.xp_perfect <> earned.xp_perfect as is_kept
    from announced
    left join earned
        on
            announced.attempt_id = earned.attempt_id
            and announced.activity_date = earned.activity_date

),

held_sums as (

    select
        attempt_id,
        max(case when is_kept then 1 else 0 end) = 1 as is_kept,
        sum(xp_mission) as xp_mission,
        max(activity_date) as last_day,
        max(perfect_on) as perfect_on
    from held_days
    group by attempt_id

),

other_days as (

    select
        earned.*,
        coalesce(held_sums.is_kept, false) as is_corrected,
        held_sums.xp_mission as xp_held,
        greatest(earned.xp_so_far, coalesce(held_sums.xp_mission, 0)) as xp_owed_so_far,
        held_sums.perfect_on as held_perfect_on
    from earned
    left join held_sums
        on earned.attempt_id = held_sums.attempt_id
    left join held_days
        on
            earned.attempt_id = held_days.attempt_id
            and earned.activity_date = held_days.activity_date
    where
        held_days.attempt_id is null
        and (earned.xp_mission > 0 or earned.xp_perfect > 0)
        -- The first announced day stays the first.
        and (not coalesce(held_sums.is_kept, false) or earned.activity_date > held_sums.last_day)

),

added as (

    select
        attempt_id,
        mission_id,
        version,
        developer_id,
        activity_date,
        case
            when is_corrected
                then
                    xp_owed_so_far - coalesce(
                        lag(xp_owed_so_far) over (partition by attempt_id order by activity_date),
                        xp_held
                    )
            else xp_mission
        end as xp_mission,
        case when held_perfect_on is null then xp_perfect else 0 end as xp_perfect
    from other_days

)

select
    attempt_id,
    mission_id,
    version,
    developer_id,
    activity_date,
    xp_mission,
    xp_perfect,
    true as is_announced,
    is_kept
from held_days
union all
select
    attempt_id,
    mission_id,
    version,
    developer_id,
    activity_date,
    cast(xp_mission as bigint),
    cast(xp_perfect as bigint),
    false,
    false
from added
where
    xp_mission > 0
    or xp_perfect > 0
