select '{scope}', date '{first_day}', team_id, user_id, login, 'load-1'
from people where not is_bot
