-- One row a developer; the habits are chances on a working day.
create or replace temp table people as
select
    n,
    cast(4000000 + n * 7 as bigint) as user_id,
    case when n > {developers} then 'robot-' || n || '[bot]' else 'dev-' || n end as login,
    n > {developers} as is_bot,
    cast(9000 + (n - 1) // {team_size} as bigint) as team_id,
    0.55 + 0.45 * u(n, {seed}, 0, 'energy') as activity_habit,
    1.35 * pow(u(n, {seed}, 0, 'copilot'), 2) as copilot_habit,
    0.75 * u(n, {seed}, 0, 'reviews') as review_habit,
    0.45 * u(n, {seed}, 0, 'pull requests') as merge_habit,
    0.36 * u(n, {seed}, 0, 'issues') as issue_habit,
    0.5 * u(n, {seed}, 0, 'tasks') as task_habit,
    -- One in ten came later, one in fifty has left; the rest was there all the time.
    case
        when u(n, {seed}, 0, 'came') < 0.1
            then date '{first_day}' + cast({days} * 0.8 * u(n, {seed}, 1, 'came') as integer)
        else date '{first_day}'
    end as came_on,
    case
        when u(n, {seed}, 0, 'left') < 0.02 and n <= {developers}
            then date '{last_day}' - cast({days} * 0.5 * u(n, {seed}, 1, 'left') as integer)
        else date '9999-12-31'
    end as left_on
from range(1, {developers} + {bots} + 1) as numbers (n)
