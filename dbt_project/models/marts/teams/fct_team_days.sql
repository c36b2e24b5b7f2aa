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

    -- A row wherever the ledger or activity has one.
    select developer_id, activity_date, xp from {{ ref('fct_developer_days') }}
    {% if is_night() -%}
    union all
    {{ published_elsewhere(
        'fct_developer_days', ['developer_id', 'activity_date', 'xp'], ref('int_days_touched')
    ) }}
    {%- endif %}

),

summed as (

    select
        memberships.team_id,
        xp_days.activity_date,
        sum(xp_days.xp) as xp,
        sum(case when memberships.is_shown then xp_days.xp else 0 end) as xp_shown,
        count(*) as active_members,
        sum(case when memberships.is_shown then 1 else 0 end) as active_members_shown
    from xp_days
    inner join memberships
        on
            xp_days.developer_id = memberships.developer_id
            and xp_days.activity_date >= memberships.valid_from
            and xp_days.activity_date <= coalesce(memberships.valid_to, {{ end_of_time() }})
    group by memberships.team_id, xp_days.activity_date

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
