-- Whose days the night computes again, and from which day on. Everybody's from the day after the
-- published one, or from the first day that the game waited or waits for; who has other facts,
-- leave, adjustments, submissions, membership or meaning than published: from the first day on which
-- they differ. Empty in a rebuild, which computes all.
{{ config(indexes=[{'columns': ['developer_id']}]) }}
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

accounts as (

    select * from {{ ref('int_accounts_known') }} where not is_bot

),

days_changed as (

    select * from {{ ref('int_days_changed') }}

),

moved as (

    select * from {{ ref('int_subjects_moved') }}

),

activity as (

    select subject_id, activity_date, metric, value
    from {{ ref('int_activity_measured') }}
    where exclusion_code is null

),

activity_values as (

    select * from {{ ref('int_activity_values_counted') }}

),

inputs as (

    select * from {{ ref('state_inputs') }}

),

judged as (

    select * from {{ ref('int_source_days_judged') }}

),

revoked as (

    select * from {{ ref('int_badges_revoked') }}

),

missions as (

    select * from {{ ref('stg_rules__missions') }}

),

primary_teams as (

    select * from {{ ref('int_primary_teams_chosen') }}

)
{% if is_night() -%}
,

published as (

    select * from {{ prior('run_status') }}

),

horizons as (

    select
        least(
            {{ add_days('published.as_of_day', 1) }},
            {{ add_days('published.complete_through', 1) }},
            coalesce(min(judged.activity_date), {{ end_of_time() }})
        ) as first_day
    from published
    left join judged
        on judged.is_awaited
    group by published.as_of_day, published.complete_through

),

activity_before as (

    select before.developer_id, before.activity_date, before.metric, before.value
    from {{ prior('fct_activity_daily', 'activity_date', 'select min(activity_date) from days_changed') }} as before
    inner join days_changed
        on before.activity_date = days_changed.activity_date

),

values_before as (

    select before.developer_id, before.activity_date, before.metric, before.value_text, before.count
    from {{ prior('fct_activity_values', 'activity_date', 'select min(activity_date) from days_changed') }} as before
    inner join days_changed
        on before.activity_date = days_changed.activity_date

),

inputs_before as (

    select * from {{ prior('state_inputs') }}

),

differing_activity as (

    select
        coalesce(activity.subject_id, activity_before.developer_id) as developer_id,
        min(coalesce(activity.activity_date, activity_before.activity_date)) as first_day
    from activity
    full outer join activity_before
        on
            activity.subject_id = activity_before.developer_id
            and activity.activity_date = activity_before.activity_date
            and activity.metric = activity_before.metric
            and activity.value = activity_before.value
    where activity.subject_id is null or activity_before.developer_id is null
    group by coalesce(activity.subject_id, activity_before.developer_id)

),

differing_values as (

    select
        coalesce(activity_values.subject_id, values_before.developer_id) as developer_id,
        min(coalesce(activity_values.activity_date, values_before.activity_date)) as first_day
    from activity_values
    full outer join values_before
        on
            activity_values.subject_id = values_before.developer_id
            and activity_values.activity_date = values_before.activity_date
            and activity_values.metric = values_before.metric
            and activity_values.value_text = values_before.value_text
            and activity_values.value_count = values_before.count
    where activity_values.subject_id is null or values_before.developer_id is null
    group by coalesce(activity_values.subject_id, values_before.developer_id)

),

differing_inputs as (

    select
        coalesce(inputs.developer_id, inputs_before.developer_id) as developer_id,
        min(coalesce(inputs.activity_date, inputs_before.activity_date)) as first_day
    from inputs
    full outer join inputs_before
        on
            inputs.developer_id = inputs_before.developer_id
            and inputs.activity_date = inputs_before.activity_date
            and inputs.input = inputs_before.input
            and inputs.content = inputs_before.content
            and inputs.occurrences = inputs_before.occurrences
    where inputs.developer_id is null or inputs_before.developer_id is null
    group by coalesce(inputs.developer_id, inputs_before.developer_id)

),

differing_revocations as (

    select
        awards.developer_id,
        min(awards.awarded_on) as first_day
    from {{ prior('fct_badge_awards') }} as awards
    left join revoked
        on
            awards.developer_id = revoked.developer_id
            and awards.badge_id = revoked.badge_id
            and coalesce(awards.season, '') = coalesce(revoked.season, '')
    where (awards.status = 'revoked') <> (revoked.badge_id is not null)
    group by awards.developer_id

),

own_reasons as (

    select developer_id, first_day from differing_activity
    union all
    select developer_id, first_day from differing_values
    union all
    select developer_id, first_day from differing_inputs
    union all
    select developer_id, first_day from differing_revocations
    union all
    select subject_id, moved_from from moved

),

memberships as (

    select team_id, developer_id, valid_from, coalesce(valid_to, {{ end_of_time() }}) as valid_to
    from primary_teams
    union
    select team_id, developer_id, valid_from, coalesce(valid_to, {{ end_of_time() }})
    from {{ prior('bridge_team_members') }}

),

touched_teams as (

    -- What one member did may decide the whole team's mission, and so everybody's XP.
    select
        memberships.team_id,
        min(own_reasons.first_day) as first_day
    from own_reasons
    inner join memberships
        on
            own_reasons.developer_id = memberships.developer_id
            and own_reasons.first_day <= memberships.valid_to
    where exists (select 1 from missions where missions.scope = 'team' and missions.is_published)
    group by memberships.team_id

),

reasons as (

    select accounts.developer_id, horizons.first_day
    from accounts
    cross join horizons
    union all
    select developer_id, first_day from own_reasons
    union all
    select memberships.developer_id, touched_teams.first_day
    from touched_teams
    inner join memberships
        on
            touched_teams.team_id = memberships.team_id
            and touched_teams.first_day <= memberships.valid_to

)

select
    reasons.developer_id,
    min(reasons.first_day) as touched_from
from reasons
cross join nights
where reasons.first_day <= nights.as_of_day
group by reasons.developer_id
{%- else %}
select
    cast(subject_id as varchar) as developer_id,
    activity_date as touched_from
from activity
where 1 = 0
{%- endif %}
