-- What each day did to the streak: the state after a working day carries over the days off.
with

classified as (

    select * from {{ ref('int_streak_days_classified') }}

),

runs as (

    select * from {{ ref('int_streak_runs_walked') }}

),

packs as (

    select * from {{ ref('stg_rules__packs') }}

),

states as (

    select * from {{ ref('int_streak_states_carried') }}

),

placed as (

    -- The run of the latest working day, and how far into it the day is; no run before the first.
    select
        classified.*,
        states.current_streak as carried_streak,
        states.freezes_available as carried_freezes,
        states.longest_streak as carried_longest_streak,
        states.streak_started_on as carried_started_on,
        states.streak_freezes_used as carried_freezes_used,
        runs.is_counted as run_is_counted,
        runs.streak_before,
        runs.freezes_before,
        runs.counted_before,
        classified.walked_no - runs.first_walked_no + 1 as day_of_run
    from classified
    left join states
        on classified.developer_id = states.developer_id
    left join runs
        on
            classified.developer_id = runs.developer_id
            and classified.walked_no >= runs.first_walked_no
            and classified.walked_no <= runs.last_walked_no

),

counted as (

    select
        placed.*,
        case
            when run_is_counted is null then coalesce(carried_streak, 0)
            when run_is_counted = 1 then streak_before + day_of_run
            when day_of_run > freezes_before then 0
            else streak_before
        end as current_streak,
        case
            when run_is_counted is null then coalesce(carried_freezes, packs.freezes_start)
            when run_is_counted = 1 and packs.freezes_refill_every > 0
                then
                    least(
                        packs.freezes_cap,
                        freezes_before + (
                            counted_no - mod(counted_no, packs.freezes_refill_every)
                            - counted_before + mod(counted_before, packs.freezes_refill_every)
                        ) / packs.freezes_refill_every
                    )
            when run_is_counted = 1 then freezes_before
            when streak_before = 0 then freezes_before
            else greatest(0, freezes_before - day_of_run)
        end as freezes_available
    from placed
    cross join packs

),

acted as (

    select
        counted.*,
        case
            when is_pending then 'pending'
            when is_walked = 0 and is_active and current_streak > 0 then 'maintained'
            when is_walked = 0 then 'rest'
            when is_counted = 1 and current_streak = 1 then 'started'
            when is_counted = 1 then 'increased'
            when streak_before = 0 then 'idle'
            when day_of_run <= freezes_before then 'frozen'
            when day_of_run = freezes_before + 1 then 'broken'
            else 'idle'
        end as action
    from counted

),

placed_in_streaks as (

    select
        acted.*,
        case
            when current_streak > 0 or action = 'broken'
                then
                    coalesce(
                        max(case when action = 'started' then activity_date end) over (
                            partition by developer_id
                            order by activity_date
                            rows between unbounded preceding and current row
                        ),
                        carried_started_on
                    )
        end as streak_started_on
    from acted

)

select
    developer_id,
    activity_date,
    is_working_day,
    is_active,
    action,
    cast(current_streak as bigint) as current_streak,
    cast(
        greatest(
            coalesce(carried_longest_streak, 0),
            max(current_streak) over (
                partition by developer_id
                order by activity_date
                rows between unbounded preceding and current row
            )
        ) as bigint
    ) as longest_streak,
    cast(freezes_available as bigint) as freezes_available,
    cast(total_active_days as bigint) as total_active_days,
    last_active_date,
    cast(counted_no as bigint) as counted_days,
    streak_started_on,
    cast(
        case when streak_started_on is not null
            then
                case
                    when streak_started_on = carried_started_on then coalesce(carried_freezes_used, 0)
                    else 0
                end
                + sum(case when action = 'frozen' then 1 else 0 end) over (
                    partition by developer_id, streak_started_on
                    order by activity_date
                    rows between unbounded preceding and current row
                )
        end as bigint
    ) as streak_freezes_used
from placed_in_streaks
