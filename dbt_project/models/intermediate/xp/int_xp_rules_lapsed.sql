-- The days on which a rule has versions but none that holds, with the nearest: the one that ended
-- last, and before the first one the first. Versions of a rule do not overlap.
{{ config(materialized='view') }}

with

xp_rules as (

    select * from {{ ref('stg_rules__xp_rules') }}

),

ordered as (

    select
        xp_rules.*,
        row_number() over (partition by rule_id order by valid_from) as version_rank,
        lead(valid_from) over (partition by rule_id order by valid_from) as next_valid_from
    from xp_rules

),

gaps as (

    select
        rule_id,
        version,
        metric,
        points,
        per,
        {{ beginning_of_time() }} as lapsed_from,
        {{ add_days('valid_from', -1) }} as lapsed_to
    from ordered
    where version_rank = 1
    union all
    select
        rule_id,
        version,
        metric,
        points,
        per,
        {{ add_days('valid_to', 1) }},
        coalesce({{ add_days('next_valid_from', -1) }}, {{ end_of_time() }})
    from ordered
    where valid_to < {{ end_of_time() }}

)

select
    rule_id,
    version,
    metric,
    points,
    per,
    lapsed_from,
    lapsed_to
from gaps
where lapsed_from <= lapsed_to
