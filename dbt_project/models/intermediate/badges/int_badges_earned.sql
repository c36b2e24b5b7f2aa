-- The first day on which the facts give each badge, by developer and season; in a night only what
-- was not won before the days that are computed.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

badges as (

    select * from {{ ref('stg_rules__badges') }}

),

held as (

    select * from {{ ref('int_badge_conditions_held') }}

),

condition_counts as (

    select
        badge_id,
        version,
        count(*) as condition_count
    from {{ ref('stg_rules__badge_conditions') }}
    group by badge_id, version

),

spans as (

    -- Clipped to the badge's validity, its season and the as-of day.
    select
        held.badge_id,
        held.version,
        held.condition_index,
        held.developer_id,
        held.season_start,
        greatest(held.held_from, badges.valid_from) as held_from,
        least(
            held.held_to,
            coalesce(badges.valid_to, {{ end_of_time() }}),
            nights.as_of_day,
            case
                when held.season_start > {{ beginning_of_time() }}
                    then
                        {{ add_days(start_of('quarter', add_days('held.season_start', 95)), -1) }}
                else {{ end_of_time() }}
            end
        ) as held_to
    from held
    cross join nights
    inner join badges
        on
            held.badge_id = badges.badge_id
            and held.version = badges.version

),

open_spans as (

    select * from spans where held_from <= held_to

),

single_firsts as (

    select
        open_spans.badge_id,
        open_spans.version,
        open_spans.developer_id,
        open_spans.season_start,
        min(open_spans.held_from) as awarded_on
    from open_spans
    inner join condition_counts
        on
            open_spans.badge_id = condition_counts.badge_id
            and open_spans.version = condition_counts.version
            and (condition_counts.condition_count = 1 or open_spans.condition_index = 0)
    group by
        open_spans.badge_id,
        open_spans.version,
        open_spans.developer_id,
        open_spans.season_start

),

joint_days as (

    -- All conditions hold first on a day on which one of them begins to.
    select
        starts.badge_id,
        starts.version,
        starts.developer_id,
        starts.season_start,
        starts.held_from as awarded_on
    from open_spans as starts
    inner join condition_counts
        on
            starts.badge_id = condition_counts.badge_id
            and starts.version = condition_counts.version
            and condition_counts.condition_count > 1
            and starts.condition_index > 0
    inner join open_spans as others
        on
            starts.badge_id = others.badge_id
            and starts.version = others.version
            and starts.developer_id = others.developer_id
            and starts.season_start = others.season_start
            and others.condition_index > 0
            and starts.held_from between others.held_from and others.held_to
    group by
        starts.badge_id,
        starts.version,
        starts.developer_id,
        starts.season_start,
        starts.held_from,
        condition_counts.condition_count
    having count(distinct others.condition_index) = condition_counts.condition_count

),

candidates as (

    select * from single_firsts
    union all
    select * from joint_days

),

ranked as (

    select
        candidates.*,
        row_number() over (
            partition by badge_id, developer_id, season_start
            order by awarded_on, version
        ) as award_rank
    from candidates

),

firsts as (

    select
        ranked.developer_id,
        ranked.badge_id,
        ranked.version,
        case
            when ranked.season_start > {{ beginning_of_time() }}
                then {{ season_of('ranked.season_start') }}
        end as season,
        ranked.awarded_on,
        badges.xp_reward
    from ranked
    inner join badges
        on
            ranked.badge_id = badges.badge_id
            and ranked.version = badges.version
    where ranked.award_rank = 1

)

select firsts.*
from firsts
{% if is_night() -%}
left join (
    select published.*
    from {{ prior('fct_badge_awards') }} as published
    inner join {{ ref('int_developers_touched') }} as touched
        on
            published.developer_id = touched.developer_id
            and published.awarded_on < touched.touched_from
) as before
    on
        firsts.developer_id = before.developer_id
        and firsts.badge_id = before.badge_id
        and coalesce(firsts.season, '') = coalesce(before.season, '')
where before.developer_id is null
{%- endif %}
