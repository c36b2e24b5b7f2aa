"""Teams: XP and active people per head, not only sums; small teams are not shown."""

import streamlit as st

from app import charts, parts, queries, words
from app.frame import page
from app.settings import load_settings

DAYS = {"7": "7 days", "30": "30 days", "90": "90 days"}
TEAMS_SHOWN = 100
WEEKS_SHOWN = 26

with page("Teams") as night:
    smallest = load_settings().min_team_size
    length = parts.choice_in_url("Over", "days", DAYS, default="30")
    window = parts.last_days(night, int(length))
    rows = night.query(
        queries.TEAMS, min_team_size=smallest, first=TEAMS_SHOWN, last=0, **window
    ).drop("place", "team_count")
    if rows.is_empty():
        st.write(f"No team of {smallest} people or more was active in these days.")
    else:
        st.dataframe(
            rows.drop("team_id"),
            hide_index=True,
            placeholder="–",
            alt="Teams by XP per head",
            column_config={
                "team_name": "Team",
                "parent_name": "Part of",
                "member_count": st.column_config.NumberColumn("People", format="localized"),
                "xp": st.column_config.NumberColumn("XP", format="localized"),
                "xp_per_head": st.column_config.NumberColumn("XP per head", format="%.1f"),
                "active_share": st.column_config.NumberColumn("Active a day", format="percent"),
            },
        )
        first = f"The first {TEAMS_SHOWN} by XP per head. " if len(rows) == TEAMS_SHOWN else ""
        st.caption(
            f"{first}{words.day(window['week_from'])} to {words.day(window['until'])}, over the "
            f"members of today. Teams of fewer than {smallest} are not shown."
        )
        parts.download(rows, f"teams-{window['until']}")

    parts.find_team(night, parts.TEAMS_PAGE, days=length)
    team = parts.id_in_url("team")
    if not team:
        st.stop()
    found = night.query(queries.TEAM, team=team)
    if found.is_empty():
        st.warning(f"There is no team {words.plain(team)} in this night's data.")
        st.stop()
    row = found.row(0, named=True)
    st.subheader(words.plain(row["team_name"]))
    of = f"part of {words.plain(row['parent_name'])} · " if row["parent_name"] else ""
    st.caption(of + words.count(row["member_count"], ("person", "people")))
    if row["member_count"] < smallest:
        st.write(f"A team of fewer than {smallest} is not shown.")
        st.stop()
    half_year = parts.weeks_until(night, WEEKS_SHOWN)
    weeks = night.query(queries.TEAM_WEEKS, team=team, **half_year)
    if weeks.is_empty():
        st.write("Nobody of the team was active in the last half year.")
    else:
        pending = parts.pending_days(night, **half_year)
        st.altair_chart(charts.team_weeks(weeks, night.as_of_day, pending))
        st.caption(words.GROWING)
    st.page_link(
        parts.BOARDS_PAGE, label="The team's own boards", icon=":material/trophy:",
        query_params={"team": team},
    )  # fmt: skip
