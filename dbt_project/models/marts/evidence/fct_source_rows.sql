-- What counted for whom, row by row: the keys and loads behind every number. It grows with the
-- sources, not with the ledger: which XP a row led to is asked of the view xp_evidence.
with

activity as (

    select * from {{ ref('int_activity_measured') }} where exclusion_code is null

),

accounts as (

    select * from {{ ref('int_accounts_known') }} where not is_bot

),

identities as (

    select * from {{ ref('int_identities_matched') }}

),

copilot_days as (

    select * from {{ ref('int_copilot_days_chosen') }}

),

github_facts as (

    select * from {{ ref('int_github_facts_credited') }} where exclusion_code is null

),

scored_submissions as (

    select distinct
        mission_id,
        developer_id,
        activity_date,
        score
    from {{ ref('int_challenge_submissions_scored') }}

),

ledgered_adjustments as (

    select * from {{ ref('int_adjustments_credited') }} where xp <> 0

),

declared as (

    {{ facts_to_read(ref('int_declared_metrics_credited'), 'facts.subject_id') }}

),

submitted as (

    select
        'snowflake' as source, 'challenge_attempts' as dataset, scope, person_key, key_kind,
        activity_date, challenge_id, score, submitted_at, load_id
    from {{ ref('stg_snowflake__challenge_attempts') }}
    union all
    select
        'file', 'challenge_attempts', scope, person_key, key_kind, activity_date, challenge_id,
        score, submitted_at, load_id
    from {{ ref('stg_filedrop__challenge_attempts') }}

),

copilot_active as (

    select distinct
        subject_id,
        activity_date
    from activity
    where metric like 'copilot.%'

),

copilot_rows as (

    select
        copilot_days.subject_id as developer_id,
        copilot_days.activity_date,
        'copilot' as source,
        'user_days' as dataset,
        'copilot.*' as counts_for,
        copilot_days.scope
        || '/' || cast(copilot_days.user_id as varchar)
        || '/' || cast(copilot_days.activity_date as varchar) as source_key,
        cast(null as varchar) as label,
        cast(null as varchar) as colleague_id,
        1 as value,
        copilot_days.load_id
    from copilot_days
    inner join copilot_active
        on
            copilot_days.subject_id = copilot_active.subject_id
            and copilot_days.activity_date = copilot_active.activity_date

),

github_rows as (

    -- A bot is no colleague: game.md counts its pull requests for reviews alone.
    select
        github_facts.subject_id,
        github_facts.activity_date,
        'github',
        case github_facts.kind
            when 'pull_request' then 'pull_requests'
            when 'review' then 'reviews'
            else 'issues'
        end,
        case github_facts.kind
            when 'pull_request' then 'github.pull_requests_merged'
            when 'review' then 'github.reviews_given'
            else 'github.issues_closed'
        end,
        github_facts.node_id,
        github_facts.repository || coalesce('#' || cast(github_facts.number as varchar), ''),
        colleagues.developer_id,
        1,
        github_facts.load_id
    from github_facts
    inner join accounts
        on github_facts.subject_id = accounts.developer_id
    left join accounts as colleagues
        on
            github_facts.colleague_id = colleagues.developer_id
            and github_facts.kind = 'review'

),

declared_numbered as (

    -- Rows have no key of their own: extract or file, person (no e-mail address), day, and a
    -- number among equals. Equal rows are told apart by nothing, and need not be.
    select
        declared.subject_id,
        declared.source,
        declared.dataset,
        declared.scope,
        declared.activity_date,
        declared.metric,
        declared.value,
        declared.load_id,
        case declared.key_kind when 'email' then 'email' else declared.person_key end as shown_key,
        row_number() over (
            partition by
                declared.subject_id,
                declared.source,
                declared.scope,
                declared.activity_date,
                declared.metric,
                case declared.key_kind when 'email' then 'email' else declared.person_key end
            order by declared.value
        ) as row_no
    from declared
    inner join activity
        on
            declared.subject_id = activity.subject_id
            and declared.activity_date = activity.activity_date
            and declared.metric = activity.metric
    where declared.value <> 0

),

declared_rows as (

    select
        subject_id,
        activity_date,
        source,
        dataset,
        metric,
        scope
        || '/' || shown_key
        || '/' || cast(activity_date as varchar)
        || case when row_no > 1 then '/' || cast(row_no as varchar) else '' end,
        cast(null as varchar),
        cast(null as varchar),
        least(value, 999999999999),
        load_id
    from declared_numbered

),

submissions_numbered as (

    select
        identities.subject_id,
        submitted.source,
        submitted.dataset,
        submitted.scope,
        submitted.activity_date,
        submitted.challenge_id,
        submitted.score,
        submitted.load_id,
        case submitted.key_kind when 'email' then 'email' else submitted.person_key end
            as shown_key,
        row_number() over (
            partition by
                identities.subject_id,
                submitted.source,
                submitted.scope,
                submitted.activity_date,
                submitted.challenge_id,
                case submitted.key_kind when 'email' then 'email' else submitted.person_key end
            order by submitted.submitted_at, submitted.score
        ) as row_no
    from submitted
    inner join identities
        on
            submitted.source = identities.source
            and submitted.person_key = identities.person_key
            and submitted.key_kind = identities.key_kind
    inner join scored_submissions
        on
            identities.subject_id = scored_submissions.developer_id
            and submitted.challenge_id = scored_submissions.mission_id
            and submitted.activity_date = scored_submissions.activity_date
            and submitted.score = scored_submissions.score

),

submission_rows as (

    select
        subject_id,
        activity_date,
        source,
        dataset,
        'challenge:' || challenge_id,
        scope
        || '/' || shown_key
        || '/' || cast(activity_date as varchar)
        || case when row_no > 1 then '/' || cast(row_no as varchar) else '' end,
        cast(null as varchar),
        cast(null as varchar),
        score,
        load_id
    from submissions_numbered

),

adjustment_rows as (

    select
        identities.subject_id,
        adjustments.activity_date,
        'file',
        'adjustments',
        'adjustment:' || adjustments.adjustment_id,
        adjustments.scope || '/' || adjustments.adjustment_id,
        adjustments.reason_text,
        cast(null as varchar),
        adjustments.xp,
        adjustments.load_id
    from {{ ref('stg_filedrop__adjustments') }} as adjustments
    inner join identities
        on
            identities.source = 'file'
            and adjustments.person_key = identities.person_key
            and adjustments.key_kind = identities.key_kind
    inner join ledgered_adjustments
        on
            identities.subject_id = ledgered_adjustments.developer_id
            and adjustments.activity_date = ledgered_adjustments.activity_date
            and adjustments.adjustment_id = ledgered_adjustments.adjustment_id

),

unioned as (

    select * from copilot_rows
    union all
    select * from github_rows
    union all
    select * from declared_rows
    union all
    select * from submission_rows
    union all
    select * from adjustment_rows

)

select
    developer_id,
    activity_date,
    cast(source as varchar) as source,
    cast(dataset as varchar) as dataset,
    cast(counts_for as varchar) as counts_for,
    cast(source_key as varchar) as source_key,
    cast(label as varchar) as label,
    cast(colleague_id as varchar) as colleague_id,
    cast(value as numeric(18, 6)) as value,
    load_id
from unioned
