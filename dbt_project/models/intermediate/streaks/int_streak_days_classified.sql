-- Each developer's days from the first active day on: worked or not, active or not, pending or not.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

days as (

    select * from {{ ref('int_days_spined') }}

),

qualifying_metrics as (

    select
        qualifying_metrics.metric,
        metrics.source
    from {{ ref('stg_rules__qualifying_metrics') }} as qualifying_metrics
    left join {{ ref('stg_rules__metrics') }} as metrics
        on qualifying_metrics.metric = metrics.metric

),

activity as (

    select * from {{ ref('int_activity_measured') }} where exclusion_code is null

),

members as (

    select * from {{ ref('int_members_tracked') }}

),

reported_leave as (

    select 'snowflake' as source, person_key, key_kind, activity_date
    from {{ ref('stg_snowflake__leave') }}
    union all
    select 'file', person_key, key_kind, activity_date
    from {{ ref('stg_filedrop__leave') }}

),

leave_days as (

    select distinct
        identities.subject_id as developer_id,
        reported_leave.activity_date
    from reported_leave
    inner join {{ ref('int_identities_matched') }} as identities
        on
            reported_leave.source = identities.source
            and reported_leave.person_key = identities.person_key
            and reported_leave.key_kind = identities.key_kind

),

awaited_days as (

    select distinct judged.activity_date
    from {{ ref('int_source_days_judged') }} as judged
    inner join qualifying_metrics
        on judged.source = qualifying_metrics.source
    where judged.is_awaited

),

active_days as (

    select distinct
        activity.subject_id as developer_id,
        activity.activity_date
    from activity
    inner join qualifying_metrics
        on activity.metric = qualifying_metrics.metric

),

spans as (

    select
        active_days.developer_id,
        min(active_days.activity_date) as first_day,
        min(least(nights.as_of_day, coalesce(members.left_on, nights.as_of_day))) as last_day
    from active_days
    cross join nights
    left join members
        on active_days.developer_id = members.developer_id
    group by active_days.developer_id

),

first_pending_days as (

    -- From the first awaited day without activity on, nothing is known: all later days wait too.
    select
        spans.developer_id,
        min(awaited_days.activity_date) as pending_from
    from spans
    inner join awaited_days
        on
            awaited_days.activity_date >= spans.first_day
            and awaited_days.activity_date <= spans.last_day
    left join active_days
        on
            spans.developer_id = active_days.developer_id
            and awaited_days.activity_date = active_days.activity_date
    where active_days.developer_id is null
    group by spans.developer_id

),

classified as (

    select
        spans.developer_id,
        days.date_day as activity_date,
        days.is_working_day and leave_days.developer_id is null as is_working_day,
        active_days.developer_id is not null as is_active,
        coalesce(days.date_day >= first_pending_days.pending_from, false) as is_pending
    from spans
    inner join days
        on
            days.date_day >= spans.first_day
            and days.date_day <= spans.last_day
    left join active_days
        on
            spans.developer_id = active_days.developer_id
            and days.date_day = active_days.activity_date
    left join leave_days
        on
            spans.developer_id = leave_days.developer_id
            and days.date_day = leave_days.activity_date
    left join first_pending_days
        on spans.developer_id = first_pending_days.developer_id

),

numbered as (

    select
        classified.*,
        case when is_working_day and not is_pending then 1 else 0 end as is_walked,
        case when is_working_day and not is_pending and is_active then 1 else 0 end as is_counted
    from classified

)

select
    developer_id,
    activity_date,
    is_working_day,
    is_active,
    is_pending,
    is_walked,
    is_counted,
    sum(is_walked) over day_order as walked_no,
    sum(is_counted) over day_order as counted_no,
    sum(case when is_active and not is_pending then 1 else 0 end) over day_order
        as total_active_days,
    max(case when is_active and not is_pending then activity_date end) over day_order
        as last_active_date
from numbered
window day_order as (
    partition by developer_id
    order by activity_date
    rows between unbounded preceding and current row
)
