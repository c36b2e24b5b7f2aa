-- The seven scores of everybody on the roster, on every day since the first.
create temp table scored as
with change as (
    select dev, day, sum(xp) as xp, sum(missions) as missions, sum(badges) as badges
    from (
        select dev, day, xp, 0 as missions, 0 as badges from levelled
        union all
        select dev, decided_on, 0, 1, 0 from paid where status in ('completed', 'passed')
        union all
        select dev, day, 0, 0, 1 from first_held
    )
    group by dev, day
),
daily as (
    select
        firsts.dev, calendar.day, coalesce(xp, 0) as xp, coalesce(missions, 0) as missions,
        coalesce(badges, 0) as badges, coalesce(streak, 0) as streak,
        coalesce(longest, 0) as longest
    from (
        select dev, min(day) as first_day
        from (select dev, day from change union all select dev, day from walked_day)
        inner join person using (dev)
        where is_member group by dev
    ) as firsts
    inner join calendar on calendar.day >= first_day
    left join change on change.dev = firsts.dev and change.day = calendar.day
    left join walked_day on walked_day.dev = firsts.dev and walked_day.day = calendar.day
)
select
    dev, day,
    sum(xp) over so_far as xp_all_time,
    sum(xp) over (partition by dev order by day rows 6 preceding) as xp_7d,
    sum(xp) over (partition by dev order by day rows 29 preceding) as xp_30d,
    streak as streak_current, longest as streak_longest,
    sum(missions) over so_far as missions_completed,
    sum(badges) over so_far as badges_unlocked
from daily
window so_far as (partition by dev order by day rows unbounded preceding);

create temp table kept_day as
select day, isodow(day) = 7 or last_day(day) = day as is_whole, as_of - day as ago
from calendar cross join (select max(as_of_day) as as_of from ops.nights);

create temp table ranked (
    board_id varchar, day date, dev bigint, rank bigint, score bigint, is_whole boolean, ago bigint
);
