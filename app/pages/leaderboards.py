"""Leaderboards: the top 10 of each board, of all or of a team, and where somebody stands."""

import streamlit as st

from app import parts, queries, words
from app.frame import page

TOP = 10

with page("Leaderboards") as night:
    board = parts.choice_in_url("Board", "board", words.BOARDS, default="xp_all_time")
    developer = parts.id_in_url("developer") or night.viewer.developer_id
    team = parts.id_in_url("team")
    of_team = night.query(queries.TEAM, team=team) if team else None
    if of_team is not None and of_team.is_empty():
        st.warning(f"There is no team {words.plain(team)}; this is the whole organisation.")
        of_team = team = None
    asked = {"board": board, "scope": team or "org"}

    whose = f" · {words.plain(of_team['team_name'][0])}" if of_team is not None else ""
    st.subheader(words.BOARDS[board] + whose)
    if team:
        st.page_link(
            parts.BOARDS_PAGE, label="The whole organisation", icon=":material/arrow_back:",
            query_params={"board": board},
        )  # fmt: skip
    top = parts.board_top(night, TOP, **asked, own=developer)
    if not top.is_empty():
        lowest = top.row(-1, named=True)
        left_out = lowest["rank"] + lowest["tie_count"] - 1 - TOP
        if left_out > 0:
            more = words.count(left_out, ("more person ties", "more people tie"))
            st.caption(f"{more} within the first {TOP} ranks.")
        # Of few, where people are not named, not even their number is told.
        size = night.query(queries.BOARD_SIZE, **asked).to_series()
        ranked = words.count(size[0], ("developer", "developers")) if len(size) else "Developers"
        st.caption(
            f"{ranked} ranked as of {words.day(night.as_of_day)}; who ties shares a rank. Days "
            f"after {words.day(night.final_through)} may still change."
        )
        parts.download(top, f"{board}-{night.as_of_day}")

    st.subheader("Somebody's own rank")
    parts.find_developer(night, parts.BOARDS_PAGE, board=board, **({"team": team} if team else {}))
    if developer:
        person = night.query(queries.DEVELOPER, developer=developer)
        own = night.query(queries.BOARD_PLACE_OF, **asked, developer=developer).to_series()
        if person.is_empty():
            st.warning(f"No developer {words.plain(developer)} is in this night's data.")
        elif own.is_empty():
            st.info(f"{words.plain(person['name'][0])} is not ranked on this board.")
        else:
            # With two neighbours on either side.
            around = night.query(queries.BOARD_PLACES, **asked, first=own[0] - 2, last=own[0] + 2)
            parts.board_rows(night, board, around, own=developer)

    st.subheader("A team's own board")
    parts.find_team(night, parts.BOARDS_PAGE, board=board)

    if not team:
        st.subheader("An earlier day")
        kept = night.query(queries.BOARD_DAYS, board=board).row(0, named=True)
        if kept["first_day"] is None:
            st.write("No earlier day is kept yet.")
            st.stop()
        day = st.date_input(
            "Day", value=None, min_value=kept["first_day"], max_value=kept["last_day"],
            key="day", bind="query-params", width=220,
        )  # fmt: skip
        if day:
            then = night.query(queries.BOARD_OF_DAY, board=board, day=day, places=TOP)
            st.markdown(f"**{words.BOARDS[board]} on {words.day(day)}**")
            if then.is_empty():
                st.write("Nobody had a score on this board that day.")
            parts.board_rows(night, board, then, own=developer)
