"""The floor of P1: the default game by hand, raw tables to tables of the marts' shape.

What a good engineer would write for this one game in a day: DuckDB alone, one pass after the other,
no dbt, no tests, no publication, nothing kept for a second night. It shares no SQL with the models.
Rules of the default pack's kinds are read from `raw_rules`; what that pack does not use is left out
(seasons, all_of, file metrics, identity maps, several organisations' teams, visibility).

Run as a module: `python -m benchmarks.floor WORK_FILE OUT_FILE`.
"""

import json
import sys
import time
from pathlib import Path

import duckdb

MEMORY = "12GB"
BOARDS = (
    "xp_all_time", "xp_7d", "xp_30d", "streak_current", "streak_longest", "missions_completed",
    "badges_unlocked",
)  # fmt: skip

#: Who there is. A person is the number of the GitHub account until the marts are written.
PEOPLE = """
create temp table account as
select
    user_id as dev,
    arg_max(login, (seen, witness)) as login,
    bool_or(type = 'Bot' or lower(login) like '%[bot]' or lower(login) like 'svc-%') as is_bot
from (
    select user_id, login, type, snapshot_date as seen, 9 as witness from raw_github.members
    union all
    select user_id, user_login, null, activity_date, 5 from raw_copilot.user_days
    union all
    select author_id, author_login, author_type, activity_date, 4 from raw_github.pull_requests
    union all
    select reviewer_id, reviewer_login, reviewer_type, activity_date, 3 from raw_github.reviews
    union all
    select closer_id, closer_login, closer_type, activity_date, 2 from raw_github.issues
    union all
    select assignee_id, assignee_login, assignee_type, activity_date, 2 from raw_github.issues
)
where user_id is not null
group by user_id;

create temp table person_key as
select lower(login) as key, arg_max(dev, dev) as dev from account group by 1;

create temp table member as
select
    user_id as dev,
    max(snapshot_date) as last_seen,
    max(snapshot_date) = (select max(snapshot_date) from raw_github.members) as is_member,
    (
        select min(snapshot_date) from raw_github.members as later
        where later.snapshot_date > max(members.snapshot_date)
    ) - 1 as left_on
from raw_github.members as members
group by user_id;

create temp table person as
select dev, login, coalesce(is_member, false) as is_member, left_on
from account left join member using (dev)
where not is_bot;

create temp table team as
select user_id as dev, min_by(team_id, (size, team_id)) as team_id
from raw_github.team_members
inner join person on user_id = dev
inner join (
    select team_id, count(*) as size from raw_github.team_members group by team_id
) using (team_id)
group by user_id;

create temp table shown as
select dev from person
where dev not in (
    select dev from raw_filedrop.opt_outs
    inner join person_key on key = lower(person_key)
);
"""

#: One credit a fact: a transferred fact once, reviews once a pull request and day.
FACTS = """
create temp table fact as
with merged as (
    select
        node_id, author_id as dev, activity_date as day, lower(repository) as repository
    from raw_github.pull_requests
    qualify row_number() over (partition by node_id order by activity_date desc) = 1
),
reviewed as (
    select
        reviewer_id as dev, activity_date as day, pull_request_node_id,
        any_value(repository) as repository, any_value(pull_request_author_id) as colleague
    from raw_github.reviews
    group by all
),
closed as (
    select
        node_id, case when assignee_count = 1 then assignee_id else closer_id end as dev,
        activity_date as day, repository
    from raw_github.issues
    where state_reason = 'completed'
    qualify row_number() over (partition by node_id order by activity_date desc) = 1
)
select 'merge' as kind, dev, day, repository, null as colleague, false as is_own from merged
union all
select 'review', dev, day, repository, colleague, colleague = dev from reviewed
union all
select 'issue', dev, day, repository, null, false from closed;

create temp table copilot as
select * from raw_copilot.user_days
qualify row_number() over (partition by user_id, activity_date order by scope) = 1;

create temp table activity_value as
select
    user_id as dev, activity_date as day, 'copilot.' || kind || 's_used' as metric,
    value_text, sum(use_count) as count
from raw_copilot.user_day_values
where use_count > 0
group by all
union all
select dev, day, 'github.repositories_active', repository, count(*)
from fact where not is_own group by all
union all
select fact.dev, day, 'github.colleagues_reviewed', 'github:' || colleague, count(*)
from fact inner join account on colleague = account.dev
where kind = 'review' and not is_own and not is_bot
group by all;

create temp table activity as
with numbers as (
    unpivot (
        select
            user_id as dev, activity_date as day,
            is_active::bigint as "copilot.active_day",
            interactions as "copilot.interactions",
            generations as "copilot.generations",
            acceptances as "copilot.acceptances",
            lines_suggested as "copilot.lines_suggested",
            lines_added as "copilot.lines_added"
        from copilot
    )
    on columns(* exclude (dev, day)) into name metric value value
)
select dev, day, metric, value::numeric(18, 6) as value from numbers where value > 0
union all
select
    dev, day,
    case kind
        when 'merge' then 'github.pull_requests_merged'
        when 'review' then 'github.reviews_given'
        else 'github.issues_closed'
    end,
    count(*)
from fact where not is_own group by all
union all
select dev, day, metric, count(*) from activity_value group by all
union all
select dev, activity_date, metric, sum(value)
from raw_snowflake.metrics inner join person_key on key = lower(person_key)
group by all;

delete from activity where dev not in (select dev from person);
delete from activity_value where dev not in (select dev from person);
"""

