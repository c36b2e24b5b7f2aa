-- The first day on which the running sum of a period reaches the target decides.
create temp table mission as
select
    mission_id, version, base_xp, metrics.source, metric, aggregate,
    target::numeric(18, 6) as target,
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
where scope = 'developer' or team_id is not null;

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
