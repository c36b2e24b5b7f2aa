with

opted_out as (

    select * from {{ ref('int_developers_opted_out') }}

)

select developer_id from opted_out
