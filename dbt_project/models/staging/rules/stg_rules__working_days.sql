with

source as (

    select * from {{ source('raw_rules', 'working_days') }}

),

renamed as (

    select
        iso_weekday
    from source

)

select * from renamed
