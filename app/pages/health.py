"""Data health: how far each source reaches, what is late, corrected or set aside."""

from datetime import timedelta

import streamlit as st

from app import charts, parts, queries, words
from app.frame import page

DAYS_SHOWN = 28

with page("Data health") as night:
    window = {
        "since": night.as_of_day - timedelta(days=DAYS_SHOWN - 1), "until": night.as_of_day,
    }  # fmt: skip
    if night.problems:
        st.warning(words.plain(night.problems), icon=":material/schedule:")
    else:
        st.success("Nothing is late, held back or waiting.", icon=":material/check_circle:")

    st.subheader("What has arrived")
    states = night.query(queries.DAY_STATES, **window)
    if states.is_empty():
        st.write("No source has reported yet.")
    else:
        st.altair_chart(charts.day_states(states))
        st.caption("✓ final · ~ complete, may still change · ? pending, not in yet: no zero")
        parts.download(states, f"day-states-{night.as_of_day}")

    sources = night.query(queries.SOURCES, **window)
    parts.table(
        [
            {
                "Source": words.SOURCES.get(row["source"], row["source"]),
                "Delivered up to": words.day(row["last_delivered_day"]),
                "Waiting since": words.day(row["first_pending_day"])
                if row["first_pending_day"]
                else "–",
                "Rows, 28 days": words.count(row["row_count"]),
                "Last read (UTC)": f"{row['last_loaded_at']:%-d %b %Y %H:%M}"
                if row["last_loaded_at"]
                else "–",
            }
            for row in sources.iter_rows(named=True)
        ],
        alt="Sources and how far they reach",
    )

    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Corrected by the last night")
        changed = night.query(queries.CORRECTIONS, run=night.run_id)
        if changed.is_empty():
            st.write("Nothing that was published before has changed.")
        for row in changed.iter_rows(named=True):
            st.markdown(
                f"**{words.count(row['changes'], ('change', 'changes'))}** of "
                f"{words.CORRECTED.get(row['table_name'], row['table_name'])}, "
                f"{words.count(row['developers'], ('developer', 'developers'))}, "
                f"{words.day(row['first_day'])} to {words.day(row['last_day'])}"
            )
    with right:
        st.subheader("Set aside as unreadable")
        aside = night.query(queries.QUARANTINE)
        if aside.is_empty():
            st.write("Every row could be read.")
        for row in aside.iter_rows(named=True):
            st.markdown(
                f"**{words.count(row['row_count'], ('row', 'rows'))}** of "
                f"{words.SOURCES.get(row['source'], row['source'])}, "
                f"{words.plain(row['dataset'])}"
            )
    st.caption(
        "Whoever runs the night sees the same, and what to do, with the command nightquest status."
    )
