-- Who stands on boards, and whether they stood there when last published.
with

members as (

    select * from {{ ref('int_members_tracked') }} where is_member

),

accounts as (

    select *
    from {{ ref('int_accounts_known') }}
    where
        not is_bot
        and {{ is_shown('developer_id') }}

),

ranked as (

    select accounts.developer_id
    from accounts
    inner join members
        on accounts.developer_id = members.developer_id

)
{% if is_night() -%}
,

ranked_before as (

    select developers.developer_id
    from {{ prior('dim_developers') }} as developers
    left join {{ prior('state_opted_out') }} as opted_out
        on developers.developer_id = opted_out.developer_id
    where
        developers.is_active
        and opted_out.developer_id is null

)

select
    coalesce(ranked.developer_id, ranked_before.developer_id) as developer_id,
    ranked.developer_id is not null as is_ranked,
    ranked_before.developer_id is not null as was_ranked
from ranked
full outer join ranked_before
    on ranked.developer_id = ranked_before.developer_id
{%- else %}
select
    developer_id,
    true as is_ranked,
    true as was_ranked
from ranked
{%- endif %}
