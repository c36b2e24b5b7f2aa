with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

packs as (

    select * from {{ ref('stg_rules__packs') }}

),

judged as (

    select * from {{ ref('int_source_days_judged') }}

),

quarantine as (

    select count(*) as row_count from {{ source('ops', 'quarantine') }}

),

held as (

    select
        min(first_day) as first_day,
        {{ dbt.listagg(
            "source || ' since ' || cast(first_day as varchar)", "', '", "order by source"
        ) }} as sources
    from (
        select source, min(activity_date) as first_day
        from {{ source('ops', 'held_days') }}
        group by source
    ) as first_held

),

pending as (

    -- Only days that the game still waits for: older gaps count as they are.
    select
        min(activity_date) as first_day,
        {{ dbt.listagg("source", "', '", "order by source") }} as sources
    from (
        select source, min(activity_date) as activity_date
        from judged
        where is_awaited
        group by source
    ) as first_awaited

),

through as (

    select
        nights.run_id,
        nights.as_of_day,
        coalesce({{ add_days('pending.first_day', -1) }}, nights.as_of_day) as complete_through,
        {{ add_days('nights.as_of_day', '-1 * nights.restatement_days') }} as last_settled_day,
        packs.pack_hash,
        packs.time_zone
    from nights
    cross join packs
    cross join pending

),

said as (

    select
        1 as place,
        case
            when first_day is not null
                then 'waiting for ' || sources || ' since ' || cast(first_day as varchar)
        end as problem
    from pending
    union all
    select
        2 as place,
        case
            when first_day is not null
                then 'shown as it was, because a new reading looks wrong: ' || sources
        end as problem
    from held
    union all
    select
        3 as place,
        sources_problem as problem
    from nights
    union all
    select
        4 as place,
        rules_problem as problem
    from nights

),

problems as (

    -- Of no rows Snowflake makes an empty text, the others make null.
    select nullif({{ dbt.listagg("problem", "'; '", "order by place") }}, '') as problems
    from said
    where problem is not null

)

select
    through.run_id as last_good_run,
    through.as_of_day,
    through.complete_through,
    least(through.complete_through, through.last_settled_day) as final_through,
    cast(quarantine.row_count as bigint) as quarantined_rows,
    cast(problems.problems as varchar) as problems,
    through.pack_hash,
    through.time_zone
from through
cross join quarantine
cross join problems
