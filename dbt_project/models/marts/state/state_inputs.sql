with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

leave_days as (

    select * from {{ ref('int_leave_taken') }}

),

submissions as (

    select * from {{ ref('int_challenge_submissions_scored') }}

),

adjustments as (

    select * from {{ ref('int_adjustments_credited') }}

),

members as (

    select * from {{ ref('int_members_tracked') }}

),

opted_out as (

    select * from {{ ref('int_developers_opted_out') }}

),

primary_teams as (

    select * from {{ ref('int_primary_teams_chosen') }}

),

unioned as (

    select
        leave_days.developer_id,
        leave_days.activity_date,
        'leave' as input,
        '' as content
    from leave_days
    cross join nights
    where leave_days.activity_date <= nights.as_of_day
    union all
    select
        developer_id,
        activity_date,
        'submission',
        attempt_id || ' ' || cast(submission_number as varchar)
        || ' ' || cast(score as varchar)
    from submissions
    union all
    select
        developer_id,
        activity_date,
        'adjustment',
        adjustment_id || ' ' || cast(xp as varchar)
        || ' ' || coalesce(badge_id, '') || ' ' || coalesce(season, '')
    from adjustments
    union all
    select
        developer_id,
        coalesce(joined_on, {{ beginning_of_time() }}),
        'joined',
        ''
    from members
    union all
    select
        developer_id,
        {{ add_days('left_on', 1) }},
        'left',
        ''
    from members
    where left_on is not null
    union all
    select
        developer_id,
        valid_from,
        'team joined',
        team_id
    from primary_teams
    union all
    select
        developer_id,
        {{ add_days('valid_to', 1) }},
        'team left',
        team_id
    from primary_teams
    where valid_to is not null
    union all
    select
        developer_id,
        {{ beginning_of_time() }},
        'opted out',
        ''
    from opted_out

)

select
    developer_id,
    activity_date,
    cast(input as varchar) as input,
    cast(content as varchar) as content,
    cast(count(*) as bigint) as occurrences
from unioned
group by developer_id, activity_date, input, content
