-- The periods of missions that a day which is computed again lies in. Empty in a rebuild.
with

missions as (

    select * from {{ ref('stg_rules__missions') }} where kind = 'mission'

),

days as (

    select * from {{ ref('int_days_touched') }}

),

periods as (

    select
        missions.mission_id,
        missions.version,
        missions.scope,
        missions.metric,
        missions.period,
        {{ period_start('missions.period', 'days.date_day', 'missions.valid_from') }}
            as period_start
    from missions
    cross join days

)

select distinct
    mission_id,
    version,
    scope,
    metric,
    period_start,
    {{ period_end('period', 'period_start') }} as period_end
from periods