XP = """
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
"""

#: Working days that were active or missed come in runs; only runs are walked.
STREAKS = """
create temp table active_day as
select distinct dev, day from activity
where metric in (select metric from raw_rules.qualifying_metrics);

create temp table awaited as
select cast(unnest(generate_series(as_of - 6, as_of, interval 1 day)) as date) as day from (
    select max(as_of_day) as as_of from ops.nights
)
except
select activity_date from ops.source_days
inner join ops.sources using (source, dataset, scope)
where source in ('copilot', 'github')
group by activity_date
having bool_and(is_complete) and count(*) = (
    select count(*) from ops.sources where source in ('copilot', 'github')
);

create temp table span as
select
    dev, min(day) as first_day,
    least(coalesce(any_value(left_on), as_of), as_of) as last_day,
    (
        select min(awaited.day) from awaited
        where awaited.day >= min(active_day.day) and awaited.day not in (
            select x.day from active_day as x where x.dev = active_day.dev
        )
    ) as pending_from
from active_day
inner join person using (dev)
cross join (select max(as_of_day) as as_of from ops.nights)
group by dev, as_of;

create temp table streak_day as
with days as (
    select
        span.dev, calendar.day,
        calendar.is_working_day and away.dev is null as is_working_day,
        active_day.dev is not null as is_active,
        coalesce(calendar.day >= pending_from, false) as is_pending,
        calendar.is_working_day and away.dev is null
            and not coalesce(calendar.day >= pending_from, false) as is_walked
    from span
    inner join calendar on calendar.day between first_day and last_day
    left join active_day on active_day.dev = span.dev and active_day.day = calendar.day
    left join (
        select distinct dev, activity_date as day
        from raw_snowflake.leave inner join person_key on key = lower(person_key)
    ) as away on away.dev = span.dev and away.day = calendar.day
),
turned as (
    select
        *,
        is_walked and is_active as is_counted,
        last_value(case when is_walked then is_active end ignore nulls) over (
            partition by dev order by day rows between unbounded preceding and 1 preceding
        ) as was_counted
    from days
)
select
    * exclude (was_counted),
    count(*) filter (is_walked and is_active is distinct from was_counted) over so_far as run_no,
    count(*) filter (is_walked) over so_far as walked_no,
    count(*) filter (is_counted) over so_far as counted_no,
    count(*) filter (is_active and not is_pending) over so_far as total_active_days,
    max(case when is_active and not is_pending then day end) over so_far as last_active_date
from turned
window so_far as (partition by dev order by day rows unbounded preceding);

create temp table run as
select
    dev, run_no, is_counted, count(*) as days, min(walked_no) as first_no,
    min(counted_no) - is_counted::int as counted_before
from streak_day where is_walked
group by dev, run_no, is_counted;

create temp table walked_run as
with recursive state as (
    select
        dev, 0 as run_no, 0 as streak, 3 as freezes, 0 as streak_before, 3 as freezes_before
    from span
    union all
    select
        run.dev, run.run_no,
        case
            when is_counted then streak + days when days > freezes then 0 else streak
        end::integer,
        case
            when is_counted
                then least(3, freezes + (counted_before + days) // 20 - counted_before // 20)
            when streak = 0 then freezes
            else greatest(0, freezes - days)
        end::integer,
        streak, freezes
    from state inner join run on run.dev = state.dev and run.run_no = state.run_no + 1
)
select run.*, streak_before, freezes_before
from state inner join run using (dev, run_no);

create temp table walked_day as
select
    *,
    case
        when is_pending then 'pending'
        when not is_walked then if(is_active and streak > 0, 'maintained', 'rest')
        when is_counted then if(streak = 1, 'started', 'increased')
        when streak_before > 0 and nth <= freezes_before then 'frozen'
        when streak_before > 0 and nth = freezes_before + 1 then 'broken'
        else 'idle'
    end as action,
    max(streak) over (partition by dev order by day rows unbounded preceding) as longest
from (
    select
        streak_day.*, streak_before, freezes_before, walked_no - first_no + 1 as nth,
        case
            when first_no is null then 0
            when walked_run.is_counted then streak_before + walked_no - first_no + 1
            when walked_no - first_no + 1 > freezes_before then 0
            else streak_before
        end as streak,
        case
            when first_no is null then 3
            when walked_run.is_counted
                then least(3, freezes_before + counted_no // 20 - counted_before // 20)
            when streak_before = 0 then freezes_before
            else greatest(0, freezes_before - (walked_no - first_no + 1))
        end as freezes
    from streak_day
    left join walked_run
        on walked_run.dev = streak_day.dev and walked_run.run_no = streak_day.run_no
);
drop table streak_day;
"""

