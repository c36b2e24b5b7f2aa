-- The registry of metrics, and what dropped files bring without declaring it.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

metrics as (

    select * from {{ ref('stg_rules__metrics') }}

),

brought as (

    select distinct activity.metric
    from {{ ref('stg_filedrop__activity') }} as activity
    cross join nights
    where activity.activity_date <= nights.as_of_day

),

undeclared as (

    select
        brought.metric,
        cast('count' as varchar) as unit,
        cast('file' as varchar) as source,
        cast('Brought by a dropped file' as varchar) as description
    from brought
    left join metrics
        on brought.metric = metrics.metric
    where metrics.metric is null

)

select metric, unit, source, description from metrics
union all
select metric, unit, source, description from undeclared
