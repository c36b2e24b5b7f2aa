-- The registry of metrics, and what the facts hold beside it: dropped files bring metrics without
-- declaring them, and what an extract delivered once stays when it is declared no more.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

metrics as (

    select * from {{ ref('stg_rules__metrics') }}

),

brought as (

    select metric, activity_date, 'file' as source, 'Brought by a dropped file' as description
    from {{ ref('stg_filedrop__activity') }}
    union all
    select metric, activity_date, 'snowflake', 'Of an extract that is declared no more'
    from {{ ref('stg_snowflake__metrics') }}

),

undeclared as (

    select distinct
        brought.metric,
        cast('count' as varchar) as unit,
        cast(brought.source as varchar) as source,
        cast(brought.description as varchar) as description
    from brought
    cross join nights
    left join metrics
        on brought.metric = metrics.metric
    where
        metrics.metric is null
        and brought.activity_date <= nights.as_of_day

)

select metric, unit, source, description from metrics
union all
select metric, unit, source, description from undeclared
