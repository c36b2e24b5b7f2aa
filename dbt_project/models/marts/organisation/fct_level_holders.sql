with

packs as (

    select * from {{ ref('stg_rules__packs') }}

),

levels as (

    select
        levels.level,
        levels.title,
        levels.total_xp_required,
        lead(levels.total_xp_required) over (order by levels.level) as next_level_total_xp
    from {{ ref('levels') }} as levels
    inner join packs
        on levels.curve = packs.level_curve

),

members as (

    select * from {{ ref('dim_developers') }} where is_active

),

totals as (

    select developer_id, total_xp from {{ ref('state_totals') }}
    {% if is_night() -%}
    union all
    select
        published.developer_id,
        published.total_xp
    from {{ prior('state_totals') }} as published
    left join {{ ref('int_developers_touched') }} as computed
        on published.developer_id = computed.developer_id
    where computed.developer_id is null
    {%- endif %}

),

standing as (

    select greatest(coalesce(totals.total_xp, 0), 0) as total_xp
    from members
    left join totals
        on members.developer_id = totals.developer_id

)

select
    cast(levels.level as integer) as level,
    cast(levels.title as varchar) as title,
    cast(count(*) as bigint) as holders
from standing
inner join levels
    on
        standing.total_xp >= levels.total_xp_required
        and standing.total_xp < coalesce(levels.next_level_total_xp, 9223372036854775807)
group by levels.level, levels.title
