select 'opt_outs.csv', date '{first_day}', login, 'login', 'load-1'
from people where not is_bot and n % 500 = 7
