-- What hangs on the boards, and the small tables.
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
left join (
    select board_id, 'org' as scope_id, dev, rank from ranked where ago = 1
    union all
    select board_id, 'github:' || team_id, dev, rank from team_ranked where ago = 1
) as yesterday using (board_id, scope_id, dev)
left join (
    select board_id, 'org' as scope_id, dev, rank from ranked where ago = 7
    union all
    select board_id, 'github:' || team_id, dev, rank from team_ranked where ago = 7
) as last_week using (board_id, scope_id, dev)
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
        dev, day, 'level_up' as type, level::varchar as reference,
        'Level ' || level || '!' as title,
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
    select dev, day, 'top_10_entered', board_id, 'Among the first ten',
        'You entered the top 10 of ' || board_id || '.'
    from ranked where rank <= 10
    qualify coalesce(lag(day) over (partition by board_id, dev order by day) <> day - 1, true)
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
