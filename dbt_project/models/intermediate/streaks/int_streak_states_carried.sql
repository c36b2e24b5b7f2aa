-- Where each streak stood on the eve of the days that are computed. Empty in a rebuild.
with

touched as (

    select * from {{ ref('int_developers_touched') }}

),

eves as (

    select
        developer_id,
        touched_from,
        {{ add_days('touched_from', -1) }} as eve
    from touched

)
{% if is_night() %}
select
    eves.developer_id,
    eves.touched_from,
    published.current_streak,
    published.longest_streak,
    published.freezes_available,
    published.total_active_days,
    published.last_active_date,
    published.counted_days,
    published.streak_started_on,
    published.streak_freezes_used
from eves
inner join {{ prior('fct_streak_days', 'activity_date', 'select min(eve) from eves') }} as published
    on
        eves.developer_id = published.developer_id
        and eves.eve = published.activity_date
{% else %}
select
    developer_id,
    touched_from,
    cast(0 as bigint) as current_streak,
    cast(0 as bigint) as longest_streak,
    cast(0 as bigint) as freezes_available,
    cast(0 as bigint) as total_active_days,
    eve as last_active_date,
    cast(0 as bigint) as counted_days,
    eve as streak_started_on,
    cast(0 as bigint) as streak_freezes_used
from eves
where 1 = 0
{% endif %}
