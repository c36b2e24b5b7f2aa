-- What each member added to the missions of their team of the day, and the team's progress in the
-- period by the end of that day. Who has opted out adds nothing.
with

activity as (

    select *
    from {{ ref('int_team_activity_read') }}
    where {{ is_shown('developer_id') }}

),

memberships as (

    select * from {{ ref('int_primary_teams_chosen') }}

),

missions as (

    select *
    from {{ ref('stg_rules__missions') }}
    where
        kind = 'mission'
        and scope = 'team'
        and is_published

),

contributions as (

    select
        missions.mission_id,
        missions.version,
        memberships.team_id,
        activity.developer_id,
        activity.activity_date,
        missions.target,
        {{ period_start('missions.period', 'activity.activity_date', 'missions.valid_from') }}
            as period_start,
        case missions.aggregate when 'days' then 1 else activity.value end as contribution
    from activity
    inner join missions
        on
            activity.metric = missions.metric
            and activity.activity_date >= missions.valid_from
            and activity.activity_date <= coalesce(missions.valid_to, {{ end_of_time() }})
    inner join memberships
        on
            activity.developer_id = memberships.developer_id
            and activity.activity_date >= memberships.valid_from
            and activity.activity_date <= coalesce(memberships.valid_to, {{ end_of_time() }})

)

select
    contributions.mission_id,
    contributions.version,
    contributions.team_id,
    contributions.developer_id,
    contributions.activity_date,
    contributions.period_start,
    contributions.target,
    -- range: all members of a day together.
    cast(
        least(
            sum(contributions.contribution) over (
                partition by
                    contributions.mission_id,
                    contributions.version,
                    contributions.team_id,
                    contributions.period_start
                order by contributions.activity_date
                range between unbounded preceding and current row
            ),
            999999999999
        ) as numeric(18, 6)
    ) as progress_so_far,
    cast(null as date) as completed_before
from contributions
{% if is_night() -%}
inner join {{ ref('int_periods_touched') }} as periods
    on
        contributions.mission_id = periods.mission_id
        and contributions.version = periods.version
        and contributions.period_start = periods.period_start
{%- endif %}
