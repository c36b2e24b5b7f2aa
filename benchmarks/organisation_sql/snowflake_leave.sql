-- Leave in weeks: one person in 25 is away in any week.
select 'absences', day, login, 'login', 'load-' || day
from people
cross join (select cast(unnest(generate_series(date '{first}', date '{last}', interval 1 day))
    as date) as day) as days
where not is_bot and isodow(day) <= 5
    and u(n, date_trunc('week', day), {seed}, 'away') < 0.04
