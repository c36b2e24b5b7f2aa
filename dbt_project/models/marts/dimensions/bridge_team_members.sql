with

primary_teams as (

    select *
    from {{ ref('int_primary_teams_chosen') }}
    where {{ is_shown('developer_id') }}

)

select
    team_id,
    developer_id,
    valid_from,
    valid_to
from primary_teams
