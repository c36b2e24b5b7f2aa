-- About five submissions a developer and year, some of one challenge again.
select
    'academy', day, login, 'login',
    [
        'sql_basics', 'git_mastery', 'testing_essentials', 'prompt_craft', 'secure_coding',
        'incident_response', 'system_design'
    ][1 + cast(floor(7 * u(n, day, {seed}, 'challenge')) as bigint)],
    30 + cast(floor(71 * sqrt(u(n, day, rev, 'score'))) as bigint),
    day + interval 10 hour + to_minutes(cast(floor(400 * u(n, day, rev, 'minute')) as bigint)),
    'load-' || day
from active_days
where not is_bot and u(n, day, {seed}, 'submits') < 0.02
