-- One review in a hundred is of one's own pull request, one in fifteen a second one of the same;
-- four of five are of a colleague's in the same team.
with numbered as (
    select *, unnest(range(how_many(u(n, day, rev, 'review count'), 1.4))) as k
    from active_days where has_reviews and not is_bot
),
again as (
    select *, case when k > 0 and u(n, day, k, 'again') < 0.07 then k - 1 else k end as p
    from numbered
),
chosen as (
    select
        *,
        case
            when u(n, day, p, 'own') < 0.01 then n
            when u(n, day, p, 'near') < 0.8
                then (n - 1) // {team_size} * {team_size} + 1
                    + (n + cast(floor(7 * u(n, day, p, 'whose')) as bigint)) % {team_size}
            else 1 + cast(floor({developers} * u(n, day, p, 'whose')) as bigint)
        end as author_n
    from again
)
select
    '{scope}', day, 'RV_' || (day - date '2000-01-01') || '_' || n || '_' || k,
    'PR_' || ((day - date '2000-01-01') * 4) || '_' || n || '_' || p,
    'acme/repository-' || ((9000 + (author_n - 1) // {team_size}) * 3
        + cast(floor(3 * u(n, day, p, 'repository')) as bigint)),
    cast((day - date '2000-01-01') * 8 + p as bigint),
    cast(4000000 + author_n * 7 as bigint), 'dev-' || author_n, user_id, login, 'User',
    case when u(n, day, k, 'state') < 0.6 then 'APPROVED' else 'COMMENTED' end,
    day + interval 9 hour + to_minutes(cast(floor(540 * u(n, day, k, 'minute')) as bigint)),
    'load-' || day
from chosen
