with

awards as (

    select * from {{ ref('int_badges_awarded') }}

)

select
    developer_id,
    badge_id,
    season,
    awarded_on,
    xp_reward,
    status,
    condition as evidence
from awards
