with

chosen as (

    select * from {{ ref('int_visibility_chosen') }}

)

select developer_id
from chosen
where is_out = 0
