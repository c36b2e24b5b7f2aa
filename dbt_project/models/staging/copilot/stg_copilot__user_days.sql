with

source as (

    select * from {{ source('raw_copilot', 'user_days') }}

),

renamed as (

    select
        scope,
        activity_date,
        user_id,
        user_login,
        interactions,
        generations,
        acceptances,
        lines_suggested,
        lines_added,
        is_active,
        load_id
    from source

)

select * from renamed
