"""Leaderboards: the top 10 of each board, and where a chosen developer stands."""

import streamlit as st

from app import parts, queries, words
from app.frame import page

with page("Leaderboards") as night:
    board = parts.choice_in_url("Board", "board", words.BOARDS, default="xp_all_time")
    developer = parts.developer_in_url()
    size = night.query(queries.BOARD_SIZE, board=board).row(0, named=True)

    st.subheader(words.BOARDS[board])
    if not size["ranked"]:
        st.write("Nobody is on this board yet: a score of 0 is not ranked.")
    else:
        top = night.query(queries.BOARD_TOP, board=board, ranks=10)
        parts.board_rows(night, board, top, own=developer)
        left_out = top["top_count"][0] - len(top)
        if left_out:
            more = words.count(left_out, ("more person ties", "more people tie"))
            st.caption(f"{more} within the first 10 ranks.")
        st.caption(
            f"{words.count(size['ranked'], ('developer', 'developers'))} ranked as of "
            f"{words.day(size['as_of_date'])}; who ties shares a rank. Days after "
            f"{words.day(night.final_through)} may still change."
        )

    st.subheader("Show a developer's rank")
    parts.find_developer(night, parts.BOARDS_PAGE, board=board)
    if developer:
        person = night.query(queries.DEVELOPER, developer=developer)
        around = night.query(queries.BOARD_AROUND, board=board, developer=developer)
        if person.is_empty():
            st.warning(f"No developer {words.plain(developer)} is in this night's data.")
        elif around.is_empty():
            st.info(f"{words.plain(person['name'][0])} is not ranked on this board.")
        else:
            parts.board_rows(night, board, around, own=developer)
