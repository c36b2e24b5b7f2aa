select 'adjustments.csv', date '{first_day}' + cast(floor({days} * u(n, {seed}, 0, 'when')) as int),
    'adjustment-' || n, login, 'login', cast(floor(400 * u(n, {seed}, 0, 'xp')) as bigint) - 150,
    'Helped with the hackathon', 'a.lead', 'b.manager', null, null, 'load-1'
from people where not is_bot and n % 500 = 3
