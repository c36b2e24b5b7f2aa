-- A day counts as published once nothing was waited for any more: what arrives late for a pending day
-- is no correction.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

ledger as (

    select * from {{ ref('fct_xp_ledger') }}

),

attempts as (

    select * from {{ ref('fct_mission_attempts') }}

),

awards as (

    select * from {{ ref('fct_badge_awards') }}

)
{% if has_published() -%}
,

published as (

    select * from {{ prior('run_status') }}

),

pending_days as (

    select distinct activity_date from {{ prior('data_status') }} where state = 'pending'

),

ledger_before as (

    {{ published_in_slice('fct_xp_ledger') }}

),

attempts_before as (

    select attempts_before.*
    from {{ prior('fct_mission_attempts') }} as attempts_before
    {% if is_night() -%}
    left join {{ ref('int_developers_touched') }} as touched
        on
            attempts_before.developer_id = touched.developer_id
            and coalesce(attempts_before.period_end, {{ end_of_time() }}) >= touched.touched_from
    left join (
        select min(touched_from) as first_day from {{ ref('int_developers_touched') }}
    ) as firsts
        on
            attempts_before.team_id is not null
            and coalesce(attempts_before.period_end, {{ end_of_time() }}) >= firsts.first_day
    where
        touched.developer_id is not null
        or firsts.first_day is not null
    {%- endif %}

),

awards_before as (

    {{ published_in_slice('fct_badge_awards', 'awarded_on') }}

),

ledger_changes as (

    select
        'fct_xp_ledger' as table_name,
        coalesce(ledger.developer_id, ledger_before.developer_id) as developer_id,
        coalesce(ledger.activity_date, ledger_before.activity_date) as activity_date,
        coalesce(ledger.reason, ledger_before.reason)
        || ':' || coalesce(ledger.reference_id, ledger_before.reference_id) as reference_id,
        'xp' as measure,
        cast(ledger_before.xp as varchar) as old_value,
        cast(ledger.xp as varchar) as new_value
    from ledger
    full outer join ledger_before
        on
            ledger.developer_id = ledger_before.developer_id
            and ledger.activity_date = ledger_before.activity_date
            and ledger.reason = ledger_before.reason
            and ledger.reference_id = ledger_before.reference_id
    where
        ledger.developer_id is null
        or ledger_before.developer_id is null
        or ledger.xp <> ledger_before.xp

),
{% for measure in ['status', 'xp_awarded', 'decided_on'] %}
attempt_{{ measure }}_changes as (

    select
        'fct_mission_attempts' as table_name,
        coalesce(attempts.developer_id, attempts_before.developer_id, attempts.team_id, attempts_before.team_id)
            as developer_id,
        coalesce(attempts_before.decided_on, attempts.decided_on) as activity_date,
        coalesce(attempts.attempt_id, attempts_before.attempt_id) as reference_id,
        '{{ measure }}' as measure,
        cast(attempts_before.{{ measure }} as varchar) as old_value,
        cast(attempts.{{ measure }} as varchar) as new_value
    from attempts
    full outer join attempts_before
        on attempts.attempt_id = attempts_before.attempt_id
    where attempts.{{ measure }} is distinct from attempts_before.{{ measure }}

),
{% endfor %}
{% for measure in ['status', 'awarded_on', 'xp_reward'] %}
award_{{ measure }}_changes as (

    select
        'fct_badge_awards' as table_name,
        coalesce(awards.developer_id, awards_before.developer_id) as developer_id,
        coalesce(awards_before.awarded_on, awards.awarded_on) as activity_date,
        coalesce(awards.badge_id, awards_before.badge_id)
        || coalesce(':' || coalesce(awards.season, awards_before.season), '') as reference_id,
        '{{ measure }}' as measure,
        cast(awards_before.{{ measure }} as varchar) as old_value,
        cast(awards.{{ measure }} as varchar) as new_value
    from awards
    full outer join awards_before
        on
            awards.developer_id = awards_before.developer_id
            and awards.badge_id = awards_before.badge_id
            and coalesce(awards.season, '') = coalesce(awards_before.season, '')
    where awards.{{ measure }} is distinct from awards_before.{{ measure }}

),
{% endfor %}
changes as (

    select * from ledger_changes
    {% for measure in ['status', 'xp_awarded', 'decided_on'] %}
    union all
    select * from attempt_{{ measure }}_changes
    {%- endfor %}
    {% for measure in ['status', 'awarded_on', 'xp_reward'] %}
    union all
    select * from award_{{ measure }}_changes
    {%- endfor %}

)

select
    nights.run_id,
    cast(changes.table_name as varchar) as table_name,
    changes.developer_id,
    changes.activity_date,
    cast(changes.reference_id as varchar) as reference_id,
    cast(changes.measure as varchar) as measure,
    cast(changes.old_value as varchar) as old_value,
    cast(changes.new_value as varchar) as new_value
from changes
cross join nights
cross join published
left join pending_days
    on changes.activity_date = pending_days.activity_date
where
    changes.activity_date <= published.as_of_day
    and changes.activity_date <= published.complete_through
    and pending_days.activity_date is null
{%- else %}
select
    nights.run_id,
    cast('fct_xp_ledger' as varchar) as table_name,
    ledger.developer_id,
    ledger.activity_date,
    ledger.reference_id,
    cast('xp' as varchar) as measure,
    cast(null as varchar) as old_value,
    cast(null as varchar) as new_value
from ledger
cross join nights
where 1 = 0
{%- endif %}
