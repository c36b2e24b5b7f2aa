-- XP of the rules, capped by rule and by day.
create temp table rule_xp as
select
    dev, day, rule_id, version, before,
    after_rule,
    greatest(0, least(after_rule, 150 - (wanted - after_rule))) as xp
from (
    select
        *,
        sum(after_rule) over (
            partition by dev, day order by priority, rule_id
            rows between unbounded preceding and current row
        ) as wanted
    from (
        select
            dev, day, rule_id, version, priority,
            floor(points * value / per + 0.5)::bigint as before,
            least(before, daily_cap) as after_rule
        from activity
        inner join raw_rules.xp_rules as rules
            on rules.metric = activity.metric
            and day between valid_from and coalesce(valid_to, '9999-12-31')
    )
);
