with

badge_conditions as (

    select * from {{ ref('stg_rules__badge_conditions') }}

)

select
    badge_id,
    version,
    condition_index,
    type,
    metric,
    target,
    window_days,
    status,
    mission_id
from badge_conditions
