-- Every point of XP: badge awards beside all the rest.
with

xp_before_badges as (

    select * from {{ ref('int_xp_before_badges') }}

),

badge_awards as (

    select * from {{ ref('int_badges_awarded') }}

)

select
    developer_id,
    activity_date,
    reason,
    reference_id,
    rule_version,
    xp_before_caps,
    xp
from xp_before_badges
union all
select
    developer_id,
    awarded_on,
    'badge',
    badge_id || coalesce(':' || season, ''),
    version,
    xp_reward,
    xp_reward
from badge_awards
where xp_reward <> 0
