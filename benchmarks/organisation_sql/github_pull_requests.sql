select
    '{scope}', day, 'PR_' || (day - date '2000-01-01') || '_' || n || '_' || k,
    'acme/repository-' || (team_id * 3 + cast(floor(3 * u(n, day, k, 'repository')) as bigint)),
    cast((day - date '2000-01-01') * 8 + k as bigint), user_id, login,
    case when is_bot then 'Bot' else 'User' end,
    day + interval 9 hour + to_minutes(cast(floor(540 * u(n, day, k, 'minute')) as bigint)),
    cast(floor(300 * u(n, day, k, 'added')) as bigint),
    cast(floor(200 * u(n, day, k, 'deleted')) as bigint),
    1 + cast(floor(12 * u(n, day, k, 'files')) as bigint), 'load-' || day
from (
    select
        *,
        unnest(range(how_many(u(n, day, rev, 'merges'), case when is_bot then 5 else 0.7 end))) as k
    from active_days where has_merges
)
