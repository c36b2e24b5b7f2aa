-- Badges won, by developer and season: an announced award keeps its day and XP (kept where the
-- facts would now give something else), a revoked one stays as a row.
with

badges as (

    select * from {{ ref('stg_rules__badges') }}

),

announced as (

    select
        developer_id,
        reference_id as badge_id,
        version,
        season,
        decided_on as awarded_on,
        xp as xp_reward
    from {{ ref('int_awards_announced') }}
    where kind = 'badge'

),

earned as (

    select * from {{ ref('int_badges_earned') }}

),

revoked as (

    select * from {{ ref('int_badges_revoked') }}

),

settled as (

    select
        coalesce(announced.developer_id, earned.developer_id) as developer_id,
        coalesce(announced.badge_id, earned.badge_id) as badge_id,
        coalesce(announced.version, earned.version) as version,
        coalesce(announced.season, earned.season) as season,
        coalesce(announced.awarded_on, earned.awarded_on) as awarded_on,
        coalesce(announced.xp_reward, earned.xp_reward) as xp_reward,
        announced.badge_id is not null
        and (
            earned.badge_id is null
            or announced.awarded_on <> earned.awarded_on
            or announced.xp_reward <> earned.xp_reward
        ) as is_kept
    from announced
    full outer join earned
        on
            announced.developer_id = earned.developer_id
            and announced.badge_id = earned.badge_id
            and coalesce(announced.season, '') = coalesce(earned.season, '')

)

select
    settled.developer_id,
    settled.badge_id,
    settled.version,
    cast(settled.season as varchar) as season,
    settled.awarded_on,
    cast(settled.xp_reward as bigint) as xp_reward,
    cast(
        case
            when revoked.badge_id is not null then 'revoked'
            when settled.is_kept then 'kept'
            else 'awarded'
        end as varchar
    ) as status,
    badges.condition
from settled
{{ only_touched('settled', 'awarded_on') }}
left join revoked
    on
        settled.developer_id = revoked.developer_id
        and settled.badge_id = revoked.badge_id
        and coalesce(settled.season, '') = coalesce(revoked.season, '')
left join badges
    on
        settled.badge_id = badges.badge_id
        and settled.version = badges.version
