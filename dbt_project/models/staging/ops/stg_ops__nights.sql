with

source as (

    select * from {{ source('ops', 'nights') }}

),

renamed as (

    select
        as_of_day,
        run_id,
        restatement_days,
        matches_logins,
        matches_emails,
        min_team_size,
        visibility,
        rules_problem,
        sources_problem
    from source

)

select * from renamed
