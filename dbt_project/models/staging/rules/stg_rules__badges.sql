with

source as (

    select * from {{ source('raw_rules', 'badges') }}

),

renamed as (

    select
        badge_id,
        version,
        name,
        description,
        category,
        rarity,
        xp_reward,
        icon,
        condition,
        repeat,
        valid_from,
        valid_to
    from source

)

select * from renamed
