-- Each developer's one team over time: who is in several counts for the smallest, so that sums over
-- teams are sums over people. The first snapshot extends backwards, valid_to is inclusive.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

accounts as (

    select *
    from {{ ref('int_accounts_seen') }}
    where
        is_current_login
        and not is_bot

),

team_members as (

    select
        team_members.scope,
        team_members.snapshot_date,
        team_members.team_id,
        accounts.developer_id
    from {{ ref('stg_github__team_members') }} as team_members
    cross join nights
    inner join accounts
        on team_members.user_id = accounts.user_id
    where team_members.snapshot_date <= nights.as_of_day

),

first_days as (

    select min(date_day) as first_day from {{ ref('int_days_spined') }}

),

snapshots as (

    select
        scope,
        snapshot_date,
        row_number() over (partition by scope order by snapshot_date) as snapshot_no,
        lead(snapshot_date) over (partition by scope order by snapshot_date) as next_snapshot_date
    from {{ ref('int_snapshots_taken') }}
    where dataset = 'team_members'

),

sizes as (

    select
        scope,
        snapshot_date,
        team_id,
        count(*) as size
    from team_members
    group by scope, snapshot_date, team_id

),

ranked as (

    select
        team_members.developer_id,
        team_members.team_id,
        team_members.scope,
        team_members.snapshot_date,
        row_number() over (
            partition by team_members.scope, team_members.snapshot_date, team_members.developer_id
            order by sizes.size, team_members.team_id
        ) as team_rank
    from team_members
    inner join sizes
        on
            team_members.scope = sizes.scope
            and team_members.snapshot_date = sizes.snapshot_date
            and team_members.team_id = sizes.team_id

),

dated as (

    select
        ranked.developer_id,
        ranked.team_id,
        snapshots.snapshot_no,
        case
            when snapshots.snapshot_no = 1
                then least(first_days.first_day, ranked.snapshot_date)
            else ranked.snapshot_date
        end as valid_from,
        {{ add_days('snapshots.next_snapshot_date', -1) }} as valid_to,
        ranked.scope
    from ranked
    cross join first_days
    inner join snapshots
        on
            ranked.scope = snapshots.scope
            and ranked.snapshot_date = snapshots.snapshot_date
    where ranked.team_rank = 1

),

numbered as (

    -- Neighbouring snapshots with the same team are one membership.
    select
        dated.*,
        snapshot_no - row_number() over (
            partition by scope, developer_id, team_id order by snapshot_no
        ) as island
    from dated

),

merged as (

    select
        developer_id,
        team_id,
        scope,
        min(valid_from) as valid_from,
        case
            when max(case when valid_to is null then 1 else 0 end) = 0 then max(valid_to)
        end as valid_to
    from numbered
    group by developer_id, team_id, scope, island

),

one_scope as (

    -- In several organisations: the one of a membership that lasts, then the first by name.
    select
        merged.*,
        min(
            {{ in_bytes("(case when valid_to is null then '0' else '1' end || scope)") }}
        ) over (partition by developer_id) as chosen_scope
    from merged

)

select
    developer_id,
    cast('github:' || cast(team_id as varchar) as varchar) as team_id,
    valid_from,
    valid_to,
    valid_to is null as is_current
from one_scope
where scope = substr(chosen_scope, 2)
