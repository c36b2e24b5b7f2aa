with

activity_values as (

    select * from {{ ref('int_activity_values_counted') }}

),

opted_out as (

    -- A colleague who was reviewed is named as well.
    select * from {{ ref('int_developers_opted_out') }}

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
left join opted_out
    on
        activity_values.metric = 'github.colleagues_reviewed'
        and activity_values.value_text = opted_out.developer_id
where opted_out.developer_id is null
