with

source as (

    select * from {{ source('raw_github', 'teams') }}

),

renamed as (

    select
        scope,
        snapshot_date,
        team_id,
        slug,
        name,
        parent_team_id,
        load_id
    from source

)

select * from renamed
