-- Every point of XP: badge awards beside all the rest.
{{ config(materialized='view') }}
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
    badge_awards.developer_id,
    badge_awards.awarded_on,
    'badge',
    badge_awards.badge_id || coalesce(':' || badge_awards.season, ''),
    badge_awards.version,
    badge_awards.xp_reward,
    badge_awards.xp_reward
from badge_awards
{{ only_touched('badge_awards', 'awarded_on') }}
where badge_awards.xp_reward <> 0
