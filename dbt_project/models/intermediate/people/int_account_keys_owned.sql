-- What GitHub itself says of who owns a login or a verified e-mail address, as far as the settings
-- allow to match by it. One row per kind and key; an address of two accounts is nobody's.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

accounts as (

    select * from {{ ref('int_accounts_seen') }}

),

listed_emails as (

    select
        lower(member_emails.email) as email,
        member_emails.user_id,
        member_emails.snapshot_date
    from {{ ref('stg_github__member_emails') }} as member_emails
    cross join nights
    where member_emails.snapshot_date <= nights.as_of_day

),

ranked_logins as (

    -- A login that belonged to several accounts is the one's who was seen under it last.
    select
        lower(login) as login,
        developer_id,
        row_number() over (
            partition by lower(login) order by last_seen_on desc, user_id
        ) as account_rank
    from accounts

),

last_listings as (

    -- Who left the organisation keeps the address, until somebody else is listed with it.
    select
        email,
        max(snapshot_date) as snapshot_date
    from listed_emails
    group by email

),

owned_emails as (

    select
        listed_emails.email,
        min(listed_emails.user_id) as user_id
    from listed_emails
    inner join last_listings
        on
            listed_emails.email = last_listings.email
            and listed_emails.snapshot_date = last_listings.snapshot_date
    group by listed_emails.email
    having count(distinct listed_emails.user_id) = 1

)

select
    cast('login' as varchar) as key_kind,
    ranked_logins.login as match_key,
    ranked_logins.developer_id
from ranked_logins
cross join nights
where
    ranked_logins.account_rank = 1
    and coalesce(nights.matches_logins, true)
union all
select
    cast('email' as varchar),
    owned_emails.email,
    {{ developer_of('owned_emails.user_id') }}
from owned_emails
cross join nights
where coalesce(nights.matches_emails, true)
