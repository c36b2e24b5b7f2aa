-- One Copilot row per user and day: the one that counts.
{{ config(materialized='view') }}

with

copilot_days as (

    select * from {{ ref('int_copilot_days_ranked') }}

)

select
    scope,
    activity_date,
    user_id,
    subject_id,
    interactions,
    generations,
    acceptances,
    lines_suggested,
    lines_added,
    is_active,
    load_id
from copilot_days
where scope_rank = 1
