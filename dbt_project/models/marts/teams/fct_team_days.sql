with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

memberships as (

    select
        primary_teams.*,
        opted_out.developer_id is null as is_shown
    from {{ ref('int_primary_teams_chosen') }} as primary_teams
    left join {{ ref('int_developers_opted_out') }} as opted_out
        on primary_teams.developer_id = opted_out.developer_id

),

xp_days as (

    select
        developer_id,
        activity_date,
        sum(xp) as xp
    from {{ ref('int_xp_ledgered') }}
    group by developer_id, activity_date

),

active_days as (

    -- Any row of the ledger, or any activity.
    select developer_id, activity_date from xp_days
    union
    select subject_id, activity_date
    from {{ ref('int_activity_measured') }}
    where exclusion_code is null

),

summed as (

    select
        memberships.team_id,
        active_days.activity_date,
        sum(coalesce(xp_days.xp, 0)) as xp,
        sum(case when memberships.is_shown then coalesce(xp_days.xp, 0) else 0 end) as xp_shown,
        count(*) as active_members,
        sum(case when memberships.is_shown then 1 else 0 end) as active_members_shown
    from active_days
    inner join memberships
        on
            active_days.developer_id = memberships.developer_id
            and active_days.activity_date >= memberships.valid_from
            and active_days.activity_date <= coalesce(memberships.valid_to, {{ end_of_time() }})
    left join xp_days
        on
            active_days.developer_id = xp_days.developer_id
            and active_days.activity_date = xp_days.activity_date
    group by memberships.team_id, active_days.activity_date

),

sized as (

    select
        summed.team_id,
        summed.activity_date,
        count(*) as members,
        sum(case when memberships.is_shown then 1 else 0 end) as members_shown
    from summed
    inner join memberships
        on
            summed.team_id = memberships.team_id
            and summed.activity_date >= memberships.valid_from
            and summed.activity_date <= coalesce(memberships.valid_to, {{ end_of_time() }})
    group by summed.team_id, summed.activity_date

),

chosen as (

    -- People who opted out hide among enough others, or are left out.
    select
        summed.team_id,
        summed.activity_date,
        {% for column in ['xp', 'active_members', 'members'] %}
        case
            when summed.active_members >= coalesce(nights.min_team_size, 5) then {{ column }}
            else {{ column }}_shown
        end as {{ column }}
        {{- "," if not loop.last }}
        {% endfor %}
    from summed
    cross join nights
    inner join sized
        on
            summed.team_id = sized.team_id
            and summed.activity_date = sized.activity_date

)

select
    cast(team_id as varchar) as team_id,
    activity_date,
    cast(xp as bigint) as xp,
    cast(active_members as bigint) as active_members,
    cast(members as bigint) as members,
    {{ mean('xp', 'active_members') }} as xp_per_active_member
from chosen
where active_members > 0
