-- The spans of days (both ends inclusive) on which each condition holds for a developer.
with

points as (

    select * from {{ ref('int_badge_condition_points') }}

),

conditions as (

    select
        badge_conditions.*,
        badges.repeat
    from {{ ref('stg_rules__badge_conditions') }} as badge_conditions
    inner join {{ ref('stg_rules__badges') }} as badges
        on
            badge_conditions.badge_id = badges.badge_id
            and badge_conditions.version = badges.version

),

streak_days as (

    select * from {{ ref('int_streak_days_walked') }}

),

summed as (

    select
        points.badge_id,
        points.version,
        points.condition_index,
        points.developer_id,
        points.season_start,
        points.point_date,
        sum(points.change) over (
            partition by
                points.badge_id,
                points.version,
                points.condition_index,
                points.developer_id,
                points.season_start
            order by points.point_date
            rows between unbounded preceding and current row
        ) as value_after,
        lead(points.point_date) over (
            partition by
                points.badge_id,
                points.version,
                points.condition_index,
                points.developer_id,
                points.season_start
            order by points.point_date
        ) as next_date
    from points

),

counted_spans as (

    select
        summed.badge_id,
        summed.version,
        summed.condition_index,
        summed.developer_id,
        summed.season_start,
        summed.point_date as held_from,
        coalesce({{ add_days('summed.next_date', -1) }}, {{ end_of_time() }}) as held_to
    from summed
    inner join conditions
        on
            summed.badge_id = conditions.badge_id
            and summed.version = conditions.version
            and summed.condition_index = conditions.condition_index
    where summed.value_after >= conditions.target

),

streak_spans as (

    -- The streak is taken as it stands, in a season too.
    select
        conditions.badge_id,
        conditions.version,
        conditions.condition_index,
        streak_days.developer_id,
        {{ season_start('conditions.repeat', 'streak_days.activity_date') }} as season_start,
        streak_days.activity_date as held_from,
        streak_days.activity_date as held_to
    from streak_days
    inner join conditions
        on
            conditions.type = 'consecutive_days'
            and streak_days.current_streak >= conditions.target

)

select * from counted_spans
union all
select * from streak_spans
