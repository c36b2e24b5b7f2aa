"""The cards of the Overview and Developer pages: each asks its question and draws its answer."""

from datetime import timedelta

import polars as pl
import streamlit as st

from app import charts, parts, queries, words
from app.warehouse import Night

#: Weeks of history in charts by week and in the calendar: half a year.
WEEKS_SHOWN = 26
#: Weeks in the chart by day: bars stay wide enough to tell apart on a phone.
WEEKS_BY_DAY = 6
NEWS_SHOWN = 10
#: Source rows behind a day's XP: more than anybody reads, and a bound for a script's day.
EVIDENCE_SHOWN = 200
BADGES_SHOWN = 12
BADGES_A_ROW = 4


def headlines(night: Night) -> None:
    """Six figures: 7 and 30 days that end with the last complete day."""
    week, month = parts.last_days(night, 7), parts.last_days(night, 30)
    stand = night.query(
        queries.HEADLINES,
        **week,
        week_before_from=week["week_from"] - timedelta(days=7),
        month_from=month["week_from"],
        as_of=night.as_of_day,
    ).row(0, named=True)
    change = (
        None
        if stand["xp_week"] is None or stand["xp_week_before"] is None
        else stand["xp_week"] - stand["xp_week_before"]
    )
    seats = night.query(queries.SEATS)
    with st.container(horizontal=True):
        _figure("Developers", words.count(stand["members"]), 130)
        _figure(
            "Active, 7 days", words.count(stand["active_members"]), 150,
            words.share(stand["active_members"], stand["members"]),
        )  # fmt: skip
        _figure("XP, 7 days", words.count(stand["xp_week"]), 250, change, "on the 7 days before")
        _figure("Missions, 30 days", words.count(stand["missions_month"]), 165)
        _figure("Badges, 30 days", words.count(stand["badges_month"]), 155)
        if not seats.is_empty():
            seats_there, used = seats.row(0)
            _figure(
                "Copilot seats, 28 days",
                f"{used:,} of {seats_there:,}", 205, f"{words.share(used, seats_there)} used",
            )  # fmt: skip
    st.caption(
        f"7 days are {words.day(week['week_from'])} to {words.day(week['until'])}, the 30 days "
        f"begin on {words.day(month['week_from'])}: both end with the last complete day. "
        "Developers are those of the organisation today."
    )


def last_night(night: Night) -> None:
    """What the newest complete day brought, and what the last night corrected of days before."""
    day = night.complete_through or night.as_of_day
    found = night.query(queries.ORG_DAY, day=day)
    said = []
    if not found.is_empty():
        row = found.row(0, named=True)
        said.append(
            f"**{words.day(day)}**, the newest complete day: "
            f"{words.count(row['active_members'], ('developer', 'developers'))} active, "
            f"{words.count(row['xp'], ('XP', 'XP'))}, "
            f"{words.count(row['missions_completed'], ('mission', 'missions'))} done, "
            f"{words.count(row['badges_awarded'], ('badge', 'badges'))} unlocked."
        )
    changed = night.query(queries.CORRECTIONS, run=night.run_id)
    if changed.is_empty():
        said.append("The last night corrected nothing that was published before.")
    else:
        what = ", ".join(
            f"{words.count(row['changes'], ('change', 'changes'))} of "
            f"{words.CORRECTED.get(row['table_name'], row['table_name'])}"
            for row in changed.iter_rows(named=True)
        )
        said.append(
            f"The last night corrected days from {words.day(min(changed['first_day']))} to "
            f"{words.day(max(changed['last_day']))}: {what}."
        )
    st.markdown(" ".join(said))
    st.page_link("pages/news.py", label="What's new", icon=":material/notifications:")


def _figure(
    label: str, value: str, width: int, change: int | str | None = None, since: str | None = None
) -> None:
    is_change = isinstance(change, int)
    st.metric(
        label,
        value,
        delta=f"{change:+,}" if is_change and change else change,
        delta_description=since if is_change else None,
        delta_color="normal" if is_change else "off",
        delta_arrow="auto" if is_change else "off",
        border=True,
        width=width,
        height="stretch",
    )


