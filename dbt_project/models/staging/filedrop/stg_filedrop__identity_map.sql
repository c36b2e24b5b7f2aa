with

source as (

    select * from {{ source('raw_filedrop', 'identity_map') }}

),

renamed as (

    select
        scope,
        snapshot_date,
        source,
        source_key,
        github_user_id,
        load_id
    from source

)

select * from renamed
