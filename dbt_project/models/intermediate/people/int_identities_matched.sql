-- Every key of a person in a fact of another source than GitHub, and whom it means. The first of
-- these that knows the key decides: the pseudonym of who was erased, the identity map, the key itself
-- where it is a GitHub user id, the company's people, then GitHub's logins and verified addresses.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

identity_map as (

    select * from {{ ref('int_identity_map_held') }}

),

people as (

    select * from {{ ref('int_people_listed') }} where developer_id is not null

),

owned_keys as (

    select * from {{ ref('int_account_keys_owned') }}

),

keys as (
    {% for source, model in [
        ('snowflake', 'stg_snowflake__metrics'),
        ('snowflake', 'stg_snowflake__challenge_attempts'),
        ('snowflake', 'stg_snowflake__leave'),
        ('file', 'stg_filedrop__activity'),
        ('file', 'stg_filedrop__challenge_attempts'),
        ('file', 'stg_filedrop__leave'),
        ('file', 'stg_filedrop__adjustments'),
        ('file', 'stg_filedrop__opt_outs'),
        ('file', 'stg_filedrop__opt_ins'),
    ] %}
    select '{{ source }}' as source, person_key, key_kind, activity_date
    from {{ ref(model) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

counted as (

    select
        keys.source,
        keys.person_key,
        keys.key_kind,
        min(keys.activity_date) as first_date,
        max(keys.activity_date) as last_date,
        count(*) as fact_count
    from keys
    cross join nights
    where keys.activity_date <= nights.as_of_day
    group by keys.source, keys.person_key, keys.key_kind

),

compared as (

    select
        counted.*,
        key_kind in ('login', 'email') as is_folded,
        {{ match_key('key_kind', 'person_key') }} as match_key
    from counted

),

people_keys as (

    -- A person's own key, address and number all name the account of the row.
    select key_kind, match_key, developer_id, is_stated from people
    union all
    select 'email', email, developer_id, is_stated from people where email is not null
    union all
    select 'employee_id', employee_id, developer_id, is_stated
    from people
    where employee_id is not null

),

people_matches as (

    -- Two accounts under one key: nobody, rather than the wrong one.
    select
        people_keys.key_kind,
        people_keys.match_key,
        case when count(distinct people_keys.developer_id) = 1 then min(people_keys.developer_id)
        end as developer_id
    from people_keys
    cross join nights
    where
        people_keys.key_kind <> 'email'
        or people_keys.is_stated
        or coalesce(nights.matches_emails, true)
    group by people_keys.key_kind, people_keys.match_key

),

matched as (

    select
        compared.*,
        case
            when compared.person_key like 'erased:%' then compared.person_key
            when identity_map.developer_id is not null then identity_map.developer_id
            when compared.key_kind = 'github_user_id'
                then {{ developer_of(user_id_of('compared.key_kind', 'compared.person_key')) }}
            when people_matches.match_key is not null then people_matches.developer_id
            else owned_keys.developer_id
        end as developer_id,
        case
            when compared.person_key like 'erased:%' then 'erased'
            when identity_map.developer_id is not null then 'identity_map'
            when compared.key_kind = 'github_user_id' then 'github_user_id'
            when people_matches.match_key is not null then 'people'
            else compared.key_kind
        end as matched_by
    from compared
    left join identity_map
        on
            compared.source = identity_map.source
            and compared.is_folded = identity_map.is_folded
            and compared.match_key = identity_map.match_key
    left join people_matches
        on
            compared.key_kind = people_matches.key_kind
            and compared.match_key = people_matches.match_key
    left join owned_keys
        on
            compared.key_kind = owned_keys.key_kind
            and compared.match_key = owned_keys.match_key

)

select
    source,
    person_key,
    key_kind,
    coalesce(developer_id, source || ':' || person_key) as subject_id,
    developer_id is not null as is_matched,
    matched_by,
    first_date,
    last_date,
    fact_count
from matched