#: The first day of all facts on which the running sum of a period reaches the target decides.
MISSIONS = """
create temp table mission as
select
    mission_id, version, base_xp, metrics.source, metric, aggregate, target::numeric(18, 6) as target,
    period, scope, pass_threshold, valid_from, coalesce(valid_to, '9999-12-31') as valid_to
from raw_rules.missions left join raw_rules.metrics using (metric)
where kind = 'mission' and is_published;

create temp table contribution as
select
    mission_id, version, scope, dev, team_id, day, target,
    case period
        when 'day' then day
        when 'week' then date_trunc('week', day)::date
        when 'month' then date_trunc('month', day)::date
        else valid_from
    end as period_start,
    if(aggregate = 'days', 1, value)::numeric(18, 6) as amount
from activity
inner join mission on mission.metric = activity.metric and day between valid_from and valid_to
left join team using (dev)
where scope = 'developer'
    or (team_id is not null and dev in (select dev from shown));

create temp table attempt as
with reached as (
    select
        mission_id, version, if(scope = 'developer', dev, null) as dev,
        if(scope = 'team', team_id, null) as team_id, period_start, day, target, amount,
        sum(amount) over (
            partition by mission_id, version, scope, if(scope = 'developer', dev, team_id),
                period_start
            order by day rows unbounded preceding
        ) as so_far
    from (
        select mission_id, version, scope, dev, any_value(team_id) as team_id, day, target,
            period_start, sum(amount) as amount
        from contribution where scope = 'developer' group by all
        union all
        select mission_id, version, scope, null, team_id, day, target, period_start, sum(amount)
        from contribution where scope = 'team' group by all
    )
),
summed as (
    select
        mission_id, version, dev, team_id, period_start, sum(amount) as progress,
        min(case when so_far >= target then day end) as completed_on
    from reached
    group by all
),
ended as (
    select
        summed.*, base_xp, source, target, pass_threshold, as_of,
        case period
            when 'day' then period_start
            when 'week' then period_start + 6
            when 'month' then last_day(period_start)
        end as period_end
    from summed
    inner join mission using (mission_id, version)
    cross join (select max(as_of_day) as as_of from ops.nights)
),
late as (
    select source, day
    from ops.source_days
    inner join ops.sources using (source, dataset, scope)
    cross join (select max(as_of_day) as as_of from ops.nights)
    inner join (select activity_date as day) as days on true
    where not is_complete and activity_date > as_of - 7
    group by all
),
waiting as (
    select distinct period_end, ended.source
    from (select distinct period_start, period_end, source from ended) as ended
    inner join late on late.source = ended.source and day between period_start and period_end
),
judged as (
    select
        ended.*,
        case
            when completed_on is not null then 'completed'
            when ended.period_end is null or ended.period_end > as_of then 'in_progress'
            when waiting.source is not null then 'submitted'
            when 100 * progress >= pass_threshold * target then 'passed'
            else 'failed'
        end as status
    from ended left join waiting using (period_end, source)
)
select
    mission_id, version, dev, team_id, period_start, period_end, progress, target,
    least(100, 100 * progress / target) as score, status,
    case
        when status = 'completed' then completed_on
        when status in ('passed', 'failed') then period_end
    end as decided_on,
    completed_on as perfect_on,
    case status
        when 'completed' then base_xp
        when 'passed' then floor(base_xp * progress / target + 0.5)
        else 0
    end::bigint as xp_mission,
    if(status = 'completed', floor(base_xp / 2 + 0.5), 0)::bigint as xp_perfect,
    mission_id || ':' || version || ':'
        || coalesce('github:' || dev, 'github:' || team_id) || ':' || period_start as attempt_id
from judged;

-- Who is paid for an attempt: the developer, or every member who gave something until the end.
create temp table paid as
select
    attempt_id, mission_id, version, dev, false as is_team, status, decided_on, perfect_on,
    xp_mission, xp_perfect
from attempt where dev is not null
union all
select distinct
    attempt_id, attempt.mission_id, attempt.version, contribution.dev, true, status, decided_on,
    perfect_on, xp_mission, xp_perfect
from attempt
inner join contribution
    on contribution.scope = 'team'
    and contribution.mission_id = attempt.mission_id and contribution.version = attempt.version
    and contribution.team_id = attempt.team_id
    and contribution.period_start = attempt.period_start
    and contribution.day <= attempt.decided_on
where attempt.team_id is not null and status in ('completed', 'passed');
drop table contribution;

create temp table submission as
with best as (
    select
        dev, challenge_id, version, base_xp, pass_threshold, day, score, submitted_at,
        max(score) over (
            partition by dev, challenge_id, version order by submitted_at, score
            rows unbounded preceding
        ) as best
    from (
        select distinct
            dev, challenge_id, version, base_xp, pass_threshold, activity_date as day, score,
            submitted_at
        from raw_snowflake.challenge_attempts
        inner join person_key on key = lower(person_key)
        inner join person using (dev)
        inner join raw_rules.missions on mission_id = challenge_id
            and activity_date between valid_from and coalesce(valid_to, '9999-12-31')
        where kind = 'challenge' and is_published
    )
)
select
    *, challenge_id || ':' || version || ':github:' || dev || ':' as attempt_id,
    earned - coalesce(
        lag(earned) over (partition by dev, challenge_id, version order by submitted_at, score), 0
    ) as xp
from (
    select *, if(best >= pass_threshold, floor(base_xp * best / 100 + 0.5), 0)::bigint as earned
    from best
);

insert into attempt
select
    challenge_id, version, dev, null, null, null, max(score), 100, max(score),
    case
        when max(score) >= 100 then 'completed'
        when max(score) >= any_value(pass_threshold) then 'passed'
        else 'failed'
    end,
    coalesce(
        min(case when best >= pass_threshold then day end), arg_max(day, (score, -epoch(day)))
    ),
    min(case when best >= 100 then day end),
    sum(xp), if(max(score) >= 100, floor(any_value(base_xp) / 2 + 0.5), 0), attempt_id
from submission
group by challenge_id, version, dev, attempt_id;

insert into paid
select
    attempt_id, mission_id, version, dev, false, status, decided_on, perfect_on, 0, xp_perfect
from attempt where period_start is null;

create temp table earned as
select dev, day, 'activity' as reason, rule_id as reference, version, before, xp
from rule_xp
union all
select dev, day, 'streak', 'streak', null, least(50, 5 * streak), least(50, 5 * streak)
from walked_day where is_counted
union all
select dev, decided_on, 'mission', attempt_id, version, xp_mission, xp_mission from paid
union all
select dev, day, 'mission', attempt_id, version, sum(xp), sum(xp)
from submission group by dev, day, attempt_id, version
union all
select dev, perfect_on, 'mission_perfect', attempt_id, version, xp_perfect, xp_perfect from paid
union all
select dev, activity_date, 'adjustment', adjustment_id, null, xp, xp
from raw_filedrop.adjustments inner join person_key on key = lower(person_key)
where requested_by <> approved_by;
delete from earned where xp = 0 or day is null;
"""

