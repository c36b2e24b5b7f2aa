select
    '{scope}', day, 'I_' || (day - date '2000-01-01') || '_' || n || '_' || k,
    'acme/repository-' || (team_id * 3 + cast(floor(3 * u(n, day, k, 'repository')) as bigint)),
    cast((day - date '2000-01-01') * 8 + k as bigint),
    case when u(n, day, k, 'reason') < 0.9 then 'completed' else 'not_planned' end,
    day + interval 9 hour + to_minutes(cast(floor(540 * u(n, day, k, 'minute')) as bigint)),
    assignees, case when assignees > 0 then user_id end, case when assignees > 0 then login end,
    case when assignees > 0 then 'User' end, user_id, login, 'User', 'load-' || day
from (
    select
        *, unnest(range(how_many(u(n, day, rev, 'issue count'), 0.6))) as k,
        cast(floor(3 * pow(u(n, day, rev, 'assignees'), 2)) as bigint) as assignees
    from active_days where has_issues and not is_bot
)
