-- What the teams did with Copilot in the days that are still re-read, once by the membership that
-- Copilot's own report gives (listed_by copilot) and once by GitHub's teams (github): a check of
-- the one on the other. Each user counts once a team, and in every team of theirs.
{{ config(materialized='view') }}

with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

copilot_days as (

    select copilot_days.*
    from {{ ref('int_copilot_days_chosen') }} as copilot_days
    cross join nights
    where
        copilot_days.activity_date
        > {{ add_days('nights.as_of_day', '-1 * nights.restatement_days') }}

),

user_teams as (

    select * from {{ ref('stg_copilot__user_teams') }}

),

team_members as (

    select * from {{ ref('stg_github__team_members') }}

),

copilot_members as (

    select distinct
        'copilot' as listed_by,
        team_id,
        user_id,
        activity_date
    from user_teams

),

snapshot_days as (

    select
        snapshots.scope,
        days.activity_date,
        max(snapshots.snapshot_date) as snapshot_date
    from (select distinct activity_date from copilot_days) as days
    inner join (select distinct scope, snapshot_date from team_members) as snapshots
        on days.activity_date >= snapshots.snapshot_date
    group by snapshots.scope, days.activity_date

),

github_members as (

    select distinct
        'github' as listed_by,
        team_members.team_id,
        team_members.user_id,
        snapshot_days.activity_date
    from team_members
    inner join snapshot_days
        on
            team_members.scope = snapshot_days.scope
            and team_members.snapshot_date = snapshot_days.snapshot_date

),

members as (

    select * from copilot_members
    union all
    select * from github_members

)

select
    members.listed_by,
    members.team_id,
    members.activity_date,
    sum(case when copilot_days.is_active then 1 else 0 end) as active_users,
    sum(copilot_days.acceptances) as acceptances,
    sum(copilot_days.lines_added) as lines_added
from members
inner join copilot_days
    on
        members.user_id = copilot_days.user_id
        and members.activity_date = copilot_days.activity_date
group by members.listed_by, members.team_id, members.activity_date
