with

source as (

    select * from {{ source('raw_rules', 'xp_rules') }}

),

renamed as (

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
    from source

)

select * from renamed
