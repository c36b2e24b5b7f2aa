with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

developers as (

    select * from {{ ref('int_accounts_known') }} where not is_bot

),

ranked as (

    -- A holder whom several scopes list: the enterprise's row, else the first organisation's.
    select
        seats.*,
        row_number() over (
            partition by seats.user_id, seats.snapshot_date
            order by
                case when seats.scope like 'enterprise:%' then 0 else 1 end,
                {{ in_bytes('seats.scope') }},
                seats.last_activity_at desc nulls last
        ) as scope_rank
    from {{ ref('stg_copilot__seats') }} as seats
    cross join nights
    where
        seats.snapshot_date <= nights.as_of_day
        and seats.user_id is not null

),

held as (

    select
        ranked.*,
        {{ developer_of('user_id') }} as holder_id
    from ranked
    where scope_rank = 1

)

select
    held.holder_id,
    developers.developer_id,
    held.user_login as login,
    held.snapshot_date,
    held.plan_type as plan,
    held.last_activity_at,
    held.pending_cancellation_date is not null as is_pending_cancellation
from held
left join developers
    on held.holder_id = developers.developer_id
where {{ is_shown('held.holder_id') }}
