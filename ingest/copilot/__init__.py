"""GitHub Copilot's usage reports: one line for each user and UTC day.

Lag: a day is available within two full UTC days and typically final after three; until then it is
restated silently, so the re-read window is fetched whole every night. "No report yet" has many
forms (204, 404, a bare JSON string, no links, a link that answers 404, 502 and 503), and none of
them is zero activity: the day stays pending. History reaches one year back.

Limits: a report is several files, behind signed links that live for minutes on another host, where
no token may go. A user in two organisations is in both files. All-zero rows are common (up to 43 %
of real rows): a row is no activity.

Beside it, and never waited for: user-teams-1-day, of the same form, without teams of fewer than 5
seats; and the seats of the plan, a snapshot that is up to 24 h old and has no history.
"""
