-- The days from the first that is computed again for anybody, to the as-of day. Empty in a rebuild.
with

days as (

    select date_day from {{ ref('int_days_spined') }}
    {% if is_night() -%}
    union
    select date_day from {{ prior('dim_dates') }}
    {%- endif %}

),

touched as (

    select min(touched_from) as first_day from {{ ref('int_developers_touched') }}

)

select days.date_day
from days
inner join touched
    on days.date_day >= touched.first_day
