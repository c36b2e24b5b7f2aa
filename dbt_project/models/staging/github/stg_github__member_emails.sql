with

source as (

    select * from {{ source('raw_github', 'member_emails') }}

),

renamed as (

    select
        scope,
        snapshot_date,
        user_id,
        login,
        email,
        load_id
    from source

)

select * from renamed
