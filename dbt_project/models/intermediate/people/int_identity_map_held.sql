-- The identity map in force, for the whole history: the newest snapshot of each file and extract.
-- One row per source, way of comparing (folded: without case) and key.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

unioned as (

    select 0 as map_rank, scope, snapshot_date, source, source_key, github_user_id
    from {{ ref('stg_filedrop__identity_map') }}
    union all
    select 1, scope, snapshot_date, source, source_key, github_user_id
    from {{ ref('stg_snowflake__identity_map') }}

),

known as (

    select
        unioned.*,
        max(unioned.snapshot_date) over (
            partition by unioned.map_rank, unioned.scope
        ) as newest_snapshot_date
    from unioned
    cross join nights
    where unioned.snapshot_date <= nights.as_of_day

),

held as (

    select
        map_rank,
        snapshot_date,
        case source when 'filedrop' then 'file' else source end as source,
        source_key,
        github_user_id
    from known
    where
        snapshot_date = newest_snapshot_date
        and github_user_id is not null

),

compared as (

    select held.*, false as is_folded, source_key as match_key from held
    union all
    select held.*, true, lower(source_key) from held

),

ranked as (

    -- Where maps disagree: the file's before Snowflake's, then the newest, then the smallest id.
    select
        compared.*,
        row_number() over (
            partition by source, is_folded, match_key
            order by map_rank, snapshot_date desc, github_user_id
        ) as row_rank
    from compared

)

select
    source,
    is_folded,
    match_key,
    {{ developer_of('github_user_id') }} as developer_id
from ranked
where row_rank = 1
