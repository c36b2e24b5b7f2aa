with

source as (

    select * from {{ source('raw_github', 'reviews') }}

),

renamed as (

    select
        scope,
        activity_date,
        node_id,
        pull_request_node_id,
        repository,
        pull_request_number,
        pull_request_author_id,
        pull_request_author_login,
        reviewer_id,
        reviewer_login,
        reviewer_type,
        state,
        submitted_at,
        load_id
    from source

)

select * from renamed
