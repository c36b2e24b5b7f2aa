-- The days whose facts may differ from what is published: what was loaded since, what no published
-- night has reached yet, and the other days of an issue that was closed again. Empty in a rebuild,
-- which reads all days.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

source_days as (

    select * from {{ ref('stg_ops__source_days') }}

),

unpublished_changes as (

    select *
    from {{ ref('stg_ops__unpublished_changes') }}
    where
        dataset in (
            'users-1-day', 'pull_requests', 'reviews', 'issues', 'metrics', 'activity'
        )

),

issues as (

    select * from {{ ref('stg_github__issues') }}

),

reached_days as (

    select distinct unpublished_changes.activity_date
    from unpublished_changes
    cross join nights
    where unpublished_changes.activity_date <= nights.as_of_day
    {% if is_night() %}
    union
    select distinct source_days.activity_date
    from source_days
    cross join nights
    cross join {{ prior('run_status') }} as published
    where
        source_days.activity_date > published.as_of_day
        and source_days.activity_date <= nights.as_of_day
    {% endif %}

),

closed_again as (

    select distinct earlier.activity_date
    from issues
    inner join reached_days
        on issues.activity_date = reached_days.activity_date
    inner join issues as earlier
        on
            issues.node_id = earlier.node_id
            and issues.activity_date <> earlier.activity_date
    cross join nights
    where earlier.activity_date <= nights.as_of_day

)
{% if is_night() %}
select activity_date from reached_days
union
select activity_date from closed_again
{% else %}
select activity_date from reached_days where 1 = 0
{% endif %}
