with

source as (

    select * from {{ source('raw_copilot', 'seats') }}

),

renamed as (

    select
        scope,
        snapshot_date,
        user_id,
        user_login,
        plan_type,
        assigned_at,
        last_activity_at,
        last_activity_editor,
        pending_cancellation_date,
        load_id
    from source

)

select * from renamed
