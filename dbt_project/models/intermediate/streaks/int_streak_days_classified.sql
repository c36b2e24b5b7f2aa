-- Each developer's days, from the first active one or from where the carried state ends: worked or
-- not, active or not, pending or not.
{% set day_order -%}
    partition by numbered.developer_id
    order by numbered.activity_date
    rows between unbounded preceding and current row
{%- endset %}
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

    select * from {{ ref('int_activity_carried') }}

),

states as (

    select * from {{ ref('int_streak_states_carried') }}

),

members as (

    select * from {{ ref('int_members_tracked') }}

),

leave_days as (

    select * from {{ ref('int_leave_taken') }}

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
        activity.developer_id,
        activity.activity_date
    from activity
    inner join qualifying_metrics
        on activity.metric = qualifying_metrics.metric

),

first_days as (

    select developer_id, min(first_day) as first_day
    from (
        select developer_id, activity_date as first_day from active_days
        union all
        select developer_id, touched_from from states
    ) as starts
    group by developer_id

),

spans as (

    select
        first_days.developer_id,
        first_days.first_day,
        least(nights.as_of_day, coalesce(members.left_on, nights.as_of_day)) as last_day
    from first_days
    cross join nights
    left join members
        on first_days.developer_id = members.developer_id

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
    numbered.developer_id,
    numbered.activity_date,
    numbered.is_working_day,
    numbered.is_active,
    numbered.is_pending,
    numbered.is_walked,
    numbered.is_counted,
    sum(numbered.is_walked) over ({{ day_order }}) as walked_no,
    coalesce(states.counted_days, 0) + sum(numbered.is_counted) over ({{ day_order }}) as counted_no,
    coalesce(states.total_active_days, 0) + sum(
        case when numbered.is_active and not numbered.is_pending then 1 else 0 end
    ) over ({{ day_order }}) as total_active_days,
    coalesce(
        max(
            case
                when numbered.is_active and not numbered.is_pending then numbered.activity_date
            end
        ) over ({{ day_order }}),
        states.last_active_date
    ) as last_active_date
from numbered
left join states
    on numbered.developer_id = states.developer_id
