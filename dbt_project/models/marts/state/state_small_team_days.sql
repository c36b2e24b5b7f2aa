-- The fewest first: where those below the limit are together fewer than it, their sum would be told
-- by all the others', so that the next smallest is left out with them.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

team_days as (

    select * from {{ ref('fct_team_days') }}

),

ordered as (

    select
        team_id,
        activity_date,
        active_members,
        coalesce(sum(active_members) over (
            partition by activity_date
            order by active_members, team_id
            rows between unbounded preceding and 1 preceding
        ), 0) as active_before
    from team_days

)

select
    ordered.team_id,
    ordered.activity_date
from ordered
cross join nights
where
    ordered.active_members < coalesce(nights.min_team_size, 5)
    or (
        ordered.active_before > 0
        and ordered.active_before < coalesce(nights.min_team_size, 5)
    )
