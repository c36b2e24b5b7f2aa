with

source as (

    select * from {{ source('raw_github', 'pull_requests') }}

),

renamed as (

    select
        scope,
        activity_date,
        node_id,
        repository,
        number,
        author_id,
        author_login,
        author_type,
        merged_at,
        additions,
        deletions,
        changed_files,
        load_id
    from source

)

select * from renamed
