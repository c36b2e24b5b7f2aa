{% set statuses = ['in_progress', 'submitted', 'completed', 'passed', 'failed', 'kept'] %}
{% set read = ['mission_id', 'version', 'period_start', 'period_end', 'status', 'xp_awarded'] %}
with

attempts as (

    select {{ read | join(', ') }} from {{ ref('fct_mission_attempts') }}
    {% if is_night() -%}
    union all
    {{ attempts_elsewhere(
        read,
        'coalesce(published.period_end, ' ~ end_of_time() ~ ') >= ('
        ~ 'select min(date_day) from ' ~ ref('int_days_touched') ~ ')',
    ) }}
    {%- endif %}

)

select
    mission_id,
    version,
    period_start,
    max(period_end) as period_end,
    cast(count(*) as bigint) as attempts,
    {%- for status in statuses %}
    cast(sum(case when status = '{{ status }}' then 1 else 0 end) as bigint) as {{ status }},
    {%- endfor %}
    cast(sum(xp_awarded) as bigint) as xp_awarded
from attempts
group by mission_id, version, period_start
