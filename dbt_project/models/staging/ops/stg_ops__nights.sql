with

source as (

    select * from {{ source('ops', 'nights') }}

),

renamed as (

    select
        as_of_day,
        run_id,
        restatement_days
    from source

)

select * from renamed
