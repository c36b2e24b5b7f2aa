{% set boards = {
    'xp_all_time': 'XP of all time',
    'xp_7d': 'XP of the last 7 days',
    'xp_30d': 'XP of the last 30 days',
    'streak_current': 'current streaks',
    'streak_longest': 'longest streaks',
    'missions_completed': 'missions completed',
    'badges_unlocked': 'badges unlocked',
} %}
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

packs as (

    select * from {{ ref('stg_rules__packs') }}

),

levels as (

    select levels.*
    from {{ ref('levels') }} as levels
    inner join packs
        on levels.curve = packs.level_curve

),

missions as (

    select * from {{ ref('stg_rules__missions') }}

),

badges as (

    select * from {{ ref('stg_rules__badges') }}

),

carried_levels as (

    select
        carried.developer_id,
        max(levels.level) as level
    from {{ ref('int_totals_carried') }} as carried
    inner join levels
        on greatest(0, carried.highest_total_xp) >= levels.total_xp_required
    group by carried.developer_id

),

developer_days as (

    select
        days.developer_id,
        days.activity_date,
        days.total_xp,
        days.level,
        days.title,
        greatest(
            coalesce(carried_levels.level, 1),
            coalesce(
                max(days.level) over (
                    partition by days.developer_id
                    order by days.activity_date
                    rows between unbounded preceding and 1 preceding
                ),
                1
            )
        ) as former_level
    from {{ ref('fct_developer_days') }} as days
    left join carried_levels
        on days.developer_id = carried_levels.developer_id

),

level_ups as (

    select
        developer_days.developer_id,
        developer_days.activity_date,
        'level_up' as type,
        cast(developer_days.level as varchar) as reference_id,
        'Level ' || cast(developer_days.level as varchar) || ' reached' as title,
        'You have gathered ' || cast(developer_days.total_xp as varchar) || ' XP so far.'
        || case
            when developer_days.title <> levels.title
                then ' Your new title: ' || developer_days.title || '.'
            else ''
        end as body
    from developer_days
    inner join levels
        on developer_days.former_level = levels.level
    where developer_days.level > developer_days.former_level

),

badge_unlocks as (

    -- A revoked award was unlocked all the same: that day's news stays.
    select
        awards.developer_id,
        awards.awarded_on,
        'badge_unlocked' as type,
        awards.badge_id || coalesce(':' || awards.season, '') as reference_id,
        'Badge unlocked: ' || coalesce(badges.name, awards.badge_id)
        || coalesce(' ' || badges.icon, '')
        || coalesce(' (' || awards.season || ')', '') as title,
        {{ as_sentence('badges.description') }}
        || case
            when awards.xp_reward > 0
                then 'It comes with ' || cast(awards.xp_reward as varchar) || ' XP.'
            else 'It is yours now.'
        end as body
    from {{ ref('int_badges_awarded') }} as awards
    left join badges
        on
            awards.badge_id = badges.badge_id
            and awards.version = badges.version

),

mission_outcomes as (

    select
        mission_id,
        version,
        developer_id,
        team_id,
        attempt_id,
        status,
        decided_on,
        'Mission ' as kind,
        xp_mission + xp_perfect as xp,
        xp_perfect
    from {{ ref('int_mission_shares_frozen') }}
    where status in ('completed', 'passed')

),

challenge_outcomes as (

    -- With what the deciding day earned: improvements come later.
    select
        attempts.mission_id,
        attempts.version,
        attempts.developer_id,
        cast(null as varchar) as team_id,
        attempts.attempt_id,
        case when attempts.perfect_on <= attempts.decided_on then 'completed' else 'passed' end
            as status,
        attempts.decided_on,
        'Challenge ' as kind,
        coalesce(days.xp_mission + days.xp_perfect, 0) as xp,
        coalesce(days.xp_perfect, 0) as xp_perfect
    from {{ ref('int_challenge_attempts_frozen') }} as attempts
    left join {{ ref('int_challenge_days_earned') }} as days
        on
            attempts.attempt_id = days.attempt_id
            and attempts.decided_on = days.activity_date
    where attempts.status in ('completed', 'passed')

),

outcomes as (

    select * from mission_outcomes
    union all
    select * from challenge_outcomes

),

