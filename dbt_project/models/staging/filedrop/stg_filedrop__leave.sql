with

source as (

    select * from {{ source('raw_filedrop', 'leave') }}

),

renamed as (

    select
        scope,
        activity_date,
        person_key,
        key_kind,
        load_id
    from source

)

select * from renamed
