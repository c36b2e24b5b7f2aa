-- Every day from the first fact to the as-of day, with the pack's calendar.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

holidays as (

    select date_day, max(holiday_name) as holiday_name
    from {{ ref('stg_rules__holidays') }}
    group by date_day

),

working_days as (

    select * from {{ ref('stg_rules__working_days') }}

),

first_facts as (

    select min(activity_date) as activity_date from {{ ref('int_activity_measured') }}
    union all
    {% if is_night() -%}
    select min(published.date_day)
    from {{ prior('dim_dates') }} as published
    left join {{ ref('int_days_changed') }} as changed
        on published.date_day = changed.activity_date
    where changed.activity_date is null
    union all
    {% endif -%}
    select min(activity_date) from {{ ref('stg_snowflake__challenge_attempts') }}
    union all
    select min(activity_date) from {{ ref('stg_filedrop__challenge_attempts') }}
    union all
    select min(activity_date) from {{ ref('stg_filedrop__adjustments') }}
    union all
    select min(decided_on) from {{ ref('stg_ops__announced_awards') }}

),

bounds as (

    -- With no fact at all the calendar is the as-of day alone.
    select
        nights.as_of_day as last_day,
        least(coalesce(min(first_facts.activity_date), nights.as_of_day), nights.as_of_day)
            as first_day
    from nights
    cross join first_facts
    group by nights.as_of_day

),

digits as (
    {% for digit in range(10) %}
    select {{ digit }} as digit {{ "union all" if not loop.last }}
    {%- endfor %}

),

numbers as (

    -- 0 .. 99,999 days: 273 years.
    select
        a.digit + 10 * b.digit + 100 * c.digit + 1000 * d.digit + 10000 * e.digit as n
    from digits as a
    cross join digits as b
    cross join digits as c
    cross join digits as d
    cross join digits as e

),

days as (

    select {{ add_days('bounds.first_day', 'numbers.n') }} as date_day
    from bounds
    inner join numbers
        on numbers.n <= {{ days_between('bounds.first_day', 'bounds.last_day') }}

)

select
    days.date_day,
    {{ start_of('week', 'days.date_day') }} as iso_week_start,
    {{ start_of('month', 'days.date_day') }} as month_start,
    working_days.iso_weekday is not null and holidays.date_day is null as is_working_day,
    holidays.holiday_name
from days
left join working_days
    on {{ iso_weekday('days.date_day') }} = working_days.iso_weekday
left join holidays
    on days.date_day = holidays.date_day
