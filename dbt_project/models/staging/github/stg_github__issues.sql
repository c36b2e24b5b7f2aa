with

source as (

    select * from {{ source('raw_github', 'issues') }}

),

renamed as (

    select
        scope,
        activity_date,
        node_id,
        repository,
        number,
        state_reason,
        closed_at,
        assignee_count,
        assignee_id,
        assignee_login,
        assignee_type,
        closer_id,
        closer_login,
        closer_type,
        load_id
    from source

)

select * from renamed
