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
        max(case when xp < 0 then 1 else 0 end) as has_fallen_flag
    from days
    group by developer_id

),

developers as (

    select developer_id from carried
    union
    select developer_id from summed

)

select
    developers.developer_id,
    cast(coalesce(carried.total_xp, 0) + coalesce(summed.xp, 0) as bigint) as total_xp,
    cast(coalesce(carried.xp_badges, 0) + coalesce(summed.xp_badges, 0) as bigint) as xp_badges,
    coalesce(carried.has_fallen, false) or coalesce(summed.has_fallen_flag, 0) = 1 as has_fallen
from developers
left join carried
    on developers.developer_id = carried.developer_id
left join summed
    on developers.developer_id = summed.developer_id
