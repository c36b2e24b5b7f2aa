select
    board_id,
    scope_id,
    as_of_date,
    cast(count(*) as bigint) as ranked
from {{ ref('leaderboards') }}
group by board_id, scope_id, as_of_date
