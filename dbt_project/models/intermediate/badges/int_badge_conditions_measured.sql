-- What each condition of a badge measures. Conditions that ask the same number for other targets
-- share a measure. A mission's own badge is won by a condition of index 0.
with

badges as (

    select * from {{ ref('stg_rules__badges') }}

),

conditions as (

    select
        badge_id,
        version,
        condition_index,
        type,
        metric,
        target,
        window_days,
        status,
        mission_id,
        cast(null as bigint) as mission_version
    from {{ ref('stg_rules__badge_conditions') }}
    union all
    select
        badges.badge_id,
        badges.version,
        0,
        'mission_version',
        null,
        1,
        null,
        null,
        missions.mission_id,
        missions.version
    from {{ ref('stg_rules__missions') }} as missions
    inner join badges
        on missions.badge_id = badges.badge_id

)

select
    conditions.badge_id,
    conditions.version,
    cast(conditions.condition_index as bigint) as condition_index,
    cast(conditions.type as varchar) as type,
    conditions.metric,
    cast(conditions.target as numeric(18, 6)) as target,
    conditions.window_days,
    conditions.status,
    conditions.mission_id,
    conditions.mission_version,
    badges.repeat,
    cast(
        conditions.type
        || '|' || coalesce(conditions.metric, '')
        || '|' || coalesce(cast(conditions.window_days as varchar), '')
        || '|' || coalesce(conditions.status, '')
        || '|' || coalesce(conditions.mission_id, '')
        || '|' || coalesce(cast(conditions.mission_version as varchar), '')
        || '|' || badges.repeat as varchar
    ) as measure_id
from conditions
inner join badges
    on
        conditions.badge_id = badges.badge_id
        and conditions.version = badges.version
