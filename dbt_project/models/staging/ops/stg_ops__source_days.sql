with

source as (

    select * from {{ source('ops', 'source_days') }}

),

renamed as (

    select
        source,
        dataset,
        scope,
        activity_date,
        is_complete,
        reason,
        row_count,
        content_hash,
        load_id,
        loaded_at,
        load_count
    from source

)

select * from renamed
