"""What's new: levels, badges, missions and boards of the last days, newest first."""

from datetime import timedelta

import streamlit as st

from app import cards, parts, queries, words
from app.frame import page

DAYS = {"1": "Last night", "7": "7 days", "30": "30 days"}
NEWS_SHOWN = 50

with page("What's new") as night:
    length = int(parts.choice_in_url("Since", "days", DAYS, default="7"))
    kinds = {"all": "All", **{kind: word for kind, (word, _) in words.NEWS.items()}}
    kind = parts.choice_in_url("Type", "type", kinds, default="all")
    window = {
        "since": night.as_of_day - timedelta(days=length - 1), "until": night.as_of_day,
    }  # fmt: skip
    rows = night.query(
        queries.NEWS,
        types=[*words.NEWS] if kind == "all" else [kind],
        public_types=[*words.PUBLIC_NEWS],
        limit=NEWS_SHOWN,
        **window,
    )
    if rows.is_empty():
        st.write("No news of this type in these days.")
    for day in dict.fromkeys(rows["activity_date"]):
        st.subheader(words.day(day))
        for row in rows.filter(rows["activity_date"] == day).iter_rows(named=True):
            cards.news_line(row, row["name"])
    if len(rows) == NEWS_SHOWN:
        st.caption(f"The newest {NEWS_SHOWN} are shown.")
    if not rows.is_empty():
        parts.download(rows, f"news-{night.as_of_day}")
    st.caption(
        "News comes once a night. Streaks, freezes and corrections are told to whom they concern, "
        "to their manager and to admins."
    )
