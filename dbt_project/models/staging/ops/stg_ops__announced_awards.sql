with

source as (

    select * from {{ source('ops', 'announced_awards') }}

),

renamed as (

    select
        kind,
        developer_id,
        reference_id,
        season,
        mission_id,
        version,
        team_id,
        period_start,
        status,
        decided_on,
        xp,
        xp_perfect,
        perfect_on
    from source

)

select * from renamed
