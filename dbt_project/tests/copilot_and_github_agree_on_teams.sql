-- Teams whose Copilot use comes out differently by Copilot's own list of their members and by
-- GitHub's: one of the two is stale. Teams that only one of them lists are left out (Copilot leaves
-- out those of fewer than 5 seats).
{{ config(severity='warn', group='pipeline') }}

select
    team_id,
    activity_date
from {{ ref('int_copilot_teams_totalled') }}
group by team_id, activity_date
having
    count(*) = 2
    and (
        min(active_users) <> max(active_users)
        or min(acceptances) <> max(acceptances)
        or min(lines_added) <> max(lines_added)
    )
