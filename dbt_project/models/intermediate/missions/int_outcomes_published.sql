-- The outcomes of int_outcomes_dated as they were published. Empty in a rebuild.
with

days as (

    select * from {{ ref('int_days_touched') }}

),

outcomes as (

    select * from {{ ref('int_outcomes_dated') }}

)
{% if is_night() -%}
,

dated as (
    {% for mart, status in {
        'fct_mission_attempts': "case attempts.status when 'kept' then attempts.announced_status else attempts.status end",
        'state_team_shares': 'attempts.status',
    }.items() %}
    {% for outcome, day, statuses in [
        ('completed', 'perfect_on', "'completed', 'passed', 'failed'"),
        ('passed', 'decided_on', "'completed', 'passed'"),
        ('failed', 'decided_on', "'failed'"),
    ] %}
    select
        attempts.developer_id,
        attempts.mission_id,
        attempts.version,
        '{{ outcome }}' as status,
        attempts.{{ day }} as status_date
    from {{ prior(mart) }} as attempts
    inner join days
        on attempts.{{ day }} = days.date_day
    where
        attempts.developer_id is not null
        and {{ status }} in ({{ statuses }})
    {{ "union all" if not loop.last }}
    {%- endfor %}
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    dated.developer_id,
    dated.mission_id,
    dated.version,
    cast(dated.status as varchar) as status,
    dated.status_date
from dated
{{ only_touched('dated', 'status_date') }}
{%- else %}
select outcomes.*
from outcomes
inner join days
    on outcomes.status_date = days.date_day
where 1 = 0
{%- endif %}
