-- Working days that were active or missed come in runs; only runs are walked.
create temp table active_day as
select distinct dev, day from activity
where metric in (select metric from raw_rules.qualifying_metrics);

create temp table awaited as
select cast(unnest(generate_series(as_of - 6, as_of, interval 1 day)) as date) as day from (
    select max(as_of_day) as as_of from ops.nights
)
except
select activity_date from ops.source_days
inner join ops.sources using (source, dataset, scope)
where source in ('copilot', 'github')
group by activity_date
having bool_and(is_complete) and count(*) = (
    select count(*) from ops.sources where source in ('copilot', 'github')
);

create temp table span as
select
    dev, min(day) as first_day,
    least(coalesce(any_value(left_on), as_of), as_of) as last_day,
    (
        select min(awaited.day) from awaited
        where awaited.day >= min(active_day.day) and awaited.day not in (
            select x.day from active_day as x where x.dev = active_day.dev
        )
    ) as pending_from
from active_day
inner join person using (dev)
cross join (select max(as_of_day) as as_of from ops.nights)
group by dev, as_of;

create temp table streak_day as
with days as (
    select
        span.dev, calendar.day,
        calendar.is_working_day and away.dev is null as is_working_day,
        active_day.dev is not null as is_active,
        coalesce(calendar.day >= pending_from, false) as is_pending,
        calendar.is_working_day and away.dev is null
            and not coalesce(calendar.day >= pending_from, false) as is_walked
    from span
    inner join calendar on calendar.day between first_day and last_day
    left join active_day on active_day.dev = span.dev and active_day.day = calendar.day
    left join (
        select distinct dev, activity_date as day
        from raw_snowflake.leave inner join person_key on key = lower(person_key)
    ) as away on away.dev = span.dev and away.day = calendar.day
),
turned as (
    select
        *,
        is_walked and is_active as is_counted,
        last_value(case when is_walked then is_active end ignore nulls) over (
            partition by dev order by day rows between unbounded preceding and 1 preceding
        ) as was_counted
    from days
)
select
    * exclude (was_counted),
    count(*) filter (is_walked and is_active is distinct from was_counted) over so_far as run_no,
    count(*) filter (is_walked) over so_far as walked_no,
    count(*) filter (is_counted) over so_far as counted_no,
    count(*) filter (is_active and not is_pending) over so_far as total_active_days,
    max(case when is_active and not is_pending then day end) over so_far as last_active_date
from turned
window so_far as (partition by dev order by day rows unbounded preceding);

create temp table run as
select
    dev, run_no, is_counted, count(*) as days, min(walked_no) as first_no,
    min(counted_no) - is_counted::int as counted_before
from streak_day where is_walked
group by dev, run_no, is_counted;

create temp table walked_run as
with recursive state as (
    select
        dev, 0 as run_no, 0 as streak, 3 as freezes, 0 as streak_before, 3 as freezes_before
    from span
    union all
    select
        run.dev, run.run_no,
        case
            when is_counted then streak + days when days > freezes then 0 else streak
        end::integer,
        case
            when is_counted
                then least(3, freezes + (counted_before + days) // 20 - counted_before // 20)
            when streak = 0 then freezes
            else greatest(0, freezes - days)
        end::integer,
        streak, freezes
    from state inner join run on run.dev = state.dev and run.run_no = state.run_no + 1
)
select run.*, streak_before, freezes_before
from state inner join run using (dev, run_no);

create temp table walked_day as
select
    *,
    case
        when is_pending then 'pending'
        when not is_walked then if(is_active and streak > 0, 'maintained', 'rest')
        when is_counted then if(streak = 1, 'started', 'increased')
        when streak_before > 0 and nth <= freezes_before then 'frozen'
        when streak_before > 0 and nth = freezes_before + 1 then 'broken'
        else 'idle'
    end as action,
    max(streak) over (partition by dev order by day rows unbounded preceding) as longest
from (
    select
        streak_day.*, streak_before, freezes_before, walked_no - first_no + 1 as nth,
        case
            when first_no is null then 0
            when walked_run.is_counted then streak_before + walked_no - first_no + 1
            when walked_no - first_no + 1 > freezes_before then 0
            else streak_before
        end as streak,
        case
            when first_no is null then 3
            when walked_run.is_counted
                then least(3, freezes_before + counted_no // 20 - counted_before // 20)
            when streak_before = 0 then freezes_before
            else greatest(0, freezes_before - (walked_no - first_no + 1))
        end as freezes
    from streak_day
    left join walked_run
        on walked_run.dev = streak_day.dev and walked_run.run_no = streak_day.run_no
);
drop table streak_day;
