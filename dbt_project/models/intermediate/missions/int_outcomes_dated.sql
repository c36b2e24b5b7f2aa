-- Outcomes of attempts with their days, on the days that are computed: completed on the day that
-- reached a score of 100, which for a challenge may come after its first pass; passed (completing
-- included) and failed on the day of the outcome.
with

attempts as (

    select * from {{ ref('int_attempts_unioned') }}

),

dated as (

    select developer_id, mission_id, version, 'completed' as status, perfect_on as status_date
    from attempts
    where perfect_on is not null
    union all
    select developer_id, mission_id, version, 'passed', decided_on
    from attempts
    where status in ('completed', 'passed')
    union all
    select developer_id, mission_id, version, 'failed', decided_on
    from attempts
    where status = 'failed'

)

select
    dated.developer_id,
    dated.mission_id,
    dated.version,
    cast(dated.status as varchar) as status,
    dated.status_date
from dated
{{ only_touched('dated', 'status_date') }}
