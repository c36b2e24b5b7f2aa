with

badges as (

    select distinct badge_id from {{ ref('dim_badges') }}

),

members as (

    select * from {{ ref('dim_developers') }} where is_active

),

awards as (

    select developer_id, badge_id, awarded_on, status from {{ ref('fct_badge_awards') }}
    {% if is_night() -%}
    union all
    {{ published_elsewhere(
        'fct_badge_awards',
        ['developer_id', 'badge_id', 'awarded_on', 'status'],
        none,
        'awarded_on',
    ) }}
    {%- endif %}

),

held as (

    select
        awards.badge_id,
        count(distinct awards.developer_id) as holders,
        max(awards.awarded_on) as last_awarded_on
    from awards
    inner join members
        on awards.developer_id = members.developer_id
    where awards.status <> 'revoked'
    group by awards.badge_id

),

sized as (

    select count(*) as members from members

)

select
    badges.badge_id,
    cast(coalesce(held.holders, 0) as bigint) as holders,
    cast(sized.members as bigint) as members,
    case
        when sized.members > 0
            then {{ share('coalesce(held.holders, 0)', 'greatest(sized.members, 1)') }}
    end as holder_share,
    held.last_awarded_on
from badges
cross join sized
left join held
    on badges.badge_id = held.badge_id
