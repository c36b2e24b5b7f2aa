-- Competition ranks of the boards, of the organisation and of each team among its own members of the
-- day: the days and ranks that a mart shows.
{% set boards = [
    'xp_all_time', 'xp_7d', 'xp_30d', 'streak_current', 'streak_longest', 'missions_completed',
    'badges_unlocked',
] %}
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

scored as (

    select * from {{ ref('int_board_days_scored') }}

),

memberships as (

    select * from {{ ref('int_primary_teams_chosen') }}

),

team_scored as (

    -- Teams have no history: today, and the days that today is compared with.
    select
        memberships.team_id,
        scored.*
    from scored
    cross join nights
    inner join memberships
        on
            scored.developer_id = memberships.developer_id
            and scored.date_day >= memberships.valid_from
            and scored.date_day <= coalesce(memberships.valid_to, {{ end_of_time() }})
    where {{ days_between('scored.date_day', 'nights.as_of_day') }} in (0, 1, 7)

),

ranked as (
    {% for board in boards %}
    select
        '{{ board }}' as board_id,
        'org' as scope_id,
        date_day as as_of_date,
        is_ranked,
        developer_id,
        rank() over (partition by date_day order by {{ board }} desc) as rank,
        {{ board }} as score
    from scored
    where {{ board }} > 0
    union all
    select
        '{{ board }}',
        team_id,
        date_day,
        is_ranked,
        developer_id,
        rank() over (partition by team_id, date_day order by {{ board }} desc),
        {{ board }}
    from team_scored
    where {{ board }} > 0
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

marked as (

    select
        ranked.*,
        ranked.scope_id = 'org'
        and (
            ranked.rank <= 100
            or {{ iso_weekday('ranked.as_of_date') }} = 7
            or {{ start_of('month', add_days('ranked.as_of_date', 1)) }}
            = {{ add_days('ranked.as_of_date', 1) }}
        ) as is_history,
        {{ days_between('ranked.as_of_date', 'nights.as_of_day') }} as days_ago
    from ranked
    cross join nights

)

select
    cast(board_id as varchar) as board_id,
    cast(scope_id as varchar) as scope_id,
    as_of_date,
    developer_id,
    cast(rank as bigint) as rank,
    score,
    is_history,
    is_ranked,
    days_ago
from marked
where
    is_history
    or days_ago in (0, 1, 7)
