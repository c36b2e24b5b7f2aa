with

source as (

    select * from {{ source('raw_rules', 'excluded_repositories') }}

),

renamed as (

    select
        repository
    from source

)

select * from renamed
