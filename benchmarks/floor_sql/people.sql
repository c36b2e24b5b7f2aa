-- Who there is. A person is the number of the GitHub account until the marts are written.
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
where not is_bot and dev not in (
    select dev from raw_filedrop.opt_outs inner join person_key on key = lower(person_key)
);

create temp table team as
select user_id as dev, min_by(team_id, (size, team_id)) as team_id
from raw_github.team_members
inner join person on user_id = dev
inner join (
    select team_id, count(*) as size from raw_github.team_members group by team_id
) using (team_id)
group by user_id;
