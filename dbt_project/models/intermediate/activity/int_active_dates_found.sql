-- The first and the latest day with activity, of everybody who has one.
with

computed as (

    select
        developer_id,
        min(activity_date) as first_active_date,
        max(activity_date) as last_active_date
    from {{ ref('int_activity_carried') }}
    group by developer_id

)
{% if is_night() -%}
,

touched as (

    select * from {{ ref('int_developers_touched') }}

),

published as (

    select
        developers.developer_id,
        developers.first_active_date,
        developers.last_active_date,
        coalesce(touched.touched_from, {{ end_of_time() }}) as touched_from
    from {{ prior('dim_developers') }} as developers
    left join touched
        on developers.developer_id = touched.developer_id
    where developers.first_active_date < coalesce(touched.touched_from, {{ end_of_time() }})

),

undone as (

    -- Whose latest published day of activity is none any more, and who has no later one.
    select
        published.developer_id,
        max(days.activity_date) as last_active_date
    from published
    inner join {{ prior('fct_developer_days') }} as days
        on
            published.developer_id = days.developer_id
            and days.activity_date < published.touched_from
            and days.active_metrics > 0
    left join computed
        on published.developer_id = computed.developer_id
    where
        published.last_active_date >= published.touched_from
        and computed.developer_id is null
    group by published.developer_id

)

select
    coalesce(published.developer_id, computed.developer_id) as developer_id,
    coalesce(published.first_active_date, computed.first_active_date) as first_active_date,
    coalesce(
        computed.last_active_date, undone.last_active_date, published.last_active_date
    ) as last_active_date
from published
full outer join computed
    on published.developer_id = computed.developer_id
left join undone
    on published.developer_id = undone.developer_id
{%- else %}
select
    developer_id,
    first_active_date,
    last_active_date
from computed
{%- endif %}
