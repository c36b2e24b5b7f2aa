{{ config(materialized='view') }}

-- Names tables of marts alone, by ref and without macros: publication writes it again over what is
-- published. Tables are read where they are joined, not imported first: an engine that keeps such
-- an import would hold the whole ledger to answer for one row.
with

metric_rows as (

    -- Which source rows a metric is counted from: one Copilot day for all of Copilot's metrics.
    select
        metric,
        is_qualifying,
        case source when 'copilot' then 'copilot.*' else metric end as counts_for,
        0 as is_of_colleagues
    from {{ ref('dim_metrics') }}
    where metric not in ('github.repositories_active', 'github.colleagues_reviewed')
    union all
    select metric, is_qualifying, 'github.reviews_given', 1
    from {{ ref('dim_metrics') }}
    where metric = 'github.colleagues_reviewed'
    union all
    select metric, is_qualifying, 'github.reviews_given', 0
    from {{ ref('dim_metrics') }}
    where metric = 'github.repositories_active'
    union all
    select metric, is_qualifying, 'github.pull_requests_merged', 0
    from {{ ref('dim_metrics') }}
    where metric = 'github.repositories_active'
    union all
    select metric, is_qualifying, 'github.issues_closed', 0
    from {{ ref('dim_metrics') }}
    where metric = 'github.repositories_active'

),

qualifying_rows as (

    select
        counts_for,
        min(is_of_colleagues) as is_of_colleagues
    from metric_rows
    where is_qualifying
    group by counts_for

),

mission_rows as (

    select
        missions.mission_id,
        missions.version,
        missions.valid_from,
        missions.valid_to,
        missions.badge_id,
        case missions.kind
            when 'challenge' then 'challenge:' || missions.mission_id
            else metric_rows.counts_for
        end as counts_for,
        coalesce(metric_rows.is_of_colleagues, 0) as is_of_colleagues
    from {{ ref('dim_missions') }} as missions
    left join metric_rows
        on missions.metric = metric_rows.metric

),

condition_rows as (

    select
        conditions.badge_id,
        conditions.version,
        metric_rows.counts_for,
        metric_rows.is_of_colleagues
    from {{ ref('dim_badge_conditions') }} as conditions
    inner join metric_rows
        on conditions.metric = metric_rows.metric
    union all
    select
        conditions.badge_id,
        conditions.version,
        qualifying_rows.counts_for,
        qualifying_rows.is_of_colleagues
    from {{ ref('dim_badge_conditions') }} as conditions
    inner join qualifying_rows
        on conditions.type = 'consecutive_days'
    union all
    select conditions.badge_id, conditions.version, metric_rows.counts_for, 0
    from {{ ref('dim_badge_conditions') }} as conditions
    inner join metric_rows
        on
            conditions.type = 'distinct_days'
            and conditions.metric is null
    union all
    -- XP come from any row.
    select conditions.badge_id, conditions.version, cast(null as varchar), 0
    from {{ ref('dim_badge_conditions') }} as conditions
    where conditions.type = 'xp'

)

-- Activity: what the rule's metric was counted from that day.
select
    ledger.ledger_id,
    ledger.developer_id,
    ledger.activity_date,
    source_rows.source,
    source_rows.dataset,
    source_rows.source_key,
    source_rows.load_id,
    source_rows.activity_date as source_date,
    source_rows.counts_for,
    source_rows.label,
    source_rows.value
from {{ ref('fct_xp_ledger') }} as ledger
inner join {{ ref('dim_xp_rules') }} as rules
    on
        ledger.reference_id = rules.rule_id
        and ledger.rule_version = rules.version
inner join metric_rows
    on rules.metric = metric_rows.metric
inner join {{ ref('fct_source_rows') }} as source_rows
    on
        ledger.developer_id = source_rows.developer_id
        and ledger.activity_date = source_rows.activity_date
        and metric_rows.counts_for = source_rows.counts_for
        and (metric_rows.is_of_colleagues = 0 or source_rows.colleague_id is not null)
where ledger.reason = 'activity'
union all
-- Streak: what made the day active.
select
    ledger.ledger_id,
    ledger.developer_id,
    ledger.activity_date,
    source_rows.source,
    source_rows.dataset,
    source_rows.source_key,
    source_rows.load_id,
    source_rows.activity_date as source_date,
    source_rows.counts_for,
    source_rows.label,
    source_rows.value
from {{ ref('fct_xp_ledger') }} as ledger
inner join {{ ref('fct_source_rows') }} as source_rows
    on
        ledger.developer_id = source_rows.developer_id
        and ledger.activity_date = source_rows.activity_date
inner join qualifying_rows
    on
        source_rows.counts_for = qualifying_rows.counts_for
        and (qualifying_rows.is_of_colleagues = 0 or source_rows.colleague_id is not null)
where ledger.reason = 'streak'
union all
-- Missions: what was counted from the period's first day to the day of the XP, of a team's mission
-- what this member did as its member; challenges: the day's submissions.
select
    ledger.ledger_id,
    ledger.developer_id,
    ledger.activity_date,
    source_rows.source,
    source_rows.dataset,
    source_rows.source_key,
    source_rows.load_id,
    source_rows.activity_date as source_date,
    source_rows.counts_for,
    source_rows.label,
    source_rows.value
from {{ ref('fct_xp_ledger') }} as ledger
inner join {{ ref('fct_mission_attempts') }} as attempts
    on ledger.reference_id = attempts.attempt_id
