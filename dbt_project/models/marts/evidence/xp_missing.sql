{{ config(materialized='view') }}

-- Names tables of marts alone, by ref and without macros, like xp_evidence.
select
    exclusions.developer_id,
    exclusions.activity_date,
    cast('exclusion' as varchar) as kind,
    exclusions.subject as reference_id,
    cast(
        coalesce(rules.description, newest_rules.description, exclusions.subject) as varchar
    ) as name,
    exclusions.reason_code,
    exclusions.xp_forgone as xp,
    cast(null as numeric(18, 6)) as current_value,
    cast(null as numeric(18, 6)) as target_value,
    cast(null as numeric(18, 6)) as share,
    cast(
        case exclusions.reason_code
            when 'daily_cap' then
                'the rule gives at most ' || coalesce(cast(rules.daily_cap as varchar), '?')
                || ' XP a day'
            when 'activity_cap' then 'the day''s cap on XP for activity was reached'
            when 'rule_not_valid' then
                'no version of the rule holds on this day; the nearest would have given this'
            when 'bot' then 'the account is a bot, and bots earn nothing'
            when 'own_pull_request' then
                'a review of one''s own pull request counts as no review'
            when 'excluded_repository' then 'the rule pack excludes the repository'
            when 'unmatched_identity' then
                'nobody is known by this key: it earns once the identity map says who it is'
            when 'duplicate' then
                'counted already: another report, list or review told of the same work'
            else exclusions.reason_code
        end as varchar
    ) as sentence
from {{ ref('fct_xp_exclusions') }} as exclusions
left join {{ ref('dim_xp_rules') }} as rules
    on
        exclusions.subject = rules.rule_id
        and exclusions.activity_date >= rules.valid_from
        and exclusions.activity_date <= coalesce(rules.valid_to, exclusions.activity_date)
left join (
    -- On a day on which no version of a rule holds it goes by its newest name.
    select
        rule_id,
        description,
        row_number() over (partition by rule_id order by version desc) as newest_rank
    from {{ ref('dim_xp_rules') }}
) as newest_rules
    on
        exclusions.subject = newest_rules.rule_id
        and newest_rules.newest_rank = 1
union all
select
    members.developer_id,
    run_status.as_of_day,
    'mission',
    attempts.attempt_id,
    missions.name,
    attempts.status,
    missions.base_xp,
    attempts.progress,
    attempts.target,
    cast(attempts.score / 100.0 as numeric(18, 6)),
    cast(
        rtrim(rtrim(cast(attempts.progress as varchar), '0'), '.')
        || ' of ' || rtrim(rtrim(cast(attempts.target as varchar), '0'), '.')
        || ' ' || missions.metric
        || case
            when attempts.status = 'submitted' then ', closed on '
                || cast(attempts.period_end as varchar) || ' and waiting for a late report'
            else
                case
                    when attempts.progress < attempts.target then
                        ', '
                        || rtrim(
                            rtrim(cast(attempts.target - attempts.progress as varchar), '0'), '.'
                        ) || ' missing'
                    else ''
                end
                || case
                    when attempts.period_end is null then ''
                    else ' until ' || cast(attempts.period_end as varchar)
                end
        end
        || case when attempts.team_id is null then '' else ' (with the team)' end as varchar
    )
from {{ ref('fct_mission_attempts') }} as attempts
cross join {{ ref('run_status') }} as run_status
inner join {{ ref('dim_missions') }} as missions
    on
        attempts.mission_id = missions.mission_id
        and attempts.version = missions.version
inner join (
    select attempt_id, developer_id
    from {{ ref('fct_mission_attempts') }}
    where developer_id is not null
    union all
    select team_attempts.attempt_id, developers.developer_id
    from {{ ref('fct_mission_attempts') }} as team_attempts
    inner join {{ ref('dim_developers') }} as developers
        on team_attempts.team_id = developers.current_team_id
) as members
    on attempts.attempt_id = members.attempt_id
where attempts.status in ('in_progress', 'submitted')
union all
select
    progress.developer_id,
    run_status.as_of_day,
    'badge',
    progress.badge_id,
    badges.name,
    'not_yet',
    badges.xp_reward,
    progress.current_value,
    progress.target_value,
    cast(progress.share as numeric(18, 6)),
    cast(
        rtrim(rtrim(cast(progress.current_value as varchar), '0'), '.')
        || ' of ' || rtrim(rtrim(cast(progress.target_value as varchar), '0'), '.')
        || ' (' || badges.description || ')' as varchar
    )
from {{ ref('fct_badge_progress') }} as progress
cross join {{ ref('run_status') }} as run_status
inner join {{ ref('dim_badges') }} as badges
    on
        progress.badge_id = badges.badge_id
        and run_status.as_of_day >= badges.valid_from
        and run_status.as_of_day <= coalesce(badges.valid_to, run_status.as_of_day)
