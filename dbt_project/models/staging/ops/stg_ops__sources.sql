with

source as (

    select * from {{ source('ops', 'sources') }}

),

renamed as (

    select
        source,
        dataset,
        scope,
        history_from
    from source

)

select * from renamed
