select
    level,
    title,
    cast(count(*) as bigint) as holders
from {{ ref('dim_developers') }}
where is_active
group by level, title
