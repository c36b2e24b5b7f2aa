-- What lies behind the distinct counts: languages, features, models, repositories, colleagues.
with

copilot_days as (

    select * from {{ ref('int_copilot_days_chosen') }}

),

copilot_values as (

    select * from {{ ref('stg_copilot__user_day_values') }}

),

github_facts as (

    select * from {{ ref('int_github_facts_credited') }} where exclusion_code is null

),

accounts as (

    select * from {{ ref('int_accounts_known') }}

),

copilot_counts as (

    select
        copilot_days.subject_id,
        copilot_days.activity_date,
        'copilot.' || copilot_values.kind || 's_used' as metric,
        copilot_values.value_text,
        sum(copilot_values.use_count) as value_count
    from copilot_values
    inner join copilot_days
        on
            copilot_values.scope = copilot_days.scope
            and copilot_values.activity_date = copilot_days.activity_date
            and copilot_values.user_id = copilot_days.user_id
    where copilot_values.use_count > 0
    group by
        copilot_days.subject_id,
        copilot_days.activity_date,
        copilot_values.kind,
        copilot_values.value_text

),

repository_counts as (

    select
        subject_id,
        activity_date,
        'github.repositories_active' as metric,
        repository as value_text,
        count(*) as value_count
    from github_facts
    group by subject_id, activity_date, repository

),

colleague_counts as (

    -- Reviewing a bot's pull request is a review given, but a bot is no colleague.
    select
        github_facts.subject_id,
        github_facts.activity_date,
        'github.colleagues_reviewed' as metric,
        github_facts.colleague_id as value_text,
        count(*) as value_count
    from github_facts
    inner join accounts
        on github_facts.colleague_id = accounts.developer_id
    where
        github_facts.kind = 'review'
        and not accounts.is_bot
    group by github_facts.subject_id, github_facts.activity_date, github_facts.colleague_id

),

unioned as (

    select * from copilot_counts
    union all
    select * from repository_counts
    union all
    select * from colleague_counts

)

select
    subject_id,
    activity_date,
    cast(metric as varchar) as metric,
    value_text,
    cast(value_count as bigint) as value_count
from unioned
