with

source as (

    select * from {{ source('raw_rules', 'qualifying_metrics') }}

),

renamed as (

    select
        metric
    from source

)

select * from renamed
