"""Pieces that several pages draw: rows of a board, and the search for a developer."""

import polars as pl
import streamlit as st

from app import queries, words
from app.warehouse import Night

DEVELOPER_PAGE = "pages/developer.py"
BOARDS_PAGE = "pages/leaderboards.py"
#: Names that the search offers; who is not among them types one letter more.
OFFERED = 8


def choice_in_url(label: str, name: str, options: dict[str, str], default: str) -> str:
    """A choice among `options` (id to word) that lives in the URL as `?name=id`.

    The URL leads: links and the browser's back button change the choice. (Streamlit's own binding
    would put the words into the URL, not the ids.)
    """
    asked = st.query_params.get(name, default)
    if asked not in options:
        st.warning(f"There is no {label.lower()} {words.plain(asked)}; this is {options[default]}.")
        asked = default
    chosen = st.pills(
        label, list(options), format_func=options.__getitem__, required=True, default=asked,
        key=f"{name}:{asked}",
    )  # fmt: skip
    if chosen != asked:
        st.query_params[name] = chosen
        st.rerun()
    return asked


def developer_in_url() -> str | None:
    """The developer that the URL names: `?developer=github:123`."""
    developer = st.query_params.get("developer")
    if developer:
        # Said again, because a link to the page that is open already (the search) would otherwise
        # leave the browser's address as it was (Streamlit 1.67).
        st.query_params["developer"] = developer
    return developer


def board_rows(night: Night, board: str, rows: pl.DataFrame, own: str | None = None) -> None:
    """Ranks with medals, names as links, level, score and movement; `own` row is marked.

    `rows` are those of `queries.BOARD_TOP` or `queries.BOARD_AROUND`.
    """
    ids = rows["developer_id"].to_list()
    people = {
        person["developer_id"]: person
        for person in night.query(queries.PEOPLE, developers=ids).iter_rows(named=True)
    }
    with st.container(gap="xsmall"):
        for row in rows.iter_rows(named=True):
            person = people.get(row["developer_id"], {"name": row["developer_id"], "level": None})
            _board_row(board, row, person, row["developer_id"] == own)


def _board_row(board: str, row: dict, person: dict, is_own: bool) -> None:
    medal = words.medal(row["rank"])
    tie = f" :gray[shared by {row['sharing']:,}]" if row["sharing"] > 1 else ""
    level = f"Level {person['level']} · {person['title']}" if person["level"] else "no level yet"
    movement = (
        words.moved(row["rank"], row["previous_rank"], "yesterday"),
        words.moved(row["rank"], row["rank_7d_ago"], "last week"),
    )
    with st.container(horizontal=True, vertical_alignment="center", border=True, gap="xsmall"):
        st.markdown(f"**{row['rank']:,}** {medal}{tie}", width=115)
        st.page_link(
            DEVELOPER_PAGE,
            label=words.plain(person["name"]) + (" :primary-badge[chosen]" if is_own else ""),
            icon=":material/person:",
            query_params={"developer": row["developer_id"]},
            width=190,
        )
        st.markdown(f"**{words.count(row['score'], words.UNITS[board])}**", width=130)
        st.markdown(level, width=160)
        st.markdown(" · ".join(movement), width=430)


def find_developer(night: Night, target: str, **params: str) -> None:
    """A search by login; each match links to `target` with `developer` and `params` in the URL."""
    text = st.text_input(
        "Find a developer by login", type="search", live=True, placeholder="part of a login"
    ).strip()
    if not text:
        return
    escaped = text.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    found = night.query(
        queries.FIND_DEVELOPERS, anywhere=f"%{escaped}%", beginning=f"{escaped}%", limit=OFFERED
    )
    if found.is_empty():
        st.caption(f"Nobody's login contains “{words.plain(text)}”.")
    with st.container(horizontal=True):
        for person in found.iter_rows(named=True):
            st.page_link(
                target,
                label=words.plain(person["name"])
                + ("" if person["is_active"] else " (not active)"),
                query_params={**params, "developer": person["developer_id"]},
            )
    if len(found) == OFFERED:
        st.caption(f"The first {OFFERED} are shown; type more of the login to narrow it down.")
