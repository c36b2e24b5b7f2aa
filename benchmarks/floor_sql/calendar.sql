-- Every day from the first fact to the as-of day.
create temp table calendar as
select
    day, date_trunc('week', day)::date as iso_week_start,
    date_trunc('month', day)::date as month_start,
    isodow(day) < 6 and holiday_name is null as is_working_day, holiday_name
from (
    select cast(unnest(generate_series(min(first_day), max(as_of), interval 1 day)) as date) as day
    from (
        select min(day) as first_day from activity
        union all
        select min(activity_date) from raw_snowflake.challenge_attempts
        union all
        select min(activity_date) from raw_filedrop.adjustments
    ) cross join (select max(as_of_day) as as_of from ops.nights)
)
left join raw_rules.holidays on date_day = day;
