"""Overview: where we stand, where it works and where not, what changed last night."""

import streamlit as st

from app import cards, charts, parts, queries, words
from app.frame import page
from app.settings import load_settings

#: A quarter: long enough for a trend.
WEEKS_SHOWN = 13
#: Beside the best teams the ones that need a look: both fit a screen.
TEAMS_SHOWN = 5

with page("Overview") as night:
    week = parts.last_days(night, 7)
    quarter = parts.weeks_until(night, WEEKS_SHOWN)
    pending = parts.pending_days(night, **quarter)

    cards.headlines(night)
    cards.last_night(night)

    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("XP by week")
        weeks = night.query(queries.ORG_WEEKS, **quarter)
        if not any(weeks.select(*charts.REASONS).sum().row(0)):
            st.write("Nobody has XP in this quarter yet.")
        else:
            st.altair_chart(charts.xp_by_reason(weeks, "week_start", 7, night.as_of_day, pending))
    with right:
        st.subheader("Who takes part")
        shares = night.query(queries.PARTICIPATION, **quarter)
        if shares.is_empty():
            st.write("No week of this quarter with activity is over yet.")
        else:
            st.altair_chart(charts.participation(shares, night.as_of_day, pending))
    st.caption(words.GROWING)

    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Where it works")
        smallest = load_settings().min_team_size
        teams = night.query(
            queries.TEAMS, min_team_size=smallest, first=TEAMS_SHOWN, last=TEAMS_SHOWN, **week
        )
        best, weakest = teams, teams.clear()
        if len(teams) == 2 * TEAMS_SHOWN < teams["team_count"][0]:
            best, weakest = teams.head(TEAMS_SHOWN), teams.tail(TEAMS_SHOWN)
        if best.is_empty():
            st.write("No team is large enough to be shown.")
        else:
            st.altair_chart(charts.amounts(best, "team_name", "xp_per_head", "XP per head"))
        if not weakest.is_empty():
            st.markdown("**Where to have a look**")
            st.altair_chart(charts.amounts(weakest, "team_name", "xp_per_head", "XP per head"))
        st.caption(
            f"XP per head of teams, {words.day(week['week_from'])} to {words.day(week['until'])}, "
            f"over the members of today; teams of fewer than {smallest} are not shown."
        )
    with right:
        st.subheader("Developers by title")
        titles = night.query(queries.TITLES)
        st.altair_chart(charts.amounts(titles, "title", "developers", "Developers"))

    st.subheader("Top 5 by XP, 7 days")
    parts.board_top(night, 5, board="xp_7d")
    st.page_link(
        parts.BOARDS_PAGE, label="All boards", icon=":material/trophy:",
        query_params={"board": "xp_7d"},
    )  # fmt: skip
