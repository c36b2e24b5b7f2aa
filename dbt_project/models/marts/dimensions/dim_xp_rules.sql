with

xp_rules as (

    select * from {{ ref('stg_rules__xp_rules') }}

)

select
    rule_id,
    version,
    metric,
    points,
    per,
    daily_cap,
    priority,
    valid_from,
    valid_to,
    description
from xp_rules
