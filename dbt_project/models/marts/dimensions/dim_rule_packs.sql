with

packs as (

    select * from {{ ref('stg_rules__packs') }}

)

select
    cast(pack_name as varchar) as pack_name,
    cast(pack_hash as varchar) as pack_hash,
    cast(level_curve as varchar) as level_curve,
    cast(daily_activity_cap as bigint) as daily_activity_cap,
    xp_requires_pass,
    cast(time_zone as varchar) as time_zone,
    cast(freezes_start as bigint) as freezes_start,
    cast(freezes_cap as bigint) as freezes_cap,
    cast(freezes_refill_every as bigint) as freezes_refill_every,
    cast(streak_bonus_per_day as bigint) as streak_bonus_per_day,
    cast(streak_bonus_cap as bigint) as streak_bonus_cap,
    cast(max_pending_days as bigint) as max_pending_days
from packs
