-- One row per account of the game: whom GitHub showed, and whom the company or the record of
-- announced awards names by an id that GitHub has not shown.
with

accounts as (

    select * from {{ ref('int_accounts_seen') }} where is_current_login

),

identities as (

    select * from {{ ref('int_identities_matched') }} where is_matched

),

announced_awards as (

    select * from {{ ref('stg_ops__announced_awards') }}

),

people as (

    select
        people.*,
        case source when 'file' then 0 else 1 end as source_rank
    from {{ ref('int_people_listed') }} as people
    where developer_id is not null

),

bot_patterns as (

    select * from {{ ref('stg_rules__bot_patterns') }}

),
{% for column in ['display_name', 'github_login'] %}
{{ column }}s as (

    select
        developer_id,
        {{ column }},
        row_number() over (
            partition by developer_id
            order by source_rank, snapshot_date desc, {{ in_bytes(column) }}
        ) as row_rank
    from people
    where {{ column }} is not null

),
{% endfor %}
unseen as (

    select named_by_id.developer_id
    from (
        select subject_id as developer_id from identities
        union
        select developer_id from announced_awards
    ) as named_by_id
    left join accounts
        on named_by_id.developer_id = accounts.developer_id
    where accounts.developer_id is null

),

named as (

    select
        unseen.developer_id,
        coalesce(
            github_logins.github_login, replace(unseen.developer_id, 'github:', '')
        ) as login
    from unseen
    left join github_logins
        on
            unseen.developer_id = github_logins.developer_id
            and github_logins.row_rank = 1

),

judged as (

    select
        named.developer_id,
        named.login,
        max(
            case
                when lower(named.login) like '%[bot]' or bot_patterns.pattern is not null then 1
                else 0
            end
        ) = 1 as is_bot
    from named
    left join bot_patterns
        on lower(named.login) like bot_patterns.like_pattern escape '!'
    group by named.developer_id, named.login

),

unioned as (

    select developer_id, login, is_bot from accounts
    union all
    select developer_id, login, is_bot from judged

)

select
    unioned.developer_id,
    unioned.login,
    coalesce(display_names.display_name, unioned.login) as display_name,
    unioned.is_bot
from unioned
left join display_names
    on
        unioned.developer_id = display_names.developer_id
        and display_names.row_rank = 1
