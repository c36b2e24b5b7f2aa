with

awards as (

    select *
    from {{ ref('int_badges_awarded') }}
    where {{ is_shown('developer_id') }}

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
