with

source as (

    select * from {{ source('raw_filedrop', 'opt_outs') }}

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
