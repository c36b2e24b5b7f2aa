with

awards as (

    select * from {{ ref('int_badges_awarded') }}

)

select
    developer_id,
    badge_id,
    cast(season as varchar) as season,
    awarded_on,
    xp_reward,
    cast('awarded' as varchar) as status,
    condition as evidence
from awards
