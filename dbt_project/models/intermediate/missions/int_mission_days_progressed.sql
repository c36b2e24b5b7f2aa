-- Progress of each attempt on each day that added to it, summed up within the period.
with

activity as (

    select * from {{ ref('int_activity_measured') }} where exclusion_code is null

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
        activity.subject_id as developer_id,
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
    mission_id,
    version,
    developer_id,
    activity_date,
    period_start,
    target,
    cast(contribution as numeric(18, 6)) as contribution,
    cast(
        least(
            sum(contribution) over (
                partition by mission_id, version, developer_id, period_start
                order by activity_date
                rows between unbounded preceding and current row
            ),
            999999999999
        ) as numeric(18, 6)
    ) as progress_so_far
from contributions
