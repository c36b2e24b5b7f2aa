-- One row per active developer and day. rev is 0, or in a re-read the revision of one row in a
-- hundred: another draw of everything.
create or replace temp table active_days as
with drawn as (
    select
        people.*,
        day,
        case when {revision} > 0 and u(n, day, {revision}, 'restated') < 0.01
            then {revision} else 0 end * 1000 + {seed} as rev
    from (select cast(unnest(generate_series(date '{first}', date '{last}', interval 1 day))
        as date) as day) as days
    inner join people on day >= came_on and day <= left_on
)
select
    *,
    u(n, day, rev, 'copilot day') < copilot_habit and not is_bot as has_copilot,
    u(n, day, rev, 'review day') < review_habit as has_reviews,
    u(n, day, rev, 'merge day') < merge_habit or is_bot as has_merges,
    u(n, day, rev, 'issue day') < issue_habit as has_issues,
    -- Nobody is active with nothing to show for it: then it was a task.
    u(n, day, rev, 'task day') < task_habit or not (
        u(n, day, rev, 'copilot day') < copilot_habit
        or u(n, day, rev, 'review day') < review_habit
        or u(n, day, rev, 'merge day') < merge_habit
        or u(n, day, rev, 'issue day') < issue_habit
    ) as has_tasks
from drawn
where u(n, day, rev, 'active') < activity_habit * case when isodow(day) > 5 then 0.19 else 1 end
