with

ranks as (

    select * from {{ ref('int_board_ranks_computed') }}

),

today as (

    select * from ranks where days_ago = 0

),

yesterday as (

    select * from ranks where days_ago = 1

),

last_week as (

    select * from ranks where days_ago = 7

)

select
    today.board_id,
    today.scope_id,
    today.as_of_date,
    today.developer_id,
    today.rank,
    cast(
        row_number() over (
            partition by today.board_id, today.scope_id
            order by today.rank, {{ in_bytes('today.developer_id') }}
        ) as bigint
    ) as place,
    cast(
        count(*) over (partition by today.board_id, today.scope_id, today.rank) as bigint
    ) as tie_count,
    today.score,
    yesterday.rank as previous_rank,
    last_week.rank as rank_7d_ago
from today
left join yesterday
    on
        today.board_id = yesterday.board_id
        and today.scope_id = yesterday.scope_id
        and today.developer_id = yesterday.developer_id
left join last_week
    on
        today.board_id = last_week.board_id
        and today.scope_id = last_week.scope_id
        and today.developer_id = last_week.developer_id
