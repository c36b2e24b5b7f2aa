-- People of other sources, matched to a developer where their key is a login that GitHub knows.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

accounts as (

    select * from {{ ref('int_accounts_seen') }}

),

keys as (

    select 'snowflake' as source, person_key, key_kind, activity_date
    from {{ ref('stg_snowflake__metrics') }}
    union all
    select 'snowflake', person_key, key_kind, activity_date
    from {{ ref('stg_snowflake__challenge_attempts') }}
    union all
    select 'snowflake', person_key, key_kind, activity_date
    from {{ ref('stg_snowflake__leave') }}
    union all
    select 'file', person_key, key_kind, activity_date
    from {{ ref('stg_filedrop__adjustments') }}

),

distinct_keys as (

    select distinct keys.source, keys.person_key, keys.key_kind
    from keys
    cross join nights
    where keys.activity_date <= nights.as_of_day

),

logins as (

    -- A login that belonged to several accounts is the one's who was seen under it last.
    select
        lower(login) as login,
        developer_id,
        is_bot,
        row_number() over (
            partition by lower(login) order by last_seen_on desc, user_id
        ) as account_rank
    from accounts

)

select
    distinct_keys.source,
    distinct_keys.person_key,
    distinct_keys.key_kind,
    coalesce(
        logins.developer_id,
        ids.developer_id,
        distinct_keys.source || ':' || distinct_keys.person_key
    ) as subject_id,
    coalesce(logins.developer_id, ids.developer_id) is not null as is_matched,
    coalesce(logins.is_bot, ids.is_bot, false) as is_bot
from distinct_keys
left join logins
    on
        distinct_keys.key_kind = 'login'
        and lower(distinct_keys.person_key) = logins.login
        and logins.account_rank = 1
left join accounts as ids
    on
        distinct_keys.key_kind = 'github_user_id'
        and 'github:' || distinct_keys.person_key = ids.developer_id
        and ids.is_current_login
