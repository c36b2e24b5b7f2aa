with

activity_values as (

    select * from {{ ref('int_activity_values_counted') }}

),

accounts as (

    select *
    from {{ ref('int_accounts_known') }}
    where
        not is_bot
        and {{ is_shown('developer_id') }}

)

select
    activity_values.subject_id as developer_id,
    activity_values.activity_date,
    activity_values.metric,
    activity_values.value_text,
    activity_values.value_count as count
from activity_values
inner join accounts
    on activity_values.subject_id = accounts.developer_id
where
    -- A colleague reviewed is named as well.
    activity_values.metric <> 'github.colleagues_reviewed'
    or {{ is_shown('activity_values.value_text') }}
