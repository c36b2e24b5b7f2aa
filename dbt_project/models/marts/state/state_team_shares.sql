with

shares as (

    select * from {{ ref('int_mission_shares_frozen') }} where team_id is not null

)

select
    shares.attempt_id,
    shares.developer_id,
    shares.mission_id,
    shares.version,
    shares.team_id,
    shares.status,
    shares.decided_on,
    shares.perfect_on
from shares
{% if is_night() -%}
inner join {{ ref('int_days_touched') }} as days
    on shares.decided_on = days.date_day
{%- endif %}
