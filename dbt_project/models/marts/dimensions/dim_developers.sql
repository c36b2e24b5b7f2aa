with

accounts as (

    select * from {{ ref('int_accounts_known') }} where not is_bot

),

members as (

    select * from {{ ref('int_members_tracked') }}

),

primary_teams as (

    select * from {{ ref('int_primary_teams_chosen') }} where is_current

),

active_dates as (

    select * from {{ ref('int_active_dates_found') }}

),

levels as (

    {{ levels_in_force() }}

),

totals as (

    select developer_id, total_xp from {{ ref('state_totals') }}
    {% if is_night() -%}
    union all
    {{ published_elsewhere('state_totals', ['developer_id', 'total_xp'], day=none) }}
    {%- endif %}

)

select
    accounts.developer_id,
    accounts.login,
    accounts.display_name,
    primary_teams.team_id as current_team_id,
    coalesce(members.is_member, false) as is_active,
    members.joined_on,
    members.left_on,
    active_dates.first_active_date,
    active_dates.last_active_date,
    levels.level,
    levels.title
from accounts
left join members
    on accounts.developer_id = members.developer_id
left join primary_teams
    on accounts.developer_id = primary_teams.developer_id
left join active_dates
    on accounts.developer_id = active_dates.developer_id
left join totals
    on accounts.developer_id = totals.developer_id
inner join levels
    on {{ stands_on('coalesce(totals.total_xp, 0)') }}
