with

source as (

    select * from {{ source('raw_rules', 'holidays') }}

),

renamed as (

    select
        date_day,
        holiday_name
    from source

)

select * from renamed
