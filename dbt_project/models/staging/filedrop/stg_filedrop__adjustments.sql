with

source as (

    select * from {{ source('raw_filedrop', 'adjustments') }}

),

renamed as (

    select
        scope,
        activity_date,
        adjustment_id,
        person_key,
        key_kind,
        xp,
        reason_text,
        requested_by,
        approved_by,
        badge_id,
        season,
        load_id
    from source

)

select * from renamed
