with

seats as (

    select
        snapshot_date,
        {{ days_between('cast(last_activity_at as date)', 'snapshot_date') }} as days_idle,
        is_pending_cancellation
    from {{ ref('fct_seats') }}

)

select
    snapshot_date,
    cast(count(*) as bigint) as seats,
    {%- for days in [7, 28] %}
    cast(sum(case when days_idle < {{ days }} then 1 else 0 end) as bigint) as used_{{ days }}d,
    {%- endfor %}
    cast(sum(case when is_pending_cancellation then 1 else 0 end) as bigint)
        as pending_cancellations
from seats
group by snapshot_date
