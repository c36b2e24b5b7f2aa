-- Everything but the boards, written out; here numbers become ids.
create schema out.marts;
create table out.marts.fct_xp_ledger as
select
    md5('github:' || dev || '|' || day || '|' || reason || '|' || reference) as ledger_id,
    'github:' || dev as developer_id, day as activity_date, reason, reference as reference_id,
    version as rule_version, before::bigint as xp_before_caps, xp::bigint as xp,
    'floor' as run_id
from earned;

create table out.marts.fct_activity_daily as
select 'github:' || dev as developer_id, day as activity_date, metric, value, source
from activity left join raw_rules.metrics using (metric);

create table out.marts.fct_activity_values as
select 'github:' || dev as developer_id, day as activity_date, metric, value_text,
    count::bigint as count
from activity_value;

create table out.marts.fct_xp_exclusions as
select 'github:' || dev as developer_id, day as activity_date, rule_id as subject,
    code as reason_code,
    forgone::bigint as xp_forgone
from (
    select dev, day, rule_id, 'daily_cap' as code, before - after_rule as forgone from rule_xp
    union all
    select dev, day, rule_id, 'activity_cap', after_rule - xp from rule_xp
    union all
    select fact.dev, day, rule_id, if(is_bot, 'bot', 'own_pull_request'), points * count(*)
    from fact
    inner join account using (dev)
    inner join raw_rules.xp_rules on metric = case kind
        when 'merge' then 'github.pull_requests_merged'
        when 'review' then 'github.reviews_given' else 'github.issues_closed' end
    where is_bot or is_own
    group by fact.dev, day, rule_id, is_bot, points
)
where forgone > 0
union all
select 'snowflake:' || person_key, activity_date, 'task_completed', 'unmatched_identity',
    sum(value) * 10
from raw_snowflake.metrics
where lower(person_key) not in (select key from person_key)
group by all;

create temp table developer_day as
select
    dev, day, coalesce(xp, 0) as xp, coalesce(xp_activity, 0) as xp_activity,
    coalesce(xp_missions, 0) as xp_missions, coalesce(xp_badges, 0) as xp_badges,
    coalesce(xp_streak, 0) as xp_streak, coalesce(xp_adjustments, 0) as xp_adjustments,
    sum(coalesce(xp, 0)) over (partition by dev order by day rows unbounded preceding)::bigint
        as total_xp
from (
    select
        dev, day, sum(xp)::bigint as xp,
        sum(xp) filter (reason = 'activity')::bigint as xp_activity,
        sum(xp) filter (reason in ('mission', 'mission_perfect'))::bigint as xp_missions,
        sum(xp) filter (reason = 'badge')::bigint as xp_badges,
        sum(xp) filter (reason = 'streak')::bigint as xp_streak,
        sum(xp) filter (reason = 'adjustment')::bigint as xp_adjustments
    from (
        select dev, day, reason, xp from earned
        union all
        select distinct dev, day, null, null::bigint from activity
    )
    group by dev, day
);

create temp table level as
select
    n as level, 100 * (n - 1) * (n - 1) as needed, if(n < 100, 100 * n * n, null) as next_needed,
    case
        when n >= 90 then 'Mythic' when n >= 70 then 'Legend' when n >= 50 then 'Grandmaster'
        when n >= 40 then 'Master' when n >= 30 then 'Expert' when n >= 20 then 'Adept'
        when n >= 10 then 'Apprentice' else 'Novice'
    end as title
from range(1, 101) as numbers (n);

create temp table levelled as
select developer_day.*, level.level, title, needed, next_needed
from developer_day
inner join level
    on level.level = least(100, 1 + floor(sqrt(greatest(0, total_xp) / 100))::bigint);
drop table developer_day;

create table out.marts.fct_developer_days as
select
    'github:' || dev as developer_id, day as activity_date, xp, xp_activity, xp_missions, xp_badges,
    xp_streak, xp_adjustments, total_xp, level, title, next_needed as next_level_total_xp,
    coalesce(next_needed - total_xp, 0) as xp_remaining,
    if(
        next_needed is null, 1,
        round(greatest(0, total_xp - needed) / (next_needed - needed), 4)
    )::numeric(18, 4) as level_progress
from levelled;

create table out.marts.fct_mission_attempts as
select
    attempt.attempt_id, mission_id, version, 'github:' || dev as developer_id,
    'github:' || team_id as team_id, period_start, period_end, progress, target,
    round(score, 4)::numeric(18, 4) as score, status, null::varchar as announced_status, decided_on,
    coalesce(xp_paid, xp_mission + xp_perfect)::bigint as xp_awarded
from attempt
left join (
    select attempt_id, sum(xp_mission + xp_perfect) as xp_paid
    from paid where is_team group by attempt_id
) as team_pay using (attempt_id);

create table out.marts.fct_badge_awards as
select 'github:' || dev as developer_id, badge_id, null::varchar as season, day as awarded_on,
    xp_reward, 'awarded' as status, condition as evidence
from first_held;

create table out.marts.fct_badge_progress as
select 'github:' || dev as developer_id, badge_id, value::numeric(18, 6) as current_value,
    target::numeric(18, 6) as target_value,
    round(least(value, target) / target, 4)::numeric(18, 4) as share
from badge_value anti join first_held using (dev, badge_id);

create table out.marts.fct_streak_days as
select
    'github:' || dev as developer_id, day as activity_date, action,
    streak::bigint as current_streak,
    longest::bigint as longest_streak, freezes::bigint as freezes_available, total_active_days,
    last_active_date, is_working_day
from walked_day;

create table out.marts.fct_streaks as
select
    'github:' || dev as developer_id, min(day) as started_on,
    max(day) filter (action = 'broken') as ended_on,
    count(*) filter (action in ('started', 'increased')) as counted_days,
    count(*) filter (action = 'frozen') as freezes_used,
    if(bool_or(action = 'broken'), 'broken', null) as ended_by
from (
    select dev, day, action, count(*) filter (action = 'started') over (
        partition by dev order by day rows unbounded preceding) as streak_no
    from walked_day
)
where streak_no > 0
group by dev, streak_no;

create table out.marts.fct_team_days as
select
    'github:' || team_id as team_id, day as activity_date, sum(xp)::bigint as xp,
    count(*) as active_members, any_value(members) as members,
    round(sum(xp) / count(*), 4)::numeric(18, 4) as xp_per_active_member
from levelled
inner join team using (dev)
inner join (select team_id, count(*) as members from team group by team_id) using (team_id)
group by team_id, day;
