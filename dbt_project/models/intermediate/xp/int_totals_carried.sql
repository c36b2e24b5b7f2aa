-- What each developer had on the eve of the days that are computed: as published, less what was
-- published for these days. Empty in a rebuild.
with

touched as (

    select * from {{ ref('int_developers_touched') }}

),

days_touched as (

    select * from {{ ref('int_days_touched') }}

)
{% if is_night() -%}
,

published as (

    select * from {{ prior('state_totals') }}

),

published_days as (

    select
        days.developer_id,
        sum(days.xp) as xp,
        sum(days.xp_badges) as xp_badges,
        sum(case when days.xp < 0 then 1 else 0 end) as days_fallen
    from {{ prior('fct_developer_days', 'activity_date') }} as days
    inner join days_touched
        on days.activity_date = days_touched.date_day
    inner join touched
        on
            days.developer_id = touched.developer_id
            and days.activity_date >= touched.touched_from
    group by days.developer_id

),

published_missions as (

    select
        developer_id,
        count(*) as missions_completed
    from {{ ref('int_outcomes_published') }}
    where status = 'passed'
    group by developer_id

),

published_badges as (

    select
        awards.developer_id,
        count(*) as badges_unlocked
    from {{ prior('fct_badge_awards', 'awarded_on') }} as awards
    inner join days_touched
        on awards.awarded_on = days_touched.date_day
    inner join touched
        on
            awards.developer_id = touched.developer_id
            and awards.awarded_on >= touched.touched_from
    where awards.status <> 'revoked'
    group by awards.developer_id

),

fallen as (

    -- A total that once fell had its highest value before: only then the days are looked through.
    select published.developer_id
    from published
    where published.days_fallen > 0

),

highest as (

    select
        days.developer_id,
        max(days.total_xp) as highest_total_xp
    from fallen
    inner join touched
        on fallen.developer_id = touched.developer_id
    inner join {{ prior('fct_developer_days') }} as days
        on
            fallen.developer_id = days.developer_id
            and days.activity_date < touched.touched_from
    group by days.developer_id

)

select
    touched.developer_id,
    cast(published.total_xp - coalesce(published_days.xp, 0) as bigint) as total_xp,
    cast(
        published.xp_badges - coalesce(published_days.xp_badges, 0) as bigint
    ) as xp_badges,
    cast(
        coalesce(highest.highest_total_xp, published.total_xp - coalesce(published_days.xp, 0))
        as bigint
    ) as highest_total_xp,
    cast(published.days_fallen - coalesce(published_days.days_fallen, 0) as bigint)
        as days_fallen,
    cast(
        published.missions_completed - coalesce(published_missions.missions_completed, 0) as bigint
    ) as missions_completed,
    cast(
        published.badges_unlocked - coalesce(published_badges.badges_unlocked, 0) as bigint
    ) as badges_unlocked
from touched
inner join published
    on touched.developer_id = published.developer_id
left join published_days
    on touched.developer_id = published_days.developer_id
left join highest
    on touched.developer_id = highest.developer_id
left join published_missions
    on touched.developer_id = published_missions.developer_id
left join published_badges
    on touched.developer_id = published_badges.developer_id
{%- else %}
select
    touched.developer_id,
    cast(0 as bigint) as total_xp,
    cast(0 as bigint) as xp_badges,
    cast(0 as bigint) as highest_total_xp,
    cast(0 as bigint) as days_fallen,
    cast(0 as bigint) as missions_completed,
    cast(0 as bigint) as badges_unlocked
from touched
inner join days_touched
    on touched.touched_from = days_touched.date_day
where 1 = 0
{%- endif %}
