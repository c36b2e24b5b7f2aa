with

carried as (

    select * from {{ ref('int_totals_carried') }}

),

days as (

    select * from {{ ref('fct_developer_days') }}

),

summed as (

    select
        developer_id,
        sum(xp) as xp,
        sum(xp_badges) as xp_badges,
        sum(case when xp < 0 then 1 else 0 end) as days_fallen
    from days
    group by developer_id

),

missions as (

    select
        developer_id,
        count(*) as missions_completed
    from {{ ref('int_outcomes_dated') }}
    where status = 'passed'
    group by developer_id

),

badges as (

    select
        developer_id,
        count(*) as badges_unlocked
    from {{ ref('int_badges_awarded') }}
    where status <> 'revoked'
    group by developer_id

),

developers as (

    select developer_id from carried
    union
    select developer_id from summed
    union
    select developer_id from missions
    union
    select developer_id from badges

)

select
    developers.developer_id,
    cast(coalesce(carried.total_xp, 0) + coalesce(summed.xp, 0) as bigint) as total_xp,
    cast(coalesce(carried.xp_badges, 0) + coalesce(summed.xp_badges, 0) as bigint) as xp_badges,
    cast(coalesce(carried.days_fallen, 0) + coalesce(summed.days_fallen, 0) as bigint)
        as days_fallen,
    cast(
        coalesce(carried.missions_completed, 0) + coalesce(missions.missions_completed, 0) as bigint
    ) as missions_completed,
    cast(
        coalesce(carried.badges_unlocked, 0) + coalesce(badges.badges_unlocked, 0) as bigint
    ) as badges_unlocked
from developers
left join carried
    on developers.developer_id = carried.developer_id
left join summed
    on developers.developer_id = summed.developer_id
left join missions
    on developers.developer_id = missions.developer_id
left join badges
    on developers.developer_id = badges.developer_id
