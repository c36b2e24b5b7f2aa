-- One credit a fact: a transferred fact once, reviews once a pull request and day.
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
