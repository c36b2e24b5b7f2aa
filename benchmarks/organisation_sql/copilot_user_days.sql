select
    '{scope}', day, user_id, login,
    case when kind < 0.02 then 0 else cast(floor(40 * pow(u(n, day, rev, 'i'), 2)) as bigint) end,
    case when kind < 0.06 then 0 else cast(floor(60 * pow(u(n, day, rev, 'g'), 2)) as bigint) end,
    case when kind < 0.06 then 0 else cast(floor(30 * pow(u(n, day, rev, 'a'), 2)) as bigint) end,
    case when kind < 0.06 then 0 else cast(floor(300 * pow(u(n, day, rev, 's'), 2)) as bigint) end,
    case when kind < 0.06 then 0 else cast(floor(400 * pow(u(n, day, rev, 'l'), 2)) as bigint) end,
    kind >= 0.02, 'load-' || day
from (select *, u(n, day, rev, 'kind of day') as kind from active_days where has_copilot)