#: Thresholds are met by the n-th event, or by the first day of a running sum above them.
BADGES = """
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
"""

MARTS = """
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
select 'github:' || dev as developer_id, day as activity_date, rule_id as subject, code as reason_code,
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
    'github:' || dev as developer_id, day as activity_date, action, streak::bigint as current_streak,
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
"""

#: Ranks of the days that are kept whole; of the others the first hundred, found by their 100th.
LEADERBOARDS = """
create temp table scored as
with change as (
    select dev, day, sum(xp) as xp, sum(missions) as missions, sum(badges) as badges
    from (
        select dev, day, xp, 0 as missions, 0 as badges from levelled
        union all
        select dev, decided_on, 0, 1, 0 from paid where status in ('completed', 'passed')
        union all
        select dev, day, 0, 0, 1 from first_held
    )
    group by dev, day
),
daily as (
    select
        firsts.dev, calendar.day, coalesce(xp, 0) as xp, coalesce(missions, 0) as missions,
        coalesce(badges, 0) as badges, coalesce(streak, 0) as streak,
        coalesce(longest, 0) as longest
    from (
        select dev, min(day) as first_day
        from (select dev, day from change union all select dev, day from walked_day)
        inner join person using (dev)
        inner join shown using (dev)
        where is_member group by dev
    ) as firsts
    inner join calendar on calendar.day >= first_day
    left join change on change.dev = firsts.dev and change.day = calendar.day
    left join walked_day on walked_day.dev = firsts.dev and walked_day.day = calendar.day
)
select
    dev, day,
    sum(xp) over so_far as xp_all_time,
    sum(xp) over (partition by dev order by day rows 6 preceding) as xp_7d,
    sum(xp) over (partition by dev order by day rows 29 preceding) as xp_30d,
    streak as streak_current, longest as streak_longest,
    sum(missions) over so_far as missions_completed,
    sum(badges) over so_far as badges_unlocked
from daily
window so_far as (partition by dev order by day rows unbounded preceding);

create temp table kept_day as
select day, isodow(day) = 7 or last_day(day) = day as is_whole, as_of - day as ago
from calendar cross join (select max(as_of_day) as as_of from ops.nights);

create temp table ranked (
    board_id varchar, day date, dev bigint, rank bigint, score bigint, is_whole boolean, ago bigint
);
"""
BOARD = """
insert into ranked
with hundredth as (
    select day, list_min(max({board}, 100)) as least
    from scored where {board} > 0 group by day
)
select
    '{board}', day, dev, rank() over (partition by day order by {board} desc), {board}, is_whole, ago
from scored
inner join kept_day using (day)
inner join hundredth using (day)
where {board} > 0 and (is_whole or ago in (0, 1, 7) or {board} >= least)
"""
SHOW = """
create temp table team_ranked as
select
    board_id, team_id, day, dev, score, ago,
    rank() over (partition by board_id, team_id, day order by score desc) as rank
from ranked inner join team using (dev)
where ago in (0, 1, 7);

create table out.marts.leaderboards as
select
    today.board_id, scope_id, today.day as as_of_date, 'github:' || today.dev as developer_id,
    today.rank, today.score, yesterday.rank as previous_rank, last_week.rank as rank_7d_ago
from (
    select board_id, 'org' as scope_id, day, dev, rank, score, ago from ranked
    union all
    select board_id, 'github:' || team_id, day, dev, rank, score, ago from team_ranked
) as today
{joins}
where today.ago = 0;

create table out.marts.leaderboard_history as
select board_id, day as as_of_date, 'github:' || dev as developer_id, rank, score
from ranked where is_whole or rank <= 100;

create table out.marts.fct_notifications as
select
    md5(dev || '|' || day || '|' || type || '|' || reference) as notification_id,
    'github:' || dev as developer_id, day as activity_date, type, reference as reference_id,
    title, body
from (
    select
        dev, day, 'level_up' as type, level::varchar as reference, 'Level ' || level || '!' as title,
        'You reached level ' || level || ' with ' || total_xp || ' XP: ' || levelled.title || '.'
            as body
    from levelled
    qualify level > coalesce(max(level) over (
        partition by dev order by day rows between unbounded preceding and 1 preceding), 1)
    union all
    select first_held.dev, day, 'badge_unlocked', badge_id || ':', 'Badge unlocked: ' || name,
        description || ' (' || first_held.xp_reward || ' XP)'
    from first_held inner join raw_rules.badges using (badge_id)
    union all
    select paid.dev, decided_on, if(is_team, 'team_mission_completed', 'mission_completed'),
        attempt_id, 'Mission completed: ' || name,
        description || ' (' || (xp_mission + xp_perfect) || ' XP)'
    from paid inner join raw_rules.missions using (mission_id, version)
    where status in ('completed', 'passed')
    union all
    select dev, day, 'streak_milestone', streak::varchar, 'A streak of ' || streak || ' days',
        'You were active on ' || streak || ' working days in a row.'
    from walked_day
    where is_counted and (streak in (5, 10, 25, 50) or streak % 100 = 0)
    union all
    select dev, day, 'streak_frozen', day::varchar, 'Streak frozen',
        'A freeze kept your streak of ' || streak || ' days; ' || freezes || ' left.'
    from walked_day where action = 'frozen'
    union all
    select dev, min(day), 'top_10_entered', board_id, 'Among the first ten',
        'You entered the top 10 of ' || board_id || '.'
    from ranked where rank <= 10 group by dev, board_id
);

create table out.marts.dim_developers as
select 'github:' || dev as developer_id, login, login as display_name,
    'github:' || team_id as current_team_id, is_member as is_active,
    if(is_member, null, left_on) as left_on, first_active_date, last_active_date
from person
left join team using (dev)
left join (
    select dev, min(day) as first_active_date, max(day) as last_active_date
    from activity group by dev
) using (dev);
create table out.marts.dim_teams as
select 'github:' || teams.team_id as team_id, name as team_name,
    'github:' || parent_team_id as parent_team_id, count(dev) as member_count
from raw_github.teams left join team using (team_id)
group by teams.team_id, name, parent_team_id;
create table out.marts.bridge_team_members as
select 'github:' || team_id as team_id, 'github:' || dev as developer_id,
    (select min(day) from calendar) as valid_from, null::date as valid_to
from team;
create table out.marts.dim_metrics as from raw_rules.metrics;
create table out.marts.dim_missions as from raw_rules.missions;
create table out.marts.dim_badges as from raw_rules.badges;
create table out.marts.dim_xp_rules as from raw_rules.xp_rules;
create table out.marts.dim_dates as from calendar;
create table out.marts.dim_levels as select 'sqrt_100' as curve, level, needed, title from level;
create table out.marts.data_status as
select source, scope, activity_date, bool_and(is_complete) as is_complete
from ops.source_days group by all;
"""
CALENDAR = """
create temp table calendar as
select
    day, date_trunc('week', day)::date as iso_week_start, date_trunc('month', day)::date as month_start,
    isodow(day) < 6 and holiday_name is null as is_working_day, holiday_name
from (
    select cast(unnest(generate_series(min(first_day), max(as_of), interval 1 day)) as date) as day
    from (
        select min(day) as first_day from activity
        union all
        select min(activity_date) from raw_snowflake.challenge_attempts
        union all
        select min(activity_date) from raw_filedrop.adjustments
    ) cross join (select max(as_of_day) as as_of from ops.nights)
)
left join raw_rules.holidays on date_day = day;
"""


