"""The dashboard's table of contents: `python -m app`, or `streamlit run app/main.py`."""

import streamlit as st

st.set_page_config(page_title="Nightquest", page_icon="🌙", layout="wide")
st.navigation(
    [
        st.Page("pages/overview.py", title="Overview", icon=":material/home:", default=True),
        st.Page("pages/leaderboards.py", title="Leaderboards", icon=":material/trophy:"),
        st.Page("pages/developer.py", title="Developer", icon=":material/person:"),
        st.Page("pages/missions.py", title="Missions", icon=":material/flag:"),
        st.Page("pages/badges.py", title="Badges", icon=":material/military_tech:"),
        st.Page("pages/teams.py", title="Teams", icon=":material/groups:"),
        st.Page("pages/news.py", title="What's new", icon=":material/notifications:"),
        st.Page("pages/rules.py", title="Rules", icon=":material/menu_book:"),
        st.Page("pages/health.py", title="Data health", icon=":material/monitor_heart:"),
    ],
    position="top",
).run()
