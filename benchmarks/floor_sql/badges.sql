-- Thresholds are met by the n-th event, or by the first day of a running sum above them.
create temp table badge as
select
    badge_id, version, xp_reward, badges.condition, type, metric, target,
    window_days::integer as window_days, status, valid_from
from raw_rules.badges as badges inner join raw_rules.badge_conditions using (badge_id, version);

create temp table first_held as
with xp_so_far as (
    select dev, day, sum(xp) over (partition by dev order by day rows unbounded preceding) as value
    from (select dev, day, sum(xp) as xp from earned group by all)
),
metric_so_far as (
    select
        dev, metric, day,
        sum(value) over (partition by dev, metric order by day rows unbounded preceding) as value
    from activity
    where metric in (select metric from badge where type = 'metric')
),
first_seen as (
    select
        dev, metric, day,
        row_number() over (partition by dev, metric order by day) as value
    from (
        select dev, metric, value_text, min(day) as day
        from activity_value
        where metric in (
            select metric from badge where type = 'distinct_values' and window_days is null
        )
        group by all
    )
),
spell as (
    select dev, metric, value_text, day, window_days,
        lag(day) over same_value as before, lead(day) over same_value as after
    from activity_value
    inner join badge using (metric)
    where type = 'distinct_values' and window_days is not null
    window same_value as (partition by badge_id, dev, metric, value_text order by day)
),
in_window as (
    select dev, metric, day, sum(change) over (
        partition by dev, metric order by day rows unbounded preceding) as value
    from (
        select dev, metric, day, sum(change) as change
        from (
            select dev, metric, day, 1 as change from spell
            where before is null or before + window_days < day
            union all
            select dev, metric, day + window_days, -1 from spell
            where after is null or day + window_days < after
        )
        group by all
    )
),
nth_attempt as (
    select dev, decided_on as day, 'passed' as status,
        row_number() over (partition by dev order by decided_on) as value
    from paid where status in ('completed', 'passed')
    union all
    select dev, perfect_on, 'perfect',
        row_number() over (partition by dev order by perfect_on)
    from paid where perfect_on is not null
),
nth_day as (
    select dev, day, row_number() over (partition by dev order by day) as value
    from (select distinct dev, day from activity)
),
held as (
    select dev, badge_id, min(day) as day from xp_so_far
    inner join badge on type = 'xp' and value >= target group by all
    union all
    select dev, badge_id, min(day) from metric_so_far
    inner join badge on type = 'metric' and badge.metric = metric_so_far.metric
        and value >= target
    group by all
    union all
    select dev, badge_id, min(day) from first_seen
    inner join badge on type = 'distinct_values' and badge.metric = first_seen.metric
        and window_days is null and value = target
    group by all
    union all
    select dev, badge_id, min(day) from in_window
    inner join badge on type = 'distinct_values' and badge.metric = in_window.metric
        and window_days is not null and value >= target
    group by all
    union all
    select dev, badge_id, min(day) from nth_attempt
    inner join badge on value = target and (
        (type = 'attempt_count' and badge.status = nth_attempt.status)
        or (type = 'perfect_count' and nth_attempt.status = 'perfect'))
    group by all
    union all
    select dev, badge_id, min(day) from nth_day
    inner join badge on type = 'distinct_days' and value = target group by all
    union all
    select dev, badge_id, min(day) from walked_day
    inner join badge on type = 'consecutive_days' and streak = target group by all
)
select dev, badge_id, version, xp_reward, condition, greatest(held.day, valid_from) as day
from held inner join badge using (badge_id);

insert into earned
select dev, day, 'badge', badge_id, version, xp_reward, xp_reward from first_held;

create temp table badge_value as
select dev, badge_id, target, coalesce(case type
    when 'xp' then xp
    when 'metric' then metric_value.value
    when 'distinct_values' then if(window_days is null, ever.value, lately.value)
    when 'attempt_count' then passed
    when 'perfect_count' then perfect
    when 'distinct_days' then days
    when 'consecutive_days' then streak
end, 0) as value
from person
cross join badge
left join (select dev, sum(xp) as xp from earned where reason <> 'badge' group by dev) using (dev)
left join (
    select dev, metric, sum(value) as value from activity
    where metric in (select metric from badge) group by all
) as metric_value using (dev, metric)
left join (
    select dev, metric, count(distinct value_text) as value from activity_value
    where metric in (select metric from badge) group by all
) as ever using (dev, metric)
left join (
    select dev, metric, count(distinct value_text) as value
    from activity_value cross join (select max(as_of_day) as as_of from ops.nights)
    where metric = 'copilot.languages_used' and day > as_of - 90
    group by all
) as lately using (dev, metric)
left join (
    select
        dev, count(*) filter (status in ('completed', 'passed')) as passed,
        count(perfect_on) as perfect
    from paid group by dev
) using (dev)
left join (select dev, count(distinct day) as days from activity group by dev) using (dev)
left join (
    select dev, streak from walked_day
    where day = (select max(as_of_day) from ops.nights)
) using (dev);
