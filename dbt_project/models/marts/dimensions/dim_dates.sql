with

days as (

    select * from {{ ref('int_days_spined') }}

)

select
    date_day,
    iso_week_start,
    month_start,
    is_working_day,
    holiday_name
from days
