with

source as (

    select * from {{ source('raw_github', 'members') }}

),

renamed as (

    select
        scope,
        snapshot_date,
        user_id,
        login,
        type,
        load_id
    from source

)

select * from renamed
