with

source as (

    select * from {{ source('raw_rules', 'packs') }}

),

renamed as (

    select
        pack_name,
        pack_hash,
        level_curve,
        daily_activity_cap,
        xp_requires_pass,
        time_zone,
        freezes_start,
        freezes_cap,
        freezes_refill_every,
        streak_bonus_per_day,
        streak_bonus_cap,
        max_pending_days
    from source

)

select * from renamed
