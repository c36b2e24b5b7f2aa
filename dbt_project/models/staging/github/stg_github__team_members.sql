with

source as (

    select * from {{ source('raw_github', 'team_members') }}

),

renamed as (

    select
        scope,
        snapshot_date,
        team_id,
        user_id,
        login,
        load_id
    from source

)

select * from renamed
