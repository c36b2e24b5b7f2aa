-- The days whose boards are computed: those that are ranked again, and those with which today's and
-- theirs are compared. A change of the roster ranks all days again.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

days as (

    select * from {{ ref('int_days_spined') }}

),

days_touched as (

    select min(date_day) as first_day from {{ ref('int_days_touched') }}

),

rosters as (

    select * from {{ ref('int_rosters_compared') }} where is_ranked <> was_ranked

)
{% if is_night() -%}
,

roster_changes as (

    select min(days.date_day) as first_day
    from days
    inner join (
        select min(rosters.developer_id) as developer_id
        from rosters
        inner join {{ prior('state_totals') }} as totals
            on rosters.developer_id = totals.developer_id
    ) as changed
        on changed.developer_id is not null

),

firsts as (

    select
        nights.as_of_day,
        coalesce(
            roster_changes.first_day,
            days_touched.first_day,
            {{ add_days('nights.as_of_day', 1) }}
        ) as first_ranked_day
    from nights
    cross join days_touched
    cross join roster_changes

)

select
    days.date_day,
    days.date_day >= firsts.first_ranked_day as is_ranked
from days
inner join firsts
    on
        days.date_day >= {{ add_days('firsts.first_ranked_day', -1) }}
        or days.date_day >= {{ add_days('firsts.as_of_day', -7) }}
{%- else %}
select
    days.date_day,
    true as is_ranked
from days
left join days_touched
    on days.date_day = days_touched.first_day
left join rosters
    on 1 = 0
cross join nights
where days.date_day <= nights.as_of_day
{%- endif %}
