-- Each developer's one team over time: who is in several counts for the smallest, and who is in
-- several organisations for the first by name, so that sums over teams are sums over people. The
-- first snapshot extends backwards, valid_to is inclusive.
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

snapshots as (

    select
        scope,
        snapshot_date,
        row_number() over (partition by scope order by snapshot_date) as snapshot_no,
        lead(snapshot_date) over (partition by scope order by snapshot_date) as next_snapshot_date
    from {{ ref('int_snapshots_taken') }}
    where dataset = 'team_members'

),

first_days as (

    select least(min(days.date_day), min(snapshots.snapshot_date)) as first_day
    from {{ ref('int_days_spined') }} as days
    left join snapshots
        on 1 = 1

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
            when snapshots.snapshot_no = 1 then first_days.first_day
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

of_scopes as (

    select
        developer_id,
        team_id,
        scope,
        min(valid_from) as valid_from,
        case
            when max(case when valid_to is null then 1 else 0 end) = 1 then {{ end_of_time() }}
            else max(valid_to)
        end as valid_to
    from numbered
    group by developer_id, team_id, scope, island

),

turns as (

    select developer_id, valid_from as turn_date from of_scopes
    union
    select developer_id, {{ add_days('valid_to', 1) }}
    from of_scopes
    where valid_to < {{ end_of_time() }}

),

stretches as (

    select
        developer_id,
        turn_date as valid_from,
        coalesce(
            {{ add_days('lead(turn_date) over (partition by developer_id order by turn_date)', -1) }},
            {{ end_of_time() }}
        ) as valid_to,
        row_number() over (partition by developer_id order by turn_date) as stretch_no
    from turns

),

chosen as (

    select
        stretches.developer_id,
        stretches.valid_from,
        stretches.valid_to,
        stretches.stretch_no,
        of_scopes.team_id,
        row_number() over (
            partition by stretches.developer_id, stretches.stretch_no
            order by {{ in_bytes('of_scopes.scope') }}
        ) as scope_rank
    from stretches
    inner join of_scopes
        on
            stretches.developer_id = of_scopes.developer_id
            and stretches.valid_from >= of_scopes.valid_from
            and stretches.valid_from <= of_scopes.valid_to

),

joined as (

    -- Neighbouring stretches in the same team are one membership.
    select
        chosen.*,
        stretch_no - row_number() over (
            partition by developer_id, team_id order by stretch_no
        ) as island
    from chosen
    where scope_rank = 1

)

select
    developer_id,
    cast('github:' || cast(team_id as varchar) as varchar) as team_id,
    min(valid_from) as valid_from,
    case when max(valid_to) < {{ end_of_time() }} then max(valid_to) end as valid_to,
    max(valid_to) = {{ end_of_time() }} as is_current
from joined
group by developer_id, team_id, island
