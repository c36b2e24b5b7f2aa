-- One row per attempt of a developer or team, open ones too: what the facts and the record of
-- announced awards make of it together.
with

missions as (

    select * from {{ ref('stg_rules__missions') }}

),

decided as (

    select
        attempt_id,
        mission_id,
        version,
        developer_id,
        cast(null as varchar) as team_id,
        period_start,
        period_end,
        progress,
        target,
        score,
        status,
        decided_on,
        perfect_on
    from {{ ref('int_mission_attempts_decided') }}
    union all
    select
        attempt_id,
        mission_id,
        version,
        cast(null as varchar),
        team_id,
        period_start,
        period_end,
        progress,
        target,
        score,
        status,
        decided_on,
        perfect_on
    from {{ ref('int_team_attempts_decided') }}

),

paid as (

    -- All shares of an announced attempt have one outcome and day; so have all earned ones.
    select
        attempt_id,
        mission_id,
        version,
        team_id,
        case when team_id is null then min(developer_id) end as developer_id,
        period_start,
        min(status) as status,
        min(decided_on) as decided_on,
        min(perfect_on) as perfect_on,
        sum(xp_mission + xp_perfect) as xp_awarded,
        is_announced,
        is_kept
    from {{ ref('int_mission_shares_frozen') }}
    where not is_hidden
    group by attempt_id, mission_id, version, team_id, period_start, is_announced, is_kept

),

mission_attempts as (

    select
        coalesce(decided.attempt_id, paid.attempt_id) as attempt_id,
        coalesce(decided.mission_id, paid.mission_id) as mission_id,
        coalesce(decided.version, paid.version) as version,
        coalesce(decided.developer_id, paid.developer_id) as developer_id,
        coalesce(decided.team_id, paid.team_id) as team_id,
        coalesce(decided.period_start, paid.period_start) as period_start,
        decided.period_end,
        decided.progress,
        decided.target,
        decided.score,
        case when paid.is_kept then 'kept' else decided.status end as status,
        case
            when paid.is_announced then paid.status
            when decided.status in ('completed', 'passed') then decided.status
        end as announced_status,
        case when paid.is_announced then paid.decided_on else decided.decided_on end as decided_on,
        case when paid.is_announced then paid.perfect_on else decided.perfect_on end as perfect_on,
        coalesce(paid.xp_awarded, 0) as xp_awarded
    from decided
    full outer join paid
        on decided.attempt_id = paid.attempt_id

),

challenge_attempts as (

    select
        attempt_id,
        mission_id,
        version,
        developer_id,
        cast(null as varchar) as team_id,
        cast(null as date) as period_start,
        cast(null as date) as period_end,
        progress,
        cast(100 as numeric(18, 6)) as target,
        score,
        case when is_kept then 'kept' else status end as status,
        announced_status,
        decided_on,
        perfect_on,
        xp_awarded
    from {{ ref('int_challenge_attempts_frozen') }}

),

unioned as (

    select * from mission_attempts
    union all
    select * from challenge_attempts

),

ended as (

    select
        unioned.attempt_id,
        unioned.mission_id,
        unioned.version,
        unioned.developer_id,
        unioned.team_id,
        unioned.period_start,
        -- An announced attempt of a mission that is in the pack no more is over.
        coalesce(
            unioned.period_end,
            {{ period_end('missions.period', 'unioned.period_start') }},
            case when missions.mission_id is null then unioned.decided_on end
        ) as period_end,
        cast(coalesce(unioned.progress, 0) as numeric(18, 6)) as progress,
        cast(coalesce(unioned.target, missions.target) as numeric(18, 6)) as target,
        cast(coalesce(unioned.score, 0) as numeric(18, 4)) as score,
        cast(unioned.status as varchar) as status,
        cast(unioned.announced_status as varchar) as announced_status,
        unioned.decided_on,
        unioned.perfect_on,
        cast(unioned.xp_awarded as bigint) as xp_awarded
    from unioned
    left join missions
        on
            unioned.mission_id = missions.mission_id
            and unioned.version = missions.version

)

select ended.*
from ended
{% if is_night() -%}
left join {{ ref('int_developers_touched') }} as touched
    on
        ended.developer_id = touched.developer_id
        and coalesce(ended.period_end, {{ end_of_time() }}) >= touched.touched_from
left join (
    select min(date_day) as first_day from {{ ref('int_days_touched') }}
) as days
    on
        ended.team_id is not null
        and coalesce(ended.period_end, {{ end_of_time() }}) >= days.first_day
where
    touched.developer_id is not null
    or days.first_day is not null
{%- endif %}
