-- What each challenge earned on each day. Announced days stay as they were (is_kept where the facts
-- would now give something else); other days add what the best score exceeds all of that by.
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

announced_sums as (

    select
        attempt_id,
        sum(xp_mission) as xp_mission,
        max(perfect_on) as perfect_on
    from announced
    group by attempt_id

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

later as (

    select
        earned.*,
        coalesce(announced_sums.xp_mission, 0) as xp_announced,
        greatest(earned.xp_so_far, coalesce(announced_sums.xp_mission, 0)) as xp_owed_so_far,
        announced_sums.perfect_on as announced_perfect_on
    from earned
    left join announced_sums
        on earned.attempt_id = announced_sums.attempt_id
    left join announced
        on
            earned.attempt_id = announced.attempt_id
            and earned.activity_date = announced.activity_date
    where
        announced.attempt_id is null
        and (earned.xp_mission > 0 or earned.xp_perfect > 0)

),

added as (

    select
        attempt_id,
        mission_id,
        version,
        developer_id,
        activity_date,
        xp_owed_so_far - coalesce(
            lag(xp_owed_so_far) over (partition by attempt_id order by activity_date),
            xp_announced
        ) as xp_mission,
        case when announced_perfect_on is null then xp_perfect else 0 end as xp_perfect
    from later

)

select
    announced.attempt_id,
    announced.mission_id,
    announced.version,
    announced.developer_id,
    announced.activity_date,
    announced.xp_mission,
    announced.xp_perfect,
    true as is_announced,
    earned.attempt_id is null
    or announced.xp_mission <> earned.xp_mission
    or announced.xp_perfect <> earned.xp_perfect as is_kept
from announced
left join earned
    on
        announced.attempt_id = earned.attempt_id
        and announced.activity_date = earned.activity_date
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
