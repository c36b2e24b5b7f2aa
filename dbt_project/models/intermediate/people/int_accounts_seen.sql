-- Every GitHub account in any fact up to the as-of day, with the newest login it was seen under.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

bot_patterns as (

    select * from {{ ref('stg_rules__bot_patterns') }}

),

sightings as (

    -- A membership snapshot is the most reliable witness of a login on its day: rank 0.
    select user_id, login, type, snapshot_date as seen_on, 0 as witness_rank
    from {{ ref('stg_github__members') }}
    union all
    select user_id, login, cast(null as varchar) as type, snapshot_date, 1
    from {{ ref('stg_github__team_members') }}
    union all
    select user_id, login, null, snapshot_date, 1
    from {{ ref('stg_github__member_emails') }}
    union all
    select user_id, user_login, null, activity_date, 2
    from {{ ref('stg_copilot__user_days') }}
    union all
    select author_id, author_login, author_type, activity_date, 3
    from {{ ref('stg_github__pull_requests') }}
    union all
    select reviewer_id, reviewer_login, reviewer_type, activity_date, 4
    from {{ ref('stg_github__reviews') }}
    union all
    select assignee_id, assignee_login, assignee_type, activity_date, 5
    from {{ ref('stg_github__issues') }}
    union all
    select closer_id, closer_login, closer_type, activity_date, 5
    from {{ ref('stg_github__issues') }}

),

known_sightings as (

    select sightings.*
    from sightings
    cross join nights
    where
        sightings.user_id is not null
        and sightings.seen_on <= nights.as_of_day

),

summarised as (

    select
        user_id,
        login,
        max(seen_on) as last_seen_on,
        min(witness_rank) as witness_rank,
        max(case when type = 'Bot' or lower(login) like '%[bot]' then 1 else 0 end) as is_bot_flag
    from known_sightings
    group by user_id, login

),

matched_patterns as (

    select distinct summarised.user_id
    from summarised
    inner join bot_patterns
        on lower(summarised.login) like bot_patterns.like_pattern escape '!'

),

ranked as (

    select
        user_id,
        login,
        last_seen_on,
        row_number() over (
            partition by user_id order by last_seen_on desc, witness_rank, {{ in_bytes('login') }}
        ) as login_rank,
        max(is_bot_flag) over (partition by user_id) as is_bot_flag
    from summarised

)

select
    ranked.user_id,
    {{ developer_of('ranked.user_id') }} as developer_id,
    ranked.login,
    ranked.last_seen_on,
    ranked.login_rank = 1 as is_current_login,
    (ranked.is_bot_flag = 1 or matched_patterns.user_id is not null) as is_bot
from ranked
left join matched_patterns
    on ranked.user_id = matched_patterns.user_id
