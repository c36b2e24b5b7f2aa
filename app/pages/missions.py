"""Missions: what is completed over time, how often missions are passed, and what is open."""

import streamlit as st

from app import charts, parts, queries, words
from app.frame import page

#: A quarter: most missions had a dozen periods in it.
WEEKS_SHOWN = 13
PERIODS_SHOWN = 26
DIFFICULTIES = {"all": "All", "easy": "Easy", "medium": "Medium", "hard": "Hard"}

with page("Missions") as night:
    window = parts.weeks_until(night, WEEKS_SHOWN)
    weeks = night.query(queries.ORG_WEEKS, **window)
    st.subheader("Completed by week")
    if not weeks["missions_completed"].sum():
        st.write("No mission has been completed in this quarter yet.")
    else:
        pending = parts.pending_days(night, **window)
        st.altair_chart(charts.missions_by_week(weeks, night.as_of_day, pending))
        st.caption(words.GROWING)

    st.subheader("Each mission")
    chosen = parts.choice_in_url("Difficulty", "difficulty", DIFFICULTIES, default="all")
    found = night.query(queries.MISSIONS, as_of=night.as_of_day, since=window["since"])
    if chosen != "all":
        found = found.filter(found["difficulty"] == chosen)
    if found.is_empty():
        st.write("No such mission is published today.")
        st.stop()
    rows = found.select(
        "name", "difficulty", "period", "base_xp", "done", "failed", "pass_rate", "open",
        "xp_awarded",
    )  # fmt: skip
    st.dataframe(
        rows,
        hide_index=True,
        placeholder="–",
        alt="Missions with their outcomes of the quarter",
        column_config={
            "name": "Mission",
            "difficulty": "Difficulty",
            "period": "Period",
            "base_xp": st.column_config.NumberColumn("XP", format="localized"),
            "done": st.column_config.NumberColumn("Done", format="localized"),
            "failed": st.column_config.NumberColumn("Missed", format="localized"),
            "pass_rate": st.column_config.NumberColumn("Passed, of those over", format="percent"),
            "open": st.column_config.NumberColumn("Open now", format="localized"),
            "xp_awarded": st.column_config.NumberColumn("XP paid", format="localized"),
        },
    )
    st.caption(
        f"Attempts of periods since {words.day(window['since'])}. An attempt opens with the first "
        "step towards it, so that who never began is in neither column."
    )
    parts.download(rows, f"missions-{night.as_of_day}")

    names = dict(found.select("mission_id", "name").iter_rows())
    mission = st.selectbox(
        "One mission, period by period", list(names), format_func=names.__getitem__,
        key="mission", bind="query-params",
    )  # fmt: skip
    row = found.filter(found["mission_id"] == mission).row(0, named=True)
    st.markdown(f"{words.goal(row)} · {words.when(row)} · {row['base_xp']:,} XP")
    periods = night.query(queries.MISSION_PERIODS, mission=mission, limit=PERIODS_SHOWN)
    if row["period"] is None:
        st.caption("A challenge has no periods: it is taken when somebody likes to.")
    elif periods.is_empty():
        st.write("Nobody has made a step towards it yet.")
    else:
        st.altair_chart(charts.mission_periods(periods))
