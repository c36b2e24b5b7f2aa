"""The cards of the Overview and Developer pages: each asks its question and draws its answer."""

from datetime import date, timedelta

import polars as pl
import streamlit as st

from app import charts, parts, queries, words
from app.warehouse import Night

#: Weeks of history in charts by week and in the calendar: half a year.
WEEKS_SHOWN = 26
#: Days in the chart by day: bars stay wide enough to tell apart on a phone.
DAYS_SHOWN = 42
BADGES_SHOWN = 12
BADGES_A_ROW = 4


def headlines(night: Night, week: dict[str, date], month_from: date) -> None:
    """Five figures; `week` is the window `week_from` to `until`, the month ends there too."""
    stand = night.query(
        queries.HEADLINES,
        **week,
        week_before_from=week["week_from"] - timedelta(days=7),
        month_from=month_from,
    ).row(0, named=True)
    change = stand["xp_week"] - stand["xp_week_before"]
    with st.container(horizontal=True):
        _figure("Developers", stand["developers"], 150)
        _figure("Active, 7 days", stand["active_developers"], 150)
        _figure("XP, 7 days", stand["xp_week"], 300, change, "on the 7 days before")
        _figure("Missions, 30 days", stand["missions_month"], 170)
        _figure("Badges, 30 days", stand["badges_month"], 170)
    st.caption(
        f"7 days are {words.day(week['week_from'])} to {words.day(week['until'])}, the 30 days "
        f"begin on {words.day(month_from)}: both end with the last complete day. Developers are "
        "those on the roster today."
    )


def _figure(
    label: str, value: int, width: int, change: int | None = None, since: str | None = None
) -> None:
    st.metric(
        label,
        words.count(value),
        delta=f"{change:+,}" if change else change,
        delta_description=since,
        border=True,
        width=width,
        height="stretch",
    )


def person(row: dict) -> None:
    """Name, id, team, first and last active day, and whether the person left."""
    st.header(words.plain(row["name"]))
    said = [f"`{row['developer_id']}`"]
    if row["team_name"]:
        said.append(f"team {words.plain(row['team_name'])}")
    if row["first_active_date"]:
        said.append(
            f"active from {words.day(row['first_active_date'])} "
            f"to {words.day(row['last_active_date'])}"
        )
    if row["left_on"]:
        said.append(f"left on {words.day(row['left_on'])}, and is on no board since")
    elif not row["is_active"]:
        said.append("not on the roster, so on no board")
    st.caption(" · ".join(said))


def level(row: dict) -> None:
    """The level card, of a row of `queries.DEVELOPER_STANDING`."""
    with st.container(border=True, height="stretch"):
        st.metric("Level", f"{row['level']} · {row['title']}")
        if row["next_level_total_xp"] is None:
            text = "The highest level is reached; XP goes on"
        else:
            text = f"{row['xp_remaining']:,} XP to level {row['level'] + 1}"
        st.progress(min(1.0, max(0.0, row["level_progress"])), text=text)
        goal = row["next_level_total_xp"]
        reached = f"**{row['total_xp']:,} XP** in total"
        st.markdown(reached if goal is None else f"{reached}, of {goal:,} for the next level")


def streak(night: Night, developer: str) -> None:
    """The streak card: the newest day of the developer's streak."""
    days = night.query(queries.LAST_STREAK_DAY, developer=developer)
    with st.container(border=True, height="stretch"):
        if days.is_empty():
            st.metric("Streak", "–")
            st.write("No streak yet: it starts with the first active working day.")
            return
        row = days.row(0, named=True)
        colour, mood = words.streak_mood(row["current_streak"])
        flame = f":{colour}[:material/local_fire_department:] " if row["current_streak"] else ""
        st.metric("Streak", flame + words.count(row["current_streak"], ("day", "days")))
        st.badge(mood, color=colour)
        st.markdown(
            f"**{row['longest_streak']:,}** longest · **{row['freezes_available']}** "
            f"{'freeze' if row['freezes_available'] == 1 else 'freezes'} left · "
            f"**{row['total_active_days']:,}** active days in all"
        )
        if row["action"] == "pending":
            st.caption("Stands as of the last day whose data is in; newer days are pending.")


def ranks(night: Night, developer: str) -> None:
    """The developer's rank on each board, as links to the boards."""
    found = dict(night.query(queries.DEVELOPER_RANKS, developer=developer).iter_rows())
    if not found:
        return
    with st.container(horizontal=True):
        for board, name in words.BOARDS.items():
            if board in found:
                st.page_link(
                    parts.BOARDS_PAGE,
                    label=f"{name}: **{found[board]:,}** {words.medal(found[board])}",
                    query_params={"board": board, "developer": developer},
                )


def xp_over_time(night: Night, developer: str) -> None:
    """XP by week, by day, or the total, over a window that ends on the as-of day."""
    st.subheader("XP over time")
    shown = st.segmented_control(
        "Show", ["By week", "By day", "Total"], default="By week", required=True,
        label_visibility="collapsed", key="xp", bind="query-params",
    )  # fmt: skip
    length = DAYS_SHOWN if shown == "By day" else 7 * WEEKS_SHOWN
    window = _window(night, length)
    sql = queries.DEVELOPER_WEEKS if shown == "By week" else queries.DEVELOPER_DAYS
    rows = night.query(sql, developer=developer, **window)
    if rows.is_empty():
        st.write(f"No XP since {words.day(window['since'])}.")
        return
    pending = night.query(queries.PENDING_DAYS, **window)["activity_date"].to_list()
    if shown == "By week":
        st.altair_chart(charts.xp_by_reason(rows, "week_start", 7, night.as_of_day, pending))
    elif shown == "By day":
        st.altair_chart(charts.xp_by_reason(rows, "activity_date", 1, night.as_of_day, pending))
    else:
        st.altair_chart(charts.total_xp(rows, pending))
    if shown == "By week":
        st.caption(words.GROWING)
    elif pending:
        st.caption("Grey days are still pending: what is missing there is not zero.")


