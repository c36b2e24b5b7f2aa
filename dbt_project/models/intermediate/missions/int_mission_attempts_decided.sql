-- One row per attempt of a developer's mission, with its outcome and the day that decided it.
{{ decided_attempts(ref('int_mission_days_progressed'), 'developer_id') }}
