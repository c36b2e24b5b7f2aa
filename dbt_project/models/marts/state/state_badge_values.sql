with

reached as (

    select * from {{ ref('int_badge_values_reached') }}

),

measures as (

    select distinct measure_id
    from {{ ref('int_badge_conditions_measured') }}
    where window_days is null

)

select
    reached.measure_id,
    reached.developer_id,
    reached.season_start,
    reached.value
from reached
inner join measures
    on reached.measure_id = measures.measure_id
where reached.value <> 0
