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

firsts as (

    select min(date_day) as first_day from days

),

published as (

    {% for mart, status in {
        'fct_mission_attempts': "case attempts.status when 'kept' then attempts.announced_status else attempts.status end",
        'state_team_shares': 'attempts.status',
    }.items() %}
    select
        attempts.developer_id,
        attempts.mission_id,
        attempts.version,
        {{ status }} as status,
        attempts.decided_on,
        attempts.perfect_on
    from {{ prior(mart) }} as attempts
    cross join firsts
    where
        attempts.developer_id is not null
        and (attempts.decided_on >= firsts.first_day or attempts.perfect_on >= firsts.first_day)
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

dated as (
    {% for outcome, day, statuses in [
        ('completed', 'perfect_on', "'completed', 'passed', 'failed'"),
        ('passed', 'decided_on', "'completed', 'passed'"),
        ('failed', 'decided_on', "'failed'"),
    ] %}
    select
        published.developer_id,
        published.mission_id,
        published.version,
        '{{ outcome }}' as status,
        published.{{ day }} as status_date
    from published
    inner join days
        on published.{{ day }} = days.date_day
    where published.status in ({{ statuses }})
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
