with

missions as (

    select * from {{ ref('stg_rules__missions') }}

)

select
    mission_id,
    version,
    name,
    description,
    kind,
    difficulty,
    base_xp,
    metric,
    aggregate,
    target,
    period,
    scope,
    pass_threshold,
    valid_from,
    valid_to,
    badge_id,
    tags,
    author,
    is_published
from missions
