"""The dashboard's table of contents: `streamlit run app/main.py`."""

import streamlit as st

st.set_page_config(page_title="Nightquest", page_icon="🌙", layout="wide")
st.navigation(
    [
        st.Page("pages/overview.py", title="Overview", icon=":material/home:", default=True),
        st.Page("pages/leaderboards.py", title="Leaderboards", icon=":material/trophy:"),
        st.Page("pages/developer.py", title="Developer", icon=":material/person:"),
    ],
    position="top",
).run()
