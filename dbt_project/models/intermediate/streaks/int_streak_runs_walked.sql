-- Runs of counted and of missed working days, walked in order: the streak and the freezes at the
-- start of each run. Walking runs instead of days keeps the recursion short.
with recursive

classified as (

    select * from {{ ref('int_streak_days_classified') }}

),

packs as (

    select * from {{ ref('stg_rules__packs') }}

),

states as (

    select * from {{ ref('int_streak_states_carried') }}

),

walked_days as (

    -- Counted neighbours share walked_no - counted_no; between two of them counted_no stands still.
    select
        developer_id,
        activity_date,
        is_counted,
        walked_no,
        counted_no,
        case when is_counted = 1 then walked_no - counted_no else counted_no end as island
    from classified
    where is_walked = 1

),

islands as (

    select
        developer_id,
        is_counted,
        min(walked_no) as first_walked_no,
        count(*) as day_count,
        min(counted_no) - min(is_counted) as counted_before
    from walked_days
    group by developer_id, is_counted, island

),

runs as (

    select
        islands.developer_id,
        islands.is_counted,
        islands.first_walked_no,
        islands.day_count,
        islands.counted_before,
        packs.freezes_cap,
        coalesce(states.current_streak, 0) as carried_streak,
        coalesce(states.freezes_available, packs.freezes_start) as carried_freezes,
        -- Refills earned in the run: multiples of refill_every among its counted days.
        case
            when islands.is_counted = 1 and packs.freezes_refill_every > 0
                then
                    (
                        islands.counted_before + islands.day_count
                        - mod(
                            islands.counted_before + islands.day_count, packs.freezes_refill_every
                        )
                        - islands.counted_before
                        + mod(islands.counted_before, packs.freezes_refill_every)
                    ) / packs.freezes_refill_every
            else 0
        end as refills,
        row_number() over (
            partition by islands.developer_id order by islands.first_walked_no
        ) as run_no
    from islands
    cross join packs
    left join states
        on islands.developer_id = states.developer_id

),

walked as (

    -- Run 0 is what was there before the first.
    select
        developer_id,
        cast(0 as bigint) as run_no,
        cast(carried_streak as bigint) as streak_after,
        cast(carried_freezes as bigint) as freezes_after
    from runs
    where run_no = 1
    union all
    select
        runs.developer_id,
        runs.run_no,
        cast(
            case
                when runs.is_counted = 1 then walked.streak_after + runs.day_count
                when runs.day_count > walked.freezes_after then 0
                else walked.streak_after
            end as bigint
        ),
        cast(
            case
                when runs.is_counted = 1
                    then least(runs.freezes_cap, walked.freezes_after + runs.refills)
                when walked.streak_after = 0 then walked.freezes_after
                else greatest(0, walked.freezes_after - runs.day_count)
            end as bigint
        )
    from walked
    inner join runs
        on
            walked.developer_id = runs.developer_id
            and walked.run_no + 1 = runs.run_no

)

select
    runs.developer_id,
    runs.run_no,
    runs.is_counted,
    runs.first_walked_no,
    runs.first_walked_no + runs.day_count - 1 as last_walked_no,
    runs.counted_before,
    walked.streak_after as streak_before,
    walked.freezes_after as freezes_before
from runs
inner join walked
    on
        runs.developer_id = walked.developer_id
        and runs.run_no = walked.run_no + 1
