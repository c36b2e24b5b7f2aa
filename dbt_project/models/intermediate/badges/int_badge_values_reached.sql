-- What each measure has reached by the as-of day, of the developers that are computed.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

summed as (

    select * from {{ ref('int_badge_values_summed') }}

)

select
    summed.measure_id,
    summed.developer_id,
    summed.season_start,
    cast(sum(summed.change) as numeric(38, 6)) as value
from summed
cross join nights
where summed.point_date <= nights.as_of_day
group by summed.measure_id, summed.developer_id, summed.season_start
