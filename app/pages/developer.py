"""Developer: one person's level, streak, missions, badges, and where the XP come from."""

import streamlit as st

from app import access, cards, parts, queries, words
from app.frame import page

with page("Developer") as night:
    parts.find_developer(night, parts.DEVELOPER_PAGE)
    developer = parts.id_in_url("developer") or night.viewer.developer_id
    if not developer:
        st.write("Search for a login, or begin with the top of the all-time board:")
        parts.board_top(night, 5, board="xp_all_time")
        st.stop()

    found = night.query(queries.DEVELOPER, developer=developer)
    if found.is_empty():
        st.warning(
            f"No developer {words.plain(developer)} is shown in this night's data: nobody has "
            "this id, or the visibility policy leaves them out. An id looks like github:123; the "
            "search above finds it by login."
        )
        st.stop()
    access.note_look(night, developer)
    person = found.row(0, named=True)
    cards.person(person)
    if not night.may_see(developer):
        cards.on_boards(night, person)
        st.stop()

    standing = night.query(queries.DEVELOPER_STANDING, developer=developer)
    if standing.is_empty():
        st.info(f"{words.plain(person['name'])} has no activity and no XP yet.")
        st.stop()

    left, right = st.columns(2, gap="medium")
    with left:
        cards.level(standing.row(0, named=True))
    with right:
        cards.streak(night, developer)
    cards.ranks(night, developer)
    cards.xp_over_time(night, developer)
    cards.streak_calendar(night, developer)
    cards.missions(night, developer)
    cards.badges(night, developer)
    cards.news(night, developer)
    cards.why(night, developer)
