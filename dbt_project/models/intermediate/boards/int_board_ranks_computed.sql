-- Competition ranks of the organisation's boards: the days and ranks that a mart shows.
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

ranked as (
    {% for board in boards %}
    select
        '{{ board }}' as board_id,
        date_day as as_of_date,
        developer_id,
        rank() over (partition by date_day order by {{ board }} desc) as rank,
        {{ board }} as score
    from scored
    where {{ board }} > 0
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

marked as (

    select
        ranked.*,
        ranked.rank <= 100
        or {{ iso_weekday('ranked.as_of_date') }} = 7
        or {{ start_of('month', add_days('ranked.as_of_date', 1)) }}
        = {{ add_days('ranked.as_of_date', 1) }} as is_history,
        {{ days_between('ranked.as_of_date', 'nights.as_of_day') }} as days_ago
    from ranked
    cross join nights

)

select
    cast(board_id as varchar) as board_id,
    as_of_date,
    developer_id,
    cast(rank as bigint) as rank,
    score,
    is_history,
    days_ago
from marked
where
    is_history
    or days_ago in (0, 1, 7)
