with

levels as (

    select * from {{ ref('levels') }}

)

select
    curve,
    level,
    total_xp_required,
    title
from levels
