-- The long table of daily numbers for everybody, bots and unmatched keys included, with why a
-- subject earns nothing (exclusion_code), if so.
with

copilot_days as (

    -- What a second report says of the same day counts for nothing.
    select
        ranked.*,
        case when scope_rank > 1 then 'duplicate' end as exclusion_code
    from {{ ref('int_copilot_days_ranked') }} as ranked

),

copilot_values as (

    select * from {{ ref('stg_copilot__user_day_values') }}

),

github_facts as (

    select * from {{ ref('int_github_facts_credited') }}

),

activity_values as (

    select * from {{ ref('int_activity_values_counted') }}

),

declared_metrics as (

    {{ facts_to_read(ref('int_declared_metrics_credited'), 'facts.subject_id') }}

),

accounts as (

    select * from {{ ref('int_accounts_known') }}

),

copilot_numbers as (
    {% set counters = {
        'active_day': 'case when is_active then 1 else 0 end',
        'interactions': 'interactions',
        'generations': 'generations',
        'acceptances': 'acceptances',
        'lines_suggested': 'lines_suggested',
        'lines_added': 'lines_added',
    } %}
    {% for name, expression in counters.items() %}
    select
        subject_id,
        activity_date,
        'copilot.{{ name }}' as metric,
        {{ expression }} as value,
        exclusion_code
    from copilot_days
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

github_numbers as (

    select
        subject_id,
        activity_date,
        case kind
            when 'pull_request' then 'github.pull_requests_merged'
            when 'review' then 'github.reviews_given'
            else 'github.issues_closed'
        end as metric,
        count(*) as value,
        exclusion_code
    from github_facts
    group by subject_id, activity_date, kind, exclusion_code

),

distinct_numbers as (

    select
        subject_id,
        activity_date,
        metric,
        count(*) as value,
        cast(null as varchar) as exclusion_code
    from activity_values
    group by subject_id, activity_date, metric

),

repeated_distinct_numbers as (

    select
        copilot_days.subject_id,
        copilot_days.activity_date,
        'copilot.' || copilot_values.kind || 's_used' as metric,
        count(distinct copilot_values.value_text) as value,
        copilot_days.exclusion_code
    from copilot_values
    inner join copilot_days
        on
            copilot_values.scope = copilot_days.scope
            and copilot_values.activity_date = copilot_days.activity_date
            and copilot_values.user_id = copilot_days.user_id
    where
        copilot_days.exclusion_code = 'duplicate'
        and copilot_values.use_count > 0
    group by
        copilot_days.subject_id,
        copilot_days.activity_date,
        copilot_days.scope,
        copilot_values.kind,
        copilot_days.exclusion_code

),

declared_numbers as (

    -- Several extracts and files may give one metric; every other number has one row already.
    select
        subject_id,
        activity_date,
        metric,
        sum(cast(least(value, 999999999999) as numeric(18, 6))) as value,
        cast(null as varchar) as exclusion_code
    from declared_metrics
    group by subject_id, activity_date, metric

),

unioned as (

    select * from copilot_numbers
    union all
    select * from github_numbers
    union all
    select * from distinct_numbers
    union all
    select * from repeated_distinct_numbers
    union all
    select * from declared_numbers

),

summed as (

    -- A person may stand in many reports: duplicates have a row each, all others one already.
    select subject_id, activity_date, metric, value, exclusion_code
    from unioned
    where coalesce(exclusion_code, '') <> 'duplicate'
    union all
    select subject_id, activity_date, metric, sum(value), exclusion_code
    from unioned
    where exclusion_code = 'duplicate'
    group by subject_id, activity_date, metric, exclusion_code

)

select
    summed.subject_id,
    summed.activity_date,
    cast(summed.metric as varchar) as metric,
    -- A number beyond the game's decimals must not stop the night: it counts as the largest.
    cast(least(summed.value, 999999999999) as numeric(18, 6)) as value,
    case
        when accounts.developer_id is null then 'unmatched_identity'
        when accounts.is_bot then 'bot'
        else summed.exclusion_code
    end as exclusion_code
from summed
left join accounts
    on summed.subject_id = accounts.developer_id
where
    summed.value > 0
    and (
        summed.exclusion_code is null
        or not accounts.is_bot
    )
