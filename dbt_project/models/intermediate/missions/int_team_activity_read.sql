-- Everybody's activity in the metrics of team missions: in a night from the first day of any period
-- that is decided again, just measured or as it was published.
{{ config(materialized='view') }}
with

metrics as (

    select distinct metric
    from {{ ref('stg_rules__missions') }}
    where
        kind = 'mission'
        and scope = 'team'
        and is_published

),

measured as (

    select
        measured.subject_id as developer_id,
        measured.activity_date,
        measured.metric,
        measured.value
    from {{ ref('int_activity_measured') }} as measured
    inner join metrics
        on measured.metric = metrics.metric
    where measured.exclusion_code is null

),

days as (

    select days.date_day
    from {{ ref('int_days_spined') }} as days
    inner join (
        select min(period_start) as first_day
        from {{ ref('int_periods_touched') }}
        where scope = 'team'
    ) as periods
        on days.date_day >= periods.first_day

)

select * from measured
{% if is_night() -%}
union all
select
    published.developer_id,
    published.activity_date,
    published.metric,
    published.value
from {{ prior('fct_activity_daily', 'activity_date', 'select min(date_day) from days') }} as published
inner join days
    on published.activity_date = days.date_day
inner join metrics
    on published.metric = metrics.metric
left join {{ ref('int_days_changed') }} as changed
    on published.activity_date = changed.activity_date
left join {{ ref('int_subjects_moved') }} as moved
    on
        published.developer_id = moved.subject_id
        and published.activity_date >= moved.moved_from
where
    changed.activity_date is null
    and moved.subject_id is null
{%- endif %}
