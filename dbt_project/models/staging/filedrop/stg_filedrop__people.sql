with

source as (

    select * from {{ source('raw_filedrop', 'people') }}

),

renamed as (

    select
        scope,
        snapshot_date,
        person_key,
        key_kind,
        display_name,
        email,
        employee_id,
        github_login,
        github_user_id,
        load_id
    from source

)

select * from renamed
