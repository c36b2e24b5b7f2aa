-- The state of each (source, scope, day): complete only when every dataset of it is.
-- Days that no night has asked for yet are pending while the game could still wait for them.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

packs as (

    select * from {{ ref('stg_rules__packs') }}

),

sources as (

    select * from {{ ref('stg_ops__sources') }}

),

source_days as (

    select * from {{ ref('stg_ops__source_days') }}

),

numbers as (
    {% for n in range(61) %}
    select {{ n }} as n {{ "union all" if not loop.last }}
    {%- endfor %}

),

awaited_days as (

    select
        sources.source,
        sources.dataset,
        sources.scope,
        {{ add_days('nights.as_of_day', '-1 * numbers.n') }} as activity_date
    from sources
    cross join nights
    cross join packs
    inner join numbers
        on numbers.n < packs.max_pending_days
    where
        sources.history_from is null
        or {{ add_days('nights.as_of_day', '-1 * numbers.n') }} >= sources.history_from

),

dataset_days as (

    select
        source_days.source,
        source_days.dataset,
        source_days.scope,
        source_days.activity_date
    from source_days
    inner join sources
        on
            source_days.source = sources.source
            and source_days.dataset = sources.dataset
            and source_days.scope = sources.scope
    cross join nights
    where source_days.activity_date <= nights.as_of_day
    union
    select source, dataset, scope, activity_date from awaited_days

),

scope_days as (

    select
        dataset_days.source,
        dataset_days.scope,
        dataset_days.activity_date,
        min(case when source_days.is_complete then 1 else 0 end) = 1 as is_complete,
        sum(coalesce(source_days.row_count, 0)) as row_count,
        max(source_days.loaded_at) as last_loaded_at,
        sum(coalesce(source_days.load_count, 0)) as load_count,
        md5(
            {{ dbt.listagg(
                "dataset_days.dataset || coalesce(source_days.content_hash, '')",
                "','",
                "order by dataset_days.dataset"
            ) }}
        ) as content_hash
    from dataset_days
    left join source_days
        on
            dataset_days.source = source_days.source
            and dataset_days.dataset = source_days.dataset
            and dataset_days.scope = source_days.scope
            and dataset_days.activity_date = source_days.activity_date
    group by dataset_days.source, dataset_days.scope, dataset_days.activity_date

)

select
    scope_days.source,
    scope_days.scope,
    scope_days.activity_date,
    scope_days.is_complete,
    case
        when not scope_days.is_complete then 'pending'
        when
            {{ days_between('scope_days.activity_date', 'nights.as_of_day') }}
            >= nights.restatement_days
            then 'final'
        else 'provisional'
    end as state,
    scope_days.is_complete = false
    and {{ days_between('scope_days.activity_date', 'nights.as_of_day') }} < packs.max_pending_days
        as is_awaited,
    scope_days.row_count,
    scope_days.last_loaded_at,
    scope_days.load_count,
    scope_days.content_hash
from scope_days
cross join nights
cross join packs
