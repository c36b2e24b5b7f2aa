with

source as (

    select * from {{ source('raw_copilot', 'user_teams') }}

),

renamed as (

    select
        scope,
        activity_date,
        user_id,
        user_login,
        team_id,
        slug,
        load_id
    from source

)

select * from renamed
