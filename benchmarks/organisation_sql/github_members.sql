-- Members are listed three times: who left is missing from the next list.
select '{scope}', snapshot, user_id, login, case when is_bot then 'Bot' else 'User' end,
    'load-' || snapshot
from people
cross join (select unnest([date '{first_day}', date '{middle}', date '{last_day}']) as snapshot)
where came_on <= snapshot and left_on >= snapshot
