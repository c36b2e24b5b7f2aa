-- Progress of each attempt on each day that added to it, summed up within the period.
with

activity as (

    select * from {{ ref('int_activity_carried') }}

),

carried as (

    select * from {{ ref('int_mission_progress_carried') }}

),

missions as (

    select *
    from {{ ref('stg_rules__missions') }}
    where
        kind = 'mission'
        and scope = 'developer'
        and is_published

),

contributions as (

    select
        missions.mission_id,
        missions.version,
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

)

select
    contributions.mission_id,
    contributions.version,
    contributions.developer_id,
    contributions.activity_date,
    contributions.period_start,
    contributions.target,
    cast(
        least(
            coalesce(carried.progress, 0)
            + sum(contributions.contribution) over (
                partition by
                    contributions.mission_id,
                    contributions.version,
                    contributions.developer_id,
                    contributions.period_start
                order by contributions.activity_date
                rows between unbounded preceding and current row
            ),
            999999999999
        ) as numeric(18, 6)
    ) as progress_so_far,
    carried.completed_on as completed_before
from contributions
left join carried
    on
        contributions.mission_id = carried.mission_id
        and contributions.version = carried.version
        and contributions.developer_id = carried.developer_id
        and contributions.period_start = carried.period_start
union all
-- Attempts to which the computed days add nothing.
select
    carried.mission_id,
    carried.version,
    carried.developer_id,
    cast(null as date),
    carried.period_start,
    missions.target,
    carried.progress,
    carried.completed_on
from carried
inner join missions
    on
        carried.mission_id = missions.mission_id
        and carried.version = missions.version
