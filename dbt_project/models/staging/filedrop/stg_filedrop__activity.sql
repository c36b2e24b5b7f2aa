with

source as (

    select * from {{ source('raw_filedrop', 'activity') }}

),

renamed as (

    select
        scope,
        activity_date,
        person_key,
        key_kind,
        metric,
        value,
        load_id
    from source

)

select * from renamed
