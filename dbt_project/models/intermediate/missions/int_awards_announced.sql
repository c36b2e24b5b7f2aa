-- The record of announced awards as the game reads it: one row per kind, person, reference, season
-- and, for challenges, day. Shares of who has opted out since in a team's mission are marked: they stay
-- paid, and are no part of what is shown of the attempt.
with

nights as (

    select * from {{ ref('stg_ops__nights') }}

),

accounts as (

    select * from {{ ref('int_accounts_known') }} where not is_bot

),

opted_out as (

    select * from {{ ref('int_developers_opted_out') }}

),

record as (
    {% if is_night() %}
    -- What may decide about the days that are computed: awards of these days, attempts whose period
    -- they lie in, and challenges, which are open for ever.
    select announced_awards.*
    from {{ ref('stg_ops__announced_awards') }} as announced_awards
    inner join {{ ref('int_days_touched') }} as days
        on announced_awards.decided_on = days.date_day
    union
    select announced_awards.*
    from {{ ref('stg_ops__announced_awards') }} as announced_awards
    inner join {{ ref('int_periods_touched') }} as periods
        on
            announced_awards.mission_id = periods.mission_id
            and announced_awards.version = periods.version
            and announced_awards.period_start = periods.period_start
    union
    select * from {{ ref('stg_ops__announced_awards') }} where kind = 'challenge'
    {% else %}
    select * from {{ ref('stg_ops__announced_awards') }}
    {% endif %}
),

announced as (

    -- Where two people became one, the first of two announcements holds.
    select
        announced_awards.*,
        row_number() over (
            partition by
                announced_awards.kind,
                announced_awards.developer_id,
                announced_awards.reference_id,
                announced_awards.season,
                case when announced_awards.kind = 'challenge' then announced_awards.decided_on end
            order by announced_awards.decided_on, announced_awards.xp desc
        ) as announcement_rank
    from record as announced_awards
    cross join nights
    where announced_awards.decided_on <= nights.as_of_day

)

select
    announced.kind,
    announced.developer_id,
    announced.reference_id,
    announced.season,
    announced.mission_id,
    announced.version,
    announced.team_id,
    announced.period_start,
    announced.status,
    announced.decided_on,
    announced.xp,
    announced.xp_perfect,
    announced.perfect_on,
    announced.team_id is not null and opted_out.developer_id is not null as is_hidden
from announced
inner join accounts
    on announced.developer_id = accounts.developer_id
left join opted_out
    on announced.developer_id = opted_out.developer_id
where announced.announcement_rank = 1
