-- Runs of counted and of missed working days, walked in order: the streak and the freezes at the
-- start of each run. Walking runs instead of days keeps the recursion short.
with recursive

classified as (

    select * from {{ ref('int_streak_days_classified') }}

),

packs as (

    select * from {{ ref('stg_rules__packs') }}

),

walked_days as (

    -- Neighbours of one kind share walked_no - kind_no.
    select
        developer_id,
        activity_date,
        is_counted,
        walked_no,
        counted_no,
        walked_no - case
            when is_counted = 1 then counted_no else walked_no - counted_no
        end as island
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
        packs.freezes_start,
        packs.freezes_cap,
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

),

walked as (

    select
        developer_id,
        run_no,
        cast(0 as bigint) as streak_before,
        cast(freezes_start as bigint) as freezes_before,
        cast(case when is_counted = 1 then day_count else 0 end as bigint) as streak_after,
        cast(
            case
                when is_counted = 1 then least(freezes_cap, freezes_start + refills)
                else freezes_start
            end as bigint
        ) as freezes_after
    from runs
    where run_no = 1
    union all
    select
        runs.developer_id,
        runs.run_no,
        walked.streak_after,
        walked.freezes_after,
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
    walked.streak_before,
    walked.freezes_before
from runs
inner join walked
    on
        runs.developer_id = walked.developer_id
        and runs.run_no = walked.run_no
