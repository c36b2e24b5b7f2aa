-- One key in a thousand is nobody's.
select
    'tracker', day, case when n % 1000 = 17 then 'unknown-' || n else login end, 'login',
    'snowflake.tasks_completed', how_many(u(n, day, rev, 'task count'), 0.8), 'load-' || day
from active_days where has_tasks and not is_bot
