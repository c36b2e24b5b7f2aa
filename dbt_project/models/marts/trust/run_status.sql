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
        nights.rules_problem,
        case
            when pending.first_day is not null
                then
                    'waiting for ' || pending.sources
                    || ' since ' || cast(pending.first_day as varchar)
        end as sources_problem
    from nights
    cross join pending

)

select
    through.run_id as last_good_run,
    through.as_of_day,
    through.complete_through,
    least(through.complete_through, through.last_settled_day) as final_through,
    cast(quarantine.row_count as bigint) as quarantined_rows,
    cast(
        coalesce(
            through.sources_problem || '; ' || through.rules_problem,
            through.sources_problem,
            through.rules_problem
        ) as varchar
    ) as problems,
    packs.pack_hash,
    packs.time_zone
from through
cross join quarantine
cross join packs
