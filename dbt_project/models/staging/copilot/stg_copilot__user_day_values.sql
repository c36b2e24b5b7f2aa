with

source as (

    select * from {{ source('raw_copilot', 'user_day_values') }}

),

renamed as (

    select
        scope,
        activity_date,
        user_id,
        kind,
        value_text,
        use_count,
        load_id
    from source

)

select * from renamed
