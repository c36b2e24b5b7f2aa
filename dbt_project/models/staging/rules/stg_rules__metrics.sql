with

source as (

    select * from {{ source('raw_rules', 'metrics') }}

),

renamed as (

    select
        metric,
        unit,
        source,
        description
    from source

)

select * from renamed
