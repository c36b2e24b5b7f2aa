-- The company's own tables of people, each person's newest row, with the account that it leads to
-- (developer_id, null where none). is_stated: by an id, not by a login or an address alone.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

identity_map as (

    select * from {{ ref('int_identity_map_held') }}

),

owned_keys as (

    select * from {{ ref('int_account_keys_owned') }}

),

unioned as (
    {% set columns = [
        'scope', 'snapshot_date', 'person_key', 'key_kind', 'display_name', 'email', 'employee_id',
        'github_login', 'github_user_id',
    ] | join(', ') %}
    select 'file' as source, {{ columns }} from {{ ref('stg_filedrop__people') }}
    union all
    select 'snowflake', {{ columns }} from {{ ref('stg_snowflake__people') }}

),

known as (

    select unioned.*
    from unioned
    cross join nights
    where unioned.snapshot_date <= nights.as_of_day

),

newest_days as (

    -- Who is in the table no more keeps the last row: people who left keep their history.
    select
        source,
        scope,
        key_kind,
        person_key,
        max(snapshot_date) as snapshot_date
    from known
    group by source, scope, key_kind, person_key

),

newest as (

    select
        known.*,
        {{ match_key('known.key_kind', 'known.person_key') }} as match_key
    from known
    inner join newest_days
        on
            known.source = newest_days.source
            and known.scope = newest_days.scope
            and known.key_kind = newest_days.key_kind
            and known.person_key = newest_days.person_key
            and known.snapshot_date = newest_days.snapshot_date

),

completed as (

    -- The key itself says what its kind is.
    select
        source,
        snapshot_date,
        key_kind,
        match_key,
        key_kind in ('login', 'email') as is_folded,
        display_name,
        employee_id,
        coalesce(github_login, case key_kind when 'login' then person_key end) as github_login,
        lower(coalesce(email, case key_kind when 'email' then person_key end)) as email,
        coalesce(
            cast(github_user_id as varchar), {{ user_id_of('key_kind', 'person_key') }}
        ) as github_user_id
    from newest

)

select
    completed.source,
    completed.snapshot_date,
    completed.key_kind,
    completed.match_key,
    completed.display_name,
    completed.email,
    completed.employee_id,
    completed.github_login,
    coalesce(
        identity_map.developer_id,
        {{ developer_of('completed.github_user_id') }},
        logins.developer_id,
        emails.developer_id
    ) as developer_id,
    coalesce(identity_map.developer_id, completed.github_user_id) is not null as is_stated
from completed
left join identity_map
    on
        completed.source = identity_map.source
        and completed.is_folded = identity_map.is_folded
        and completed.match_key = identity_map.match_key
left join owned_keys as logins
    on
        logins.key_kind = 'login'
        and lower(completed.github_login) = logins.match_key
left join owned_keys as emails
    on
        emails.key_kind = 'email'
        and completed.email = emails.match_key
