with

source as (

    select * from {{ source('ops', 'unpublished_changes') }}

),

renamed as (

    select
        source,
        dataset,
        scope,
        activity_date
    from source

)

select * from renamed
