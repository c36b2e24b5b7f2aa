-- One row per account that was ever in a membership snapshot: since when, and still a member or gone
-- since when. Who is in a scope's first snapshot was there before.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

members as (

    select members.*
    from {{ ref('stg_github__members') }} as members
    cross join nights
    where members.snapshot_date <= nights.as_of_day

),

snapshots as (

    select
        scope,
        snapshot_date,
        lead(snapshot_date) over (partition by scope order by snapshot_date) as next_snapshot_date,
        min(snapshot_date) over (partition by scope) as first_snapshot_date
    from {{ ref('int_snapshots_taken') }}
    where dataset = 'members'

),

last_memberships as (

    select
        members.scope,
        members.user_id,
        min(members.snapshot_date) as joined_on,
        max(members.snapshot_date) as snapshot_date
    from members
    group by members.scope, members.user_id

),

dated as (

    -- Who is missing from the next snapshot left on the day before it. Who was erased has left, and
    -- is missing from the next one that is taken.
    select
        last_memberships.user_id,
        case
            when last_memberships.joined_on > snapshots.first_snapshot_date
                then last_memberships.joined_on
        end as joined_on,
        snapshots.next_snapshot_date is null and last_memberships.user_id > 0 as is_member,
        coalesce({{ add_days('snapshots.next_snapshot_date', -1) }}, nights.as_of_day) as left_on
    from last_memberships
    cross join nights
    inner join snapshots
        on
            last_memberships.scope = snapshots.scope
            and last_memberships.snapshot_date = snapshots.snapshot_date

)

select
    user_id,
    {{ developer_of('user_id') }} as developer_id,
    case when count(joined_on) = count(*) then min(joined_on) end as joined_on,
    max(case when is_member then 1 else 0 end) = 1 as is_member,
    case when max(case when is_member then 1 else 0 end) = 0 then max(left_on) end as left_on
from dated
group by user_id