def streak_calendar(night: Night, developer: str) -> None:
    """The last half year, a square a day, with its legend in words."""
    st.subheader("Streak calendar")
    rows = night.query(queries.STREAK_DAYS, developer=developer, **_window(night, 7 * WEEKS_SHOWN))
    if rows.is_empty():
        st.write("No day of the last half year belongs to a streak.")
        return
    st.altair_chart(charts.streak_calendar(rows))
    seen = set(rows["action"])
    st.caption(
        " · ".join(
            f"**{words.plain(sign) or 'blank'}** {said}"
            for action, (sign, said) in words.ACTIONS.items()
            if action in seen
        )
    )


def missions(night: Night, developer: str) -> None:
    """Open attempts with progress on the left, the newest completed ones on the right."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Open missions")
        rows = night.query(queries.MISSIONS_OPEN, developer=developer, limit=10)
        if rows.is_empty():
            st.write("No mission is under way.")
        for row in rows.iter_rows(named=True):
            ends = f"until {words.day(row['period_end'])}" if row["period_end"] else "no end"
            waits = ", waiting for data" if row["status"] == "submitted" else ""
            st.progress(
                min(1.0, row["score"] / 100),
                text=f"{words.plain(row['name'])} – {words.count(row['progress'])} of "
                f"{words.count(row['target'])}, {ends}{waits}",
            )
    with right:
        st.subheader("Completed missions")
        rows = night.query(queries.MISSIONS_DONE, developer=developer, limit=10)
        if rows.is_empty():
            st.write("None yet.")
            return
        st.table(
            [
                {
                    "Day": words.day(row["decided_on"]),
                    "Mission": words.plain(row["name"]),
                    "Score": f"{words.count(row['score'])} %",
                    "XP": words.count(row["xp_awarded"]),
                }
                for row in rows.iter_rows(named=True)
            ],
            border="horizontal",
            alt="The newest completed missions",
        )


def badges(night: Night, developer: str) -> None:
    """The grid of badges: the newest held, then the nearest to come with their progress."""
    st.subheader("Badges")
    rows = night.query(queries.BADGES, developer=developer)
    held = rows.filter(pl.col("awarded_on").is_not_null())
    locked = rows.filter(pl.col("awarded_on").is_null())
    st.caption(f"{len(held)} of {len(rows)} held")
    if len(rows) <= BADGES_SHOWN or st.toggle(f"Show all {len(rows)}"):
        shown = rows
    else:
        # At least one row of the grid shows what comes next.
        to_come = min(len(locked), max(BADGES_A_ROW, BADGES_SHOWN - len(held)))
        shown = pl.concat([held.head(BADGES_SHOWN - to_come), locked.head(to_come)])
    for first in range(0, len(shown), BADGES_A_ROW):
        columns = st.columns(BADGES_A_ROW)
        for column, row in zip(columns, shown[first:].iter_rows(named=True), strict=False):
            with column.container(border=True, height="stretch"):
                _badge(row)


def _badge(row: dict) -> None:
    st.markdown(f"**{row['icon'] or '🏅'} {words.plain(row['name'])}**")
    st.caption(f"{row['rarity']} · {row['xp_reward']:,} XP")
    st.write(words.plain(row["description"]))
    if row["awarded_on"]:
        times = f", {row['times']} times" if row["times"] > 1 else ""
        st.caption(
            f":green[:material/check_circle: held] since {words.day(row['awarded_on'])}{times}"
        )
    else:
        done, target = words.count(row["current_value"]), words.count(row["target_value"])
        st.progress(min(1.0, max(0.0, row["share"])), text=f":material/lock: {done} of {target}")


def why(night: Night, developer: str) -> None:
    """The ledger of a chosen day, and what took XP away on it."""
    st.subheader("Why these XP")
    days = night.query(queries.LEDGER_DAYS, developer=developer).row(0, named=True)
    if days["first_day"] is None:
        st.write("The ledger holds no XP for this developer.")
        return
    day = st.date_input(
        "Day", value=days["last_day"], min_value=days["first_day"], max_value=night.as_of_day,
        key="day", bind="query-params", width=220,
    )  # fmt: skip
    asked = {"developer": developer, "day": day}
    rows = night.query(queries.LEDGER_OF_DAY, **asked)
    if rows.is_empty():
        is_pending = night.query(queries.PENDING_DAYS, since=day, until=day).height > 0
        st.write("Data of this day is still pending." if is_pending else "No XP on this day.")
    else:
        st.markdown(f"**{rows['xp'].sum():,} XP** on {words.day(day)}")
        st.table(
            [
                {
                    "Reason": words.REASONS.get(row["reason"], row["reason"]),
                    "For": words.plain(row["subject"]),
                    "Before caps": words.count(row["xp_before_caps"]),
                    "XP": words.count(row["xp"]),
                }
                for row in rows.iter_rows(named=True)
            ],
            border="horizontal",
            alt="The ledger's rows of the day",
        )
    for row in night.query(queries.EXCLUSIONS_OF_DAY, **asked).iter_rows(named=True):
        reason = words.EXCLUSIONS.get(row["reason_code"], row["reason_code"])
        st.caption(f"{words.plain(row['subject'])}: {row['xp_forgone']:,} XP less, {reason}")


def _window(night: Night, days: int) -> dict[str, date]:
    """The last `days` days up to the as-of day, from a Monday on, so that weeks are whole."""
    since = night.as_of_day - timedelta(days=days - 1)
    return {"since": since - timedelta(days=since.weekday()), "until": night.as_of_day}
