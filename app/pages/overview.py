"""Overview: where the organisation stands, over the last quarter, and how far data reaches."""

from datetime import timedelta

import streamlit as st

from app import cards, charts, parts, queries, words
from app.frame import page
from app.settings import load_settings

#: A quarter: long enough for a trend, and quick to sum for 100,000 developers.
WEEKS_SHOWN = 13

with page("Overview") as night:
    # Sums end with the last complete day: a week with missing days would look like a fall.
    until = night.complete_through or night.as_of_day
    week = {"week_from": until - timedelta(days=6), "until": until}
    monday = night.as_of_day - timedelta(days=night.as_of_day.weekday())
    quarter = {"since": monday - timedelta(weeks=WEEKS_SHOWN - 1), "until": night.as_of_day}
    pending = night.query(queries.PENDING_DAYS, **quarter)["activity_date"].to_list()

    cards.headlines(night, week, month_from=until - timedelta(days=29))

    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("XP by week")
        weeks = night.query(queries.XP_BY_WEEK, **quarter)
        if weeks.is_empty():
            st.write("Nobody has XP in this quarter yet.")
        else:
            st.altair_chart(charts.xp_by_reason(weeks, "week_start", 7, night.as_of_day, pending))
    with right:
        st.subheader("Who takes part")
        shares = night.query(queries.PARTICIPATION, **quarter)
        if shares.is_empty():
            st.write("Nobody was active in this quarter yet.")
        else:
            st.altair_chart(charts.participation(shares, night.as_of_day, pending))
    st.caption(words.GROWING)

    st.subheader("Top 5 by XP, 7 days")
    top = night.query(queries.BOARD_TOP, board="xp_7d", ranks=5)
    if top.is_empty():
        st.write("Nobody is on this board yet.")
    parts.board_rows(night, "xp_7d", top)
    st.page_link(
        parts.BOARDS_PAGE, label="All boards", icon=":material/trophy:",
        query_params={"board": "xp_7d"},
    )  # fmt: skip

    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Developers by title")
        titles = night.query(queries.TITLES)
        st.altair_chart(charts.amounts(titles, "title", "developers", "Developers"))
    with right:
        st.subheader("Teams by XP per head")
        smallest = load_settings().min_team_size
        teams = night.query(queries.TEAMS, min_team_size=smallest, **week)
        if not teams.is_empty():
            st.altair_chart(charts.amounts(teams, "team_name", "xp_per_head", "XP per head"))
        st.caption(
            f"{words.day(week['week_from'])} to {words.day(until)}, over the team's members of "
            f"today; teams of fewer than {smallest} are not shown."
        )

    st.subheader("What has arrived")
    states = night.query(
        queries.DAY_STATES, since=night.as_of_day - timedelta(days=20), until=night.as_of_day
    )
    if states.is_empty():
        st.write("No source has reported yet.")
    else:
        st.altair_chart(charts.day_states(states))
        st.caption("✓ final · ~ complete, may still change · ? pending, not in yet")
