with

source as (

    select * from {{ source('raw_rules', 'bot_patterns') }}

),

renamed as (

    select
        pattern,
        like_pattern
    from source

)

select * from renamed