mission_completions as (

    select
        outcomes.developer_id,
        outcomes.decided_on,
        case when outcomes.team_id is null then 'mission_completed' else 'team_mission_completed' end
            as type,
        outcomes.attempt_id,
        case when outcomes.team_id is null then outcomes.kind else 'Team mission ' end
        || outcomes.status || ': ' || coalesce(missions.name, outcomes.mission_id) as title,
        case
            when outcomes.team_id is not null
                then 'Your team did it together, and you were part of it. '
            else ''
        end
        || {{ xp_earned('outcomes.status', 'outcomes.xp', 'outcomes.xp_perfect') }} as body
    from outcomes
    {{ only_touched('outcomes', 'decided_on') }}
    left join missions
        on
            outcomes.mission_id = missions.mission_id
            and outcomes.version = missions.version

),

streak_milestones as (

    select
        developer_id,
        activity_date,
        'streak_milestone' as type,
        cast(current_streak as varchar) as reference_id,
        'A streak of ' || cast(current_streak as varchar) || ' days' as title,
        'You kept it going for ' || cast(current_streak as varchar)
        || ' working days. Days off never end a streak.' as body
    from {{ ref('int_streak_days_walked') }}
    where
        action in ('started', 'increased')
        and (
            current_streak in (5, 10, 25, 50)
            or mod(current_streak, 100) = 0
        )

),

streak_freezes as (

    select
        developer_id,
        activity_date,
        'streak_frozen' as type,
        cast(activity_date as varchar) as reference_id,
        'Your streak is safe' as title,
        'A freeze took care of the day, and your streak stands at '
        || cast(current_streak as varchar)
        || case when current_streak = 1 then ' day.' else ' days.' end
        || case
            when freezes_available > 0
                then ' Freezes left: ' || cast(freezes_available as varchar) || '.'
            else ''
        end as body
    from {{ ref('int_streak_days_walked') }}
    where action = 'frozen'

),

top_10_days as (

    select
        board_id,
        developer_id,
        as_of_date,
        rank,
        is_ranked,
        lag(as_of_date) over (
            partition by board_id, developer_id order by as_of_date
        ) as previous_date
    from {{ ref('int_board_ranks_computed') }}
    where
        scope_id = 'org'
        and rank <= 10

),

top_10_entries as (

    select
        developer_id,
        as_of_date,
        'top_10_entered' as type,
        board_id,
        'Top 10: ' || case board_id
            {% for board_id, label in boards.items() -%}
            when '{{ board_id }}' then '{{ label }}'
            {% endfor %}
        end as title,
        'You are number ' || cast(rank as varchar) || ' of the whole organisation.' as body
    from top_10_days
    where
        is_ranked
        and (
            previous_date is null
            or {{ add_days('previous_date', 1) }} < as_of_date
        )

),

corrected_days as (

    select
        developer_id,
        activity_date,
        sum(cast(coalesce(old_value, '0') as bigint)) as old_xp,
        sum(cast(coalesce(new_value, '0') as bigint)) as new_xp
    from {{ ref('fct_corrections') }}
    where table_name = 'fct_xp_ledger'
    group by developer_id, activity_date

),

corrections as (

    -- At most one a day and night, however many facts changed.
    select
        corrected_days.developer_id,
        corrected_days.activity_date,
        'correction' as type,
        cast(nights.as_of_day as varchar) as reference_id,
        'Corrected: ' || cast(corrected_days.activity_date as varchar) as title,
        'Late or corrected data changed that day''s XP: '
        || cast(abs(corrected_days.new_xp - corrected_days.old_xp) as varchar)
        || case when corrected_days.new_xp > corrected_days.old_xp then ' more.' else ' less.' end
            as body
    from corrected_days
    cross join nights
    {% if has_published() -%}
    left join {{ prior('fct_notifications') }} as told
        on
            corrected_days.developer_id = told.developer_id
            and corrected_days.activity_date = told.activity_date
            and told.type = 'correction'
            and cast(nights.as_of_day as varchar) = told.reference_id
    {%- endif %}
    where
        corrected_days.new_xp <> corrected_days.old_xp
        {% if has_published() -%}
        and told.developer_id is null
        {%- endif %}

),

unioned as (

    select * from level_ups
    union all
    select * from badge_unlocks
    union all
    select * from mission_completions
    union all
    select * from streak_milestones
    union all
    select * from streak_freezes
    union all
    select * from top_10_entries
    union all
    select * from corrections

)

select
    cast(
        md5(
            developer_id || '|' || cast(activity_date as varchar) || '|' || type
            || '|' || reference_id
        ) as varchar
    ) as notification_id,
    developer_id,
    activity_date,
    cast(type as varchar) as type,
    cast(reference_id as varchar) as reference_id,
    cast(title as varchar) as title,
    cast(body as varchar) as body
from unioned
