-- One row per attempt of a team's mission, with its outcome and the XP for each who is paid.
{{ decided_attempts(ref('int_team_mission_days_progressed'), 'team_id') }}
