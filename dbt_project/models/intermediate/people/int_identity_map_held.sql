-- The identity map in force, for the whole history: the newest snapshot of each file and extract.
-- One row per source, way of comparing (folded: without case) and key.
with

unioned as (

    select 0 as map_rank, 'filedrop' as raw_source, scope, snapshot_date, source, source_key, github_user_id
    from {{ ref('stg_filedrop__identity_map') }}
    union all
    select 1, 'snowflake', scope, snapshot_date, source, source_key, github_user_id
    from {{ ref('stg_snowflake__identity_map') }}

),

newest as (

    select
        source as raw_source,
        scope,
        max(snapshot_date) as snapshot_date
    from {{ ref('int_snapshots_taken') }}
    where dataset = 'identity_map'
    group by source, scope

),

held as (

    select
        unioned.map_rank,
        unioned.snapshot_date,
        case unioned.source when 'filedrop' then 'file' else unioned.source end as source,
        unioned.source_key,
        unioned.github_user_id
    from unioned
    inner join newest
        on
            unioned.raw_source = newest.raw_source
            and unioned.scope = newest.scope
            and unioned.snapshot_date = newest.snapshot_date
    where unioned.github_user_id is not null

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