def build(work_file: Path, out_file: Path) -> dict[str, float]:
    """Compute and write everything; seconds by step."""
    out_file.unlink(missing_ok=True)
    joins = "\n".join(
        f"""left join (
    select board_id, 'org' as scope_id, dev, rank from ranked where ago = {ago}
    union all
    select board_id, 'github:' || team_id, dev, rank from team_ranked where ago = {ago}
) as {name} using (board_id, scope_id, dev)"""
        for name, ago in (("yesterday", 1), ("last_week", 7))
    )
    steps = {
        "people": PEOPLE, "facts": FACTS, "calendar": CALENDAR, "xp": XP, "streaks": STREAKS,
        "missions": MISSIONS, "badges": BADGES, "marts": MARTS, "scores": LEADERBOARDS,
        "ranks": ";".join(BOARD.format(board=board) for board in BOARDS),
        "show": SHOW.format(joins=joins),
    }  # fmt: skip
    seconds: dict[str, float] = {}
    with duckdb.connect(config={"memory_limit": MEMORY}) as connection:
        connection.execute(f"set temp_directory = '{out_file.parent / 'floor.tmp'}'")
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"attach '{work_file}' as work (read_only)")
        connection.execute(f"attach '{out_file}' as out")
        connection.execute("use work")
        for name, sql in steps.items():
            started = time.perf_counter()
            connection.execute(sql)
            seconds[name] = time.perf_counter() - started
        started = time.perf_counter()
        connection.execute("checkpoint out")
        seconds["checkpoint"] = time.perf_counter() - started
    return seconds


if __name__ == "__main__":
    print(json.dumps(build(Path(sys.argv[1]), Path(sys.argv[2]))))
