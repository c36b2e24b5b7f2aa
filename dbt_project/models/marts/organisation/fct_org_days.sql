-- The sums of a day change where somebody's day is computed; how many belong to the organisation is
-- counted anew for all days, as membership snapshots may tell of any.
{% set sums = [
    'xp', 'xp_activity', 'xp_missions', 'xp_badges', 'xp_streak', 'xp_adjustments',
] %}
{% set counted = ['active_members', 'active_members_7d', 'missions_completed', 'badges_awarded'] %}
with

days as (

    select date_day from {{ ref('int_days_spined') }}

),

members as (

    select * from {{ ref('dim_developers') }} where is_active or left_on is not null

),

touched as (

    select min(date_day) as first_day from {{ ref('int_days_touched') }}

),

computed_days as (

    select days.date_day
    from days
    {% if is_night() -%}
    inner join touched
        on days.date_day >= touched.first_day
    {%- endif %}

),

read_days as (

    -- And the six before, for who was active in the last seven.
    select days.date_day
    from days
    {% if is_night() -%}
    inner join touched
        on days.date_day >= {{ add_days('touched.first_day', -6) }}
    {%- endif %}

),

developer_days as (

    select
        developer_id,
        activity_date,
        {{ sums | join(',\n        ') }}
    from {{ ref('fct_developer_days') }}
    {% if is_night() -%}
    union all
    {{ published_elsewhere(
        'fct_developer_days', ['developer_id', 'activity_date'] + sums, 'read_days'
    ) }}
    {%- endif %}

),

summed as (

    select
        activity_date,
        {%- for column in sums %}
        sum({{ column }}) as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from developer_days
    group by activity_date

),

present as (

    select
        developer_days.developer_id,
        developer_days.activity_date,
        members.left_on,
        lead(developer_days.activity_date) over (
            partition by developer_days.developer_id order by developer_days.activity_date
        ) as next_date
    from developer_days
    inner join members
        on
            developer_days.developer_id = members.developer_id
            and developer_days.activity_date >= coalesce(members.joined_on, {{ beginning_of_time() }})
            and developer_days.activity_date <= coalesce(members.left_on, {{ end_of_time() }})

),

active as (

    select
        activity_date,
        count(*) as active_members
    from present
    group by activity_date

),

turns as (

    -- From when on, and until when, somebody counts: as a member, and as active in the last 7 days.
    select coalesce(joined_on, {{ beginning_of_time() }}) as turn_date, 1 as member_change, 0 as active_change
    from members
    union all
    select {{ add_days('left_on', 1) }}, -1, 0
    from members
    where left_on is not null
    union all
    select activity_date, 0, 1
    from present
    union all
    select
        least(
            {{ add_days('activity_date', 7) }},
            coalesce(next_date, {{ end_of_time() }}),
            coalesce({{ add_days('left_on', 1) }}, {{ end_of_time() }})
        ),
        0,
        -1
    from present

),

steps as (

    select
        turn_date as date_day,
        0 as is_day,
        sum(member_change) as member_change,
        sum(active_change) as active_change
    from turns
    group by turn_date
    union all
    select date_day, 1, 0, 0
    from days

),

standing as (

    select
        date_day,
        is_day,
        sum(member_change) over (
            order by date_day, is_day rows between unbounded preceding and current row
        ) as members,
        sum(active_change) over (
            order by date_day, is_day rows between unbounded preceding and current row
        ) as active_members_7d
    from steps

),

missions as (

    select
        decided_on,
        count(*) as missions_completed
    from (
        select decided_on, status from {{ ref('fct_mission_attempts') }}
        {% if is_night() -%}
        union all
        {{ attempts_elsewhere(
            ['decided_on', 'status'],
            'published.decided_on >= (select min(date_day) from computed_days)',
        ) }}
        {%- endif %}
    ) as attempts
    where status in ('completed', 'passed', 'kept')
    group by decided_on

),

badges as (

    select
        awarded_on,
        count(*) as badges_awarded
    from (
        select awarded_on, status from {{ ref('fct_badge_awards') }}
        {% if is_night() -%}
        union all
        {{ published_elsewhere(
            'fct_badge_awards', ['awarded_on', 'status'], 'computed_days', 'awarded_on'
        ) }}
        {%- endif %}
    ) as awards
    where status <> 'revoked'
    group by awarded_on

),

computed as (

    select
        computed_days.date_day,
        {%- for column in sums %}
        coalesce(summed.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        coalesce(active.active_members, 0) as active_members,
        standing.active_members_7d,
        coalesce(missions.missions_completed, 0) as missions_completed,
        coalesce(badges.badges_awarded, 0) as badges_awarded
    from computed_days
    inner join standing
        on
            computed_days.date_day = standing.date_day
            and standing.is_day = 1
    left join summed
        on computed_days.date_day = summed.activity_date
    left join active
        on computed_days.date_day = active.activity_date
    left join missions
        on computed_days.date_day = missions.decided_on
    left join badges
        on computed_days.date_day = badges.awarded_on
    {%- if is_night() %}
    union all
    select
        published.activity_date,
        {%- for column in sums + counted %}
        published.{{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ prior('fct_org_days') }} as published
    left join computed_days
        on published.activity_date = computed_days.date_day
    where computed_days.date_day is null
    {%- endif %}

)

select
    computed.date_day as activity_date,
    cast(standing.members as bigint) as members,
    {%- for column in counted + sums %}
    cast(computed.{{ column }} as bigint) as {{ column }}{{ "," if not loop.last }}
    {%- endfor %}
from computed
inner join standing
    on
        computed.date_day = standing.date_day
        and standing.is_day = 1