def person(row: dict) -> None:
    """Name, id, team, first and last active day, and whether the person left."""
    st.header(words.plain(row["name"]))
    said = [words.plain(row["developer_id"])]
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
    rows = night.query(queries.DEVELOPER_RANKS, developer=developer)
    found = dict(rows.select("board_id", "rank").iter_rows())
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
    length = WEEKS_BY_DAY if shown == "By day" else WEEKS_SHOWN
    window = parts.weeks_until(night, length)
    sql = queries.DEVELOPER_WEEKS if shown == "By week" else queries.DEVELOPER_DAYS
    rows = night.query(sql, developer=developer, **window)
    if rows.is_empty():
        st.write(f"No XP since {words.day(window['since'])}.")
        return
    pending = parts.pending_days(night, **window)
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
    rows = night.query(
        queries.STREAK_DAYS, developer=developer, **parts.weeks_until(night, WEEKS_SHOWN)
    )
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
        parts.table(
            [
                {
                    "Day": words.day(row["decided_on"]),
                    "Mission": words.plain(row["name"]),
                    "Score": f"{words.count(row['score'])} %",
                    "XP": words.count(row["xp_awarded"]),
                }
                for row in rows.iter_rows(named=True)
            ],
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
    parts.badge_grid(shown, BADGES_A_ROW, _badge)


def _badge(row: dict) -> None:
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
        parts.table(
            [
                {
                    "Reason": words.REASONS.get(row["reason"], row["reason"]),
                    "For": words.plain(row["subject"]),
                    "Before caps": words.count(row["xp_before_caps"]),
                    "XP": words.count(row["xp"]),
                }
                for row in rows.iter_rows(named=True)
            ],
            alt="The ledger's rows of the day",
        )
    for row in night.query(queries.EXCLUSIONS_OF_DAY, **asked).iter_rows(named=True):
        reason = words.EXCLUSIONS.get(row["reason_code"], row["reason_code"])
        st.caption(f"{words.plain(row['subject'])}: {row['xp_forgone']:,} XP less, {reason}")
    # The view behind it takes longer than all the rest of the page.
    if not rows.is_empty() and st.toggle("Show the source rows behind the day's XP"):
        evidence = night.query(queries.EVIDENCE_OF_DAY, **asked, limit=EVIDENCE_SHOWN)
        st.dataframe(
            evidence.rename(
                {"subject": "For", "source": "Source", "source_key": "Key", "load_id": "Load"}
            ),
            hide_index=True,
            placeholder="–",
            alt="Keys of the source rows, and the load that brought each",
        )


def news(night: Night, developer: str) -> None:
    """The newest notifications of the developer."""
    st.subheader("Notifications")
    rows = night.query(queries.NEWS_OF_DEVELOPER, developer=developer, limit=NEWS_SHOWN)
    if rows.is_empty():
        st.write("No news yet.")
    for row in rows.iter_rows(named=True):
        news_line(row)


def news_line(row: dict, name: str | None = None) -> None:
    """A notification: sign and word of its type, and title.

    Of somebody with a `name` without the text, which speaks to them.
    """
    word, sign = words.NEWS.get(row["type"], (row["type"], "•"))
    title = words.plain(row["title"])
    if name:
        st.markdown(f"{sign} {word} · **{words.plain(name)}** · {title}")
    else:
        day, body = words.day(row["activity_date"]), words.plain(row["body"])
        st.markdown(f":gray[{day}] · {sign} {word} · **{title}** {body}")


def on_boards(night: Night, person: dict) -> None:
    """What everybody may know of a colleague, of `queries.DEVELOPER`: level, ranks, badges held."""
    developer = person["developer_id"]
    found = night.query(queries.DEVELOPER_RANKS, developer=developer)
    total = found.filter(pl.col("board_id") == "xp_all_time")
    if not total.is_empty():
        with st.container(border=True):
            st.metric("Level", f"{person['level']} · {person['title']}")
            st.markdown(f"**{total['score'][0]:,} XP** in total")
    ranks(night, developer)
    st.subheader("Badges")
    held = night.query(queries.BADGES_HELD, developer=developer)
    if held.is_empty():
        st.write("None yet.")
    with st.container(horizontal=True):
        for row in held.iter_rows(named=True):
            st.badge(words.badge(row), color="gray")
    st.caption("Days, streaks and missions of a person are for themself, their manager and admins.")
