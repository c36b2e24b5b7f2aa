with

activity_values as (

    select * from {{ ref('int_activity_values_counted') }}

),

accounts as (

    select * from {{ ref('int_accounts_known') }} where not is_bot

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
