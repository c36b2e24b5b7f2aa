"""Pieces that several pages draw: rows of a board, searches, choices in the URL, downloads."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from io import BytesIO

import polars as pl
import streamlit as st

from app import queries, words
from app.warehouse import Night

DEVELOPER_PAGE = "pages/developer.py"
BOARDS_PAGE = "pages/leaderboards.py"
TEAMS_PAGE = "pages/teams.py"
MISSIONS_PAGE = "pages/missions.py"
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


def id_in_url(name: str) -> str | None:
    """What the URL names: `?developer=github:123`, `?team=github:9`."""
    asked = st.query_params.get(name)
    if asked:
        # Said again, because a link to the page that is open already (the search) would otherwise
        # leave the browser's address as it was (Streamlit 1.67).
        st.query_params[name] = asked
    return asked


def weeks_until(night: Night, weeks: int) -> dict[str, date]:
    """The last `weeks` weeks up to the as-of day, from a Monday on, so that weeks are whole."""
    monday = night.as_of_day - timedelta(days=night.as_of_day.weekday())
    return {"since": monday - timedelta(weeks=weeks - 1), "until": night.as_of_day}


def last_days(night: Night, days: int) -> dict[str, date]:
    """The last `days` days up to the last complete one: one with gaps would look like a fall."""
    until = night.complete_through or night.as_of_day
    return {"week_from": until - timedelta(days=days - 1), "until": until}


def pending_days(night: Night, since: date, until: date) -> list[date]:
    return night.query(queries.PENDING_DAYS, since=since, until=until)["activity_date"].to_list()


def table(rows: list[dict], alt: str) -> None:
    """A short table, in plain HTML: readable for screen readers too. `alt` says what it holds."""
    st.table(rows, border="horizontal", alt=alt)


def download(rows: pl.DataFrame, name: str) -> None:
    """The rows as shown, as CSV or Parquet; nothing is written before somebody asks for it."""
    with st.popover("Download", icon=":material/download:", help="What is shown, as a file"):
        for label, ending, write in (("CSV", "csv", _as_csv), ("Parquet", "parquet", _as_parquet)):
            st.download_button(
                label,
                data=partial(write, rows),
                file_name=f"nightquest-{name}.{ending}",
                on_click="ignore",
                key=f"download {name} {ending}",
            )


def _as_csv(rows: pl.DataFrame) -> bytes:
    """A text that begins like a formula, and is no number, gets an apostrophe: a spreadsheet would
    run what somebody wrote into a name.
    """
    text = pl.col(pl.String)
    is_formula = text.str.contains(r"^[=+\-@\t\r]") & text.cast(pl.Float64, strict=False).is_null()
    return rows.with_columns(
        pl.when(is_formula).then("'" + text).otherwise(text).name.keep()
    ).write_csv().encode()  # fmt: skip


def _as_parquet(rows: pl.DataFrame) -> bytes:
    buffer = BytesIO()
    rows.write_parquet(buffer)
    return buffer.getvalue()


def badge_grid(rows: pl.DataFrame, columns: int, say: Callable[[dict], None]) -> None:
    """A card for each badge, `columns` a row: icon, name, and below them what `say` writes."""
    for first in range(0, len(rows), columns):
        shown = rows[first : first + columns].iter_rows(named=True)
        for column, row in zip(st.columns(columns), shown, strict=False):
            with column.container(border=True, height="stretch"):
                st.markdown(f"**{words.badge(row)}**")
                say(row)


def board_rows(night: Night, board: str, rows: pl.DataFrame, own: str | None = None) -> None:
    """Ranks with medals, names as links, level, score and movement; `own` row is marked.

    `rows` are those of `queries.BOARD_PLACES`.
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


def board_top(
    night: Night, places: int, *, board: str, scope: str = "org", own: str | None = None
) -> pl.DataFrame:
    """The first places of a board as `board_rows`, or why there are none; returns them."""
    asked = {"board": board, "scope": scope}
    top = night.query(queries.BOARD_PLACES, **asked, first=1, last=places)
    if not top.is_empty():
        board_rows(night, board, top, own)
    elif night.query(queries.BOARD_SIZE, **asked).is_empty():
        st.write("Nobody is on this board yet: a score of 0 is not ranked.")
    else:
        st.write(f"None of the first {places} is shown by name here.")
    return top


def _board_row(board: str, row: dict, person: dict, is_own: bool) -> None:
    medal = words.medal(row["rank"])
    tie = f" :gray[shared by {row['tie_count']:,}]" if row["tie_count"] > 1 else ""
    level = f"Level {person['level']} · {person['title']}" if person["level"] else "no level yet"
    # An earlier day's board is shown without what came before it.
    movement = (
        (
            words.moved(row["rank"], row["previous_rank"], "yesterday"),
            words.moved(row["rank"], row["rank_7d_ago"], "last week"),
        )
        if "previous_rank" in row
        else ()
    )
    with st.container(horizontal=True, vertical_alignment="center", border=True, gap="xsmall"):
        st.markdown(f"**{row['rank']:,}** {medal}{tie}", width=115)
        st.page_link(
            DEVELOPER_PAGE,
            label=words.plain(person["name"]) + (" **(chosen)**" if is_own else ""),
            icon=":material/person:",
            query_params={"developer": row["developer_id"]},
            width=190,
        )
        st.markdown(f"**{words.count(row['score'], words.UNITS[board])}**", width=130)
        st.markdown(level, width=160)
        st.markdown(" · ".join(movement), width=430)


def find_developer(night: Night, target: str, **params: str) -> None:
    """A search by login; each match links to `target` with `developer` and `params` in the URL."""
    _find(night, queries.FIND_DEVELOPERS, target, "developer", "login", params)


def find_team(night: Night, target: str, **params: str) -> None:
    """A search by name; each match links to `target` with `team` and `params` in the URL."""
    _find(night, queries.FIND_TEAMS, target, "team", "name", params)


def _find(
    night: Night, sql: str, target: str, what: str, by: str, params: dict[str, str]
) -> None:  # fmt: skip
    text = st.text_input(
        f"Find a {what} by {by}", type="search", live=True, placeholder=f"part of a {by}"
    ).strip()
    if not text:
        return
    escaped = text.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    found = night.query(sql, anywhere=f"%{escaped}%", beginning=f"{escaped}%", limit=OFFERED)
    if found.is_empty():
        st.caption(f"No {what}'s {by} contains “{words.plain(text)}”.")
    if len(found) == OFFERED:
        st.caption(f"The first {OFFERED} are shown; type more of the {by} to narrow it down.")
    with st.container(horizontal=True):
        for row in found.iter_rows(named=True):
            st.page_link(
                target,
                label=words.plain(row["name"]) + ("" if row["is_active"] else " (not active)"),
                query_params={**params, what: row["id"]},
            )
