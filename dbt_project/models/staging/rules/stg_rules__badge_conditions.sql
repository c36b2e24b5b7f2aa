with

source as (

    select * from {{ source('raw_rules', 'badge_conditions') }}

),

renamed as (

    select
        badge_id,
        version,
        condition_index,
        type,
        metric,
        target,
        window_days,
        status,
        mission_id
    from source

)

select * from renamed
