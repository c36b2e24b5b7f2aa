select distinct '{scope}', date '{first_day}', team_id, 'team-' || team_id, 'Team ' || team_id,
    cast(null as bigint), 'load-1'
from people where not is_bot
