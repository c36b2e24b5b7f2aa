-- One row per merged pull request, review and closed issue, with who is credited for it, or why
-- nobody is (exclusion_code). Of several reviews that count as one, the first does; the others, and
-- what a second scope delivers, are duplicates. What does not count anyway has none.
with

excluded_repositories as (

    select lower(repository) as repository from {{ ref('stg_rules__excluded_repositories') }}

),

read_pull_requests as (

    {{ facts_to_read(ref('stg_github__pull_requests'), developer_of('facts.author_id')) }}

),

read_reviews as (

    {{ facts_to_read(ref('stg_github__reviews'), developer_of('facts.reviewer_id')) }}

),

read_issues as (

    {{ facts_to_read(
        ref('stg_github__issues'),
        developer_of(
            'case when facts.assignee_count = 1 then facts.assignee_id else facts.closer_id end'
        ),
    ) }}

),

pull_requests as (

    select
        'pull_request' as kind,
        node_id,
        scope,
        activity_date,
        repository,
        number,
        author_id as user_id,
        cast(null as bigint) as colleague_id,
        node_id as fact_id,
        merged_at as happened_at,
        load_id
    from read_pull_requests

),

reviews as (

    -- At most one a pull request and day: several reviews share a fact_id.
    select
        'review' as kind,
        node_id,
        scope,
        activity_date,
        repository,
        pull_request_number as number,
        reviewer_id as user_id,
        pull_request_author_id as colleague_id,
        pull_request_node_id as fact_id,
        submitted_at as happened_at,
        load_id
    from read_reviews

),

issues as (

    select
        'issue' as kind,
        node_id,
        scope,
        activity_date,
        repository,
        number,
        case when assignee_count = 1 then assignee_id else closer_id end as user_id,
        cast(null as bigint) as colleague_id,
        node_id as fact_id,
        closed_at as happened_at,
        load_id
    from read_issues
    where state_reason = 'completed'

),

facts as (

    select * from pull_requests
    union all
    select * from reviews
    union all
    select * from issues

),

ranked as (

    -- A fact that two scopes deliver (a transfer) has one node id: counted once.
    select
        facts.*,
        case
            when excluded_repositories.repository is not null then 'excluded_repository'
            when facts.colleague_id = facts.user_id then 'own_pull_request'
        end as exclusion_code,
        row_number() over (
            partition by facts.kind, facts.node_id
            order by facts.activity_date desc, {{ in_bytes('facts.scope') }}
        ) as scope_rank,
        max(facts.activity_date) over (partition by facts.kind, facts.node_id) as last_date
    from facts
    left join excluded_repositories
        on lower(facts.repository) = excluded_repositories.repository
    where facts.user_id is not null

),

delivered as (

    select
        ranked.*,
        row_number() over (
            partition by kind, fact_id, user_id, exclusion_code, activity_date
            order by scope_rank, happened_at, {{ in_bytes('node_id') }}
        ) as fact_rank
    from ranked
    where activity_date = last_date

),

judged as (

    select
        delivered.*,
        scope_rank = 1 and fact_rank = 1 as is_first
    from delivered

)

select
    kind,
    fact_id,
    node_id,
    activity_date,
    repository,
    number,
    {{ developer_of('user_id') }} as subject_id,
    {{ developer_of('colleague_id') }} as colleague_id,
    case when is_first then exclusion_code else 'duplicate' end as exclusion_code,
    load_id
from judged
where
    is_first
    or exclusion_code is null