inner join mission_rows
    on
        attempts.mission_id = mission_rows.mission_id
        and attempts.version = mission_rows.version
inner join {{ ref('fct_source_rows') }} as source_rows
    on
        ledger.developer_id = source_rows.developer_id
        and mission_rows.counts_for = source_rows.counts_for
        and (mission_rows.is_of_colleagues = 0 or source_rows.colleague_id is not null)
        and source_rows.activity_date >= case
            when attempts.period_start is null then ledger.activity_date
            when attempts.period_start > mission_rows.valid_from then attempts.period_start
            else mission_rows.valid_from
        end
        and source_rows.activity_date <= case
            when mission_rows.valid_to < ledger.activity_date then mission_rows.valid_to
            else ledger.activity_date
        end
left join {{ ref('bridge_team_members') }} as members
    on
        attempts.team_id = members.team_id
        and ledger.developer_id = members.developer_id
        and source_rows.activity_date >= members.valid_from
        and source_rows.activity_date <= coalesce(members.valid_to, source_rows.activity_date)
where
    ledger.reason in ('mission', 'mission_perfect')
    and (attempts.team_id is null or members.team_id is not null)
union all
-- Adjustments: their own row.
select
    ledger.ledger_id,
    ledger.developer_id,
    ledger.activity_date,
    source_rows.source,
    source_rows.dataset,
    source_rows.source_key,
    source_rows.load_id,
    source_rows.activity_date as source_date,
    source_rows.counts_for,
    source_rows.label,
    source_rows.value
from {{ ref('fct_xp_ledger') }} as ledger
inner join {{ ref('fct_source_rows') }} as source_rows
    on
        ledger.developer_id = source_rows.developer_id
        and ledger.activity_date = source_rows.activity_date
        and 'adjustment:' || ledger.reference_id = source_rows.counts_for
where ledger.reason = 'adjustment'
union all
(
-- Badges on numbers, days and XP: what was counted on the day that tipped them.
select
    ledger.ledger_id,
    ledger.developer_id,
    ledger.activity_date,
    source_rows.source,
    source_rows.dataset,
    source_rows.source_key,
    source_rows.load_id,
    source_rows.activity_date as source_date,
    source_rows.counts_for,
    source_rows.label,
    source_rows.value
from {{ ref('fct_xp_ledger') }} as ledger
inner join {{ ref('fct_badge_awards') }} as awards
    on
        ledger.developer_id = awards.developer_id
        and ledger.reference_id = awards.badge_id || coalesce(':' || awards.season, '')
inner join condition_rows
    on
        awards.badge_id = condition_rows.badge_id
        and ledger.rule_version = condition_rows.version
inner join {{ ref('fct_source_rows') }} as source_rows
    on
        ledger.developer_id = source_rows.developer_id
        and ledger.activity_date = source_rows.activity_date
        and (
            condition_rows.counts_for is null
            or condition_rows.counts_for = source_rows.counts_for
        )
        and (condition_rows.is_of_colleagues = 0 or source_rows.colleague_id is not null)
where ledger.reason = 'badge'
union
-- Badges on missions, and on the XP of missions: what those of that day were counted from.
select
    badges.ledger_id,
    badges.developer_id,
    badges.activity_date,
    source_rows.source,
    source_rows.dataset,
    source_rows.source_key,
    source_rows.load_id,
    source_rows.activity_date as source_date,
    source_rows.counts_for,
    source_rows.label,
    source_rows.value
from {{ ref('fct_xp_ledger') }} as badges
inner join {{ ref('fct_badge_awards') }} as awards
    on
        badges.developer_id = awards.developer_id
        and badges.reference_id = awards.badge_id || coalesce(':' || awards.season, '')
inner join {{ ref('fct_xp_ledger') }} as ledger
    on
        badges.developer_id = ledger.developer_id
        and badges.activity_date = ledger.activity_date
        and ledger.reason in ('mission', 'mission_perfect')
inner join {{ ref('fct_mission_attempts') }} as attempts
    on ledger.reference_id = attempts.attempt_id
inner join mission_rows
    on
        attempts.mission_id = mission_rows.mission_id
        and attempts.version = mission_rows.version
inner join {{ ref('fct_source_rows') }} as source_rows
    on
        ledger.developer_id = source_rows.developer_id
        and mission_rows.counts_for = source_rows.counts_for
        and (mission_rows.is_of_colleagues = 0 or source_rows.colleague_id is not null)
        and source_rows.activity_date >= case
            when attempts.period_start is null then ledger.activity_date
            when attempts.period_start > mission_rows.valid_from then attempts.period_start
            else mission_rows.valid_from
        end
        and source_rows.activity_date <= case
            when mission_rows.valid_to < ledger.activity_date then mission_rows.valid_to
            else ledger.activity_date
        end
left join {{ ref('bridge_team_members') }} as members
    on
        attempts.team_id = members.team_id
        and ledger.developer_id = members.developer_id
        and source_rows.activity_date >= members.valid_from
        and source_rows.activity_date <= coalesce(members.valid_to, source_rows.activity_date)
left join {{ ref('dim_badge_conditions') }} as conditions
    on
        awards.badge_id = conditions.badge_id
        and badges.rule_version = conditions.version
        and (
            conditions.type in ('attempt_count', 'perfect_count', 'xp')
            or conditions.mission_id = attempts.mission_id
        )
where
    badges.reason = 'badge'
    and (conditions.badge_id is not null or mission_rows.badge_id = awards.badge_id)
    and (attempts.team_id is null or members.team_id is not null)
)
