with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

teams as (

    select
        teams.*,
        row_number() over (
            partition by teams.team_id order by teams.snapshot_date desc, teams.scope
        ) as snapshot_rank
    from {{ ref('stg_github__teams') }} as teams
    cross join nights
    where teams.snapshot_date <= nights.as_of_day

),

member_counts as (

    select
        team_id,
        count(*) as member_count
    from {{ ref('int_primary_teams_chosen') }}
    where is_current
    group by team_id

)

select
    cast('github:' || cast(teams.team_id as varchar) as varchar) as team_id,
    teams.name as team_name,
    cast('github:' || cast(teams.parent_team_id as varchar) as varchar) as parent_team_id,
    cast(coalesce(member_counts.member_count, 0) as bigint) as member_count
from teams
left join member_counts
    on 'github:' || cast(teams.team_id as varchar) = member_counts.team_id
where teams.snapshot_rank = 1
