with

badges as (

    select * from {{ ref('stg_rules__badges') }}

)

select
    badge_id,
    version,
    name,
    description,
    category,
    rarity,
    xp_reward,
    icon,
    condition,
    repeat,
    valid_from,
    valid_to
from badges
