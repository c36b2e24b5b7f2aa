-- What moves each badge condition: (developer, season, day, change of the measured value).
-- season_start is null for badges that are won once; for a season only the quarter's facts count.
with

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

activity as (

    select * from {{ ref('int_activity_measured') }} where exclusion_code is null

),

activity_values as (

    select activity_values.*
    from {{ ref('int_activity_values_counted') }} as activity_values
    inner join {{ ref('int_accounts_known') }} as accounts
        on
            activity_values.subject_id = accounts.developer_id
            and not accounts.is_bot

),

attempts as (

    select * from {{ ref('int_attempts_unioned') }}

),

xp_events as (

    select * from {{ ref('int_xp_before_badges') }}

),

active_dates as (

    select distinct subject_id, activity_date from activity

),

{% set keys = "conditions.badge_id, conditions.version, conditions.condition_index" %}

xp_points as (

    select
        {{ keys }},
        xp_events.developer_id,
        {{ season_start('conditions.repeat', 'xp_events.activity_date') }} as season_start,
        xp_events.activity_date as point_date,
        cast(xp_events.xp as numeric(38, 6)) as change
    from xp_events
    inner join conditions
        on conditions.type = 'xp'

),

metric_points as (

    select
        {{ keys }},
        activity.subject_id,
        {{ season_start('conditions.repeat', 'activity.activity_date') }} as season_start,
        activity.activity_date,
        activity.value
    from activity
    inner join conditions
        on
            conditions.type = 'metric'
            and activity.metric = conditions.metric

),

expired_metric_points as (

    -- A value leaves a window of n days on the n-th day after it came.
    select
        {{ keys }},
        activity.subject_id,
        {{ season_start('conditions.repeat', 'activity.activity_date') }} as season_start,
        {{ add_days('activity.activity_date', 'conditions.window_days') }},
        -1 * activity.value
    from activity
    inner join conditions
        on
            conditions.type = 'metric'
            and activity.metric = conditions.metric
    where conditions.window_days is not null

),

seen_values as (

    select
        {{ keys }},
        conditions.window_days,
        activity_values.subject_id,
        {{ season_start('conditions.repeat', 'activity_values.activity_date') }} as season_start,
        activity_values.value_text,
        activity_values.activity_date
    from activity_values
    inner join conditions
        on
            conditions.type = 'distinct_values'
            and activity_values.metric = conditions.metric

),

neighboured_values as (

    select
        seen_values.*,
        lag(activity_date) over value_order as previous_date,
        lead(activity_date) over value_order as next_date
    from seen_values
    window value_order as (
        partition by
            badge_id, version, condition_index, subject_id, season_start, value_text
        order by activity_date
    )

),

value_points as (

    -- A value counts from its first sight; in a window again after it had dropped out.
    select
        badge_id,
        version,
        condition_index,
        subject_id,
        season_start,
        activity_date,
        1 as change
    from neighboured_values
    where
        previous_date is null
        or {{ add_days('previous_date', 'window_days') }} < activity_date
    union all
    select
        badge_id,
        version,
        condition_index,
        subject_id,
        season_start,
        {{ add_days('activity_date', 'window_days') }},
        -1
    from neighboured_values
    where
        window_days is not null
        and (next_date is null or {{ add_days('activity_date', 'window_days') }} < next_date)

),

day_points as (

    select
        {{ keys }},
        active_dates.subject_id,
        {{ season_start('conditions.repeat', 'active_dates.activity_date') }} as season_start,
        active_dates.activity_date,
        1
    from active_dates
    inner join conditions
        on
            conditions.type = 'distinct_days'
            and conditions.metric is null
    union all
    select
        {{ keys }},
        activity.subject_id,
        {{ season_start('conditions.repeat', 'activity.activity_date') }} as season_start,
        activity.activity_date,
        1
    from activity
    inner join conditions
        on
            conditions.type = 'distinct_days'
            and activity.metric = conditions.metric

),

dated_attempts as (

    -- Completed on the day that reached a score of 100, which for a challenge may come after its
    -- first pass; passed and failed on the day of the outcome.
    select developer_id, mission_id, 'completed' as status, perfect_on as status_date
    from attempts
    where perfect_on is not null
    union all
    select developer_id, mission_id, 'passed', decided_on
    from attempts
    where status in ('completed', 'passed')
    union all
    select developer_id, mission_id, 'failed', decided_on
    from attempts
    where status = 'failed'

),

attempt_points as (

    select
        {{ keys }},
        dated_attempts.developer_id,
        {{ season_start('conditions.repeat', 'dated_attempts.status_date') }} as season_start,
        dated_attempts.status_date,
        1
    from dated_attempts
    inner join conditions
        on
            conditions.type = 'attempt_count'
            and conditions.status = dated_attempts.status
    union all
    select
        {{ keys }},
        dated_attempts.developer_id,
        {{ season_start('conditions.repeat', 'dated_attempts.status_date') }} as season_start,
        dated_attempts.status_date,
        1
    from dated_attempts
    inner join conditions
        on
            conditions.type = 'perfect_count'
            and dated_attempts.status = 'completed'
    union all
    select
        {{ keys }},
        dated_attempts.developer_id,
        {{ season_start('conditions.repeat', 'dated_attempts.status_date') }} as season_start,
        dated_attempts.status_date,
        1
    from dated_attempts
    inner join conditions
        on
            conditions.type = 'mission'
            and conditions.mission_id = dated_attempts.mission_id
            and dated_attempts.status = 'passed'

),

unioned as (

    select * from xp_points
    union all
    select * from metric_points
    union all
    select * from expired_metric_points
    union all
    select * from value_points
    union all
    select * from day_points
    union all
    select * from attempt_points

)

select
    badge_id,
    version,
    condition_index,
    developer_id,
    season_start,
    point_date,
    cast(sum(change) as numeric(38, 6)) as change
from unioned
group by badge_id, version, condition_index, developer_id, season_start, point_date
