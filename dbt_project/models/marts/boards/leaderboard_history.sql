with

ranks as (

    select * from {{ ref('int_board_ranks_computed') }} where is_history and is_ranked

)

select
    board_id,
    as_of_date,
    developer_id,
    rank,
    score
from ranks
