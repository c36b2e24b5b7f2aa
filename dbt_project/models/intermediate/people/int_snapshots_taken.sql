-- Every snapshot up to the as-of day, empty ones too: whoever the next one lacks has gone.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

taken as (

    select source, dataset, scope, activity_date as snapshot_date
    from {{ ref('stg_ops__source_days') }}
    where
        is_complete
        and dataset in ('members', 'team_members', 'identity_map')
    union all
    select 'github', 'members', scope, snapshot_date
    from {{ ref('stg_github__members') }}
    union all
    select 'github', 'team_members', scope, snapshot_date
    from {{ ref('stg_github__team_members') }}
    union all
    select 'filedrop', 'identity_map', scope, snapshot_date
    from {{ ref('stg_filedrop__identity_map') }}
    union all
    select 'snowflake', 'identity_map', scope, snapshot_date
    from {{ ref('stg_snowflake__identity_map') }}

)

select distinct
    taken.source,
    taken.dataset,
    taken.scope,
    taken.snapshot_date
from taken
cross join nights
where taken.snapshot_date <= nights.as_of_day
