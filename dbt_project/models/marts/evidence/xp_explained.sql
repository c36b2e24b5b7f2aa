{{ config(materialized='view') }}

-- Names tables of marts alone, by ref and without macros, like xp_evidence.
select
    ledger.ledger_id,
    ledger.developer_id,
    developers.login,
    ledger.activity_date,
    ledger.reason,
    ledger.reference_id,
    ledger.rule_version,
    -- No case: DuckDB 2.0 fails on larger joins with one that hands on a dimension's text (its
    -- issue 24807). Only one of the dimensions is joined.
    cast(
        coalesce(
            rules.description,
            badges.name,
            missions.name,
            case ledger.reason when 'streak' then 'Streak' else 'Adjustment' end
        ) as varchar
    ) as name,
    ledger.xp_before_caps,
    ledger.xp,
    cast(
        case
            when ledger.reason = 'activity' then
                rtrim(rtrim(cast(activity.value as varchar), '0'), '.')
                || ' ' || activity.metric
                || ', ' || rtrim(rtrim(cast(rules.points as varchar), '0'), '.') || ' XP'
                || case
                    when rules.per = 1 then ' each'
                    else ' per ' || rtrim(rtrim(cast(rules.per as varchar), '0'), '.')
                end
                || case
                    when ledger.xp < ledger.xp_before_caps
                        then
                            ': ' || cast(ledger.xp_before_caps as varchar) || ', capped at '
                            || cast(ledger.xp as varchar)
                    else ''
                end
            when ledger.reason = 'streak' then
                'day ' || cast(streak_days.current_streak as varchar) || ' of the streak'
            when ledger.reason = 'badge' then 'badge won: ' || badges.description
            when ledger.reason = 'adjustment' then
                coalesce(adjustments.label, 'a correction by a person')
            when missions.kind = 'challenge' then
                'challenge ' || attempts.status || ' with '
                || rtrim(rtrim(cast(attempts.score as varchar), '0'), '.') || ' of 100'
            else
                case when attempts.team_id is null then 'mission ' else 'team mission ' end
                || attempts.status || ': '
                || rtrim(rtrim(cast(attempts.progress as varchar), '0'), '.')
                || ' of ' || rtrim(rtrim(cast(attempts.target as varchar), '0'), '.')
                || case
                    when ledger.reason = 'mission_perfect' then ', bonus for a score of 100'
                    else ''
                end
        end as varchar
    ) as sentence,
    ledger.run_id
from {{ ref('fct_xp_ledger') }} as ledger
inner join {{ ref('dim_developers') }} as developers
    on ledger.developer_id = developers.developer_id
left join {{ ref('dim_xp_rules') }} as rules
    on
        ledger.reason = 'activity'
        and ledger.reference_id = rules.rule_id
        and ledger.rule_version = rules.version
left join {{ ref('fct_activity_daily') }} as activity
    on
        ledger.developer_id = activity.developer_id
        and ledger.activity_date = activity.activity_date
        and rules.metric = activity.metric
left join {{ ref('fct_streak_days') }} as streak_days
    on
        ledger.reason = 'streak'
        and ledger.developer_id = streak_days.developer_id
        and ledger.activity_date = streak_days.activity_date
left join {{ ref('fct_mission_attempts') }} as attempts
    on
        ledger.reason in ('mission', 'mission_perfect')
        and ledger.reference_id = attempts.attempt_id
left join {{ ref('dim_missions') }} as missions
    on
        attempts.mission_id = missions.mission_id
        and attempts.version = missions.version
left join {{ ref('fct_badge_awards') }} as awards
    on
        ledger.reason = 'badge'
        and ledger.developer_id = awards.developer_id
        and ledger.reference_id = awards.badge_id || coalesce(':' || awards.season, '')
left join {{ ref('dim_badges') }} as badges
    on
        awards.badge_id = badges.badge_id
        and ledger.rule_version = badges.version
left join (
    select developer_id, activity_date, counts_for, max(label) as label
    from {{ ref('fct_source_rows') }}
    where dataset = 'adjustments'
    group by developer_id, activity_date, counts_for
) as adjustments
    on
        ledger.reason = 'adjustment'
        and ledger.developer_id = adjustments.developer_id
        and ledger.activity_date = adjustments.activity_date
        and 'adjustment:' || ledger.reference_id = adjustments.counts_for
