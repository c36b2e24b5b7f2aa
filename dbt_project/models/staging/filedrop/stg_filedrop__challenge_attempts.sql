with

source as (

    select * from {{ source('raw_filedrop', 'challenge_attempts') }}

),

renamed as (

    select
        scope,
        activity_date,
        person_key,
        key_kind,
        challenge_id,
        score,
        submitted_at,
        load_id
    from source

)

select * from renamed
