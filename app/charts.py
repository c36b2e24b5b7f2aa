"""The dashboard's charts: a frame in, an Altair chart out; no query, no Streamlit.

Days are drawn as spans, so that a bar covers exactly the days it sums. Grey spans are days whose
data is pending: a gap there is missing, not zero. The colours hold on light and dark ground.
"""

from datetime import date, timedelta

import altair as alt
import polars as pl

from app.words import ACTIONS

REASONS = {
    "activity": ("Activity", "#3f7fd9"),
    "missions": ("Missions", "#1f9d74"),
    "badges": ("Badges", "#c9820a"),
    "streak": ("Streak", "#c65a9e"),
    "adjustments": ("Adjustments", "#8a8f9c"),
}
STATES = {
    "final": ("final", "✓", "#1f9d74"),
    "provisional": ("complete, may still change", "~", "#c9820a"),
    "pending": ("pending", "?", "#8a8f9c"),
}
ACTION_COLOURS = {
    "started": "#1f9d74",
    "increased": "#1f9d74",
    "maintained": "#5fb8a0",
    "rest": "#8a8f9c40",
    "frozen": "#3f7fd9",
    "broken": "#c65a3a",
    "idle": "#8a8f9c80",
    "pending": "#8a8f9c",
}
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
ACCENT = "#3f7fd9"
MUTED = "#8a8f9c"
DAY_AXIS = alt.Axis(format="%-d %b", labelOverlap="greedy", tickCount=8, grid=False)
WHOLE_NUMBERS = alt.Axis(format=",d", tickMinStep=1, tickCount=5)


def xp_by_reason(frame: pl.DataFrame, starts: str, days: int, pending: list[date]) -> alt.Chart:
    """XP stacked by reason; each bar spans `days` days from the column `starts` on.

    Bars that hold a pending day are drawn paler: they will still grow.
    """
    spans = frame.select(
        pl.col(starts).alias("from"),
        (pl.col(starts) + timedelta(days=days)).alias("to"),
        *(pl.col(column).alias(name) for column, (name, _) in REASONS.items()),
    ).with_columns(complete=_is_complete("from", days, pending))
    rows = spans.unpivot(
        index=["from", "to", "complete"], variable_name="reason", value_name="xp"
    ).filter(pl.col("xp") != 0)
    names = [name for name, _ in REASONS.values()]
    return (
        alt.Chart(rows)
        .mark_bar(binSpacing=1)
        .encode(
            x=alt.X("from:T", title=None, axis=DAY_AXIS),
            x2="to:T",
            y=alt.Y("sum(xp):Q", title="XP", axis=WHOLE_NUMBERS, stack="zero"),
            color=alt.Color(
                "reason:N",
                title=None,
                scale=alt.Scale(domain=names, range=[colour for _, colour in REASONS.values()]),
                legend=alt.Legend(orient="bottom", columns=3),
            ),
            opacity=_paler(),
            order=alt.Order("reason:N"),
            tooltip=[
                alt.Tooltip("from:T", title="From", format="%-d %b %Y"),
                alt.Tooltip("reason:N", title="Reason"),
                alt.Tooltip("sum(xp):Q", title="XP", format=","),
                alt.Tooltip("complete:N", title="Data"),
            ],
        )
        .properties(height=300)
    )


def participation(frame: pl.DataFrame, pending: list[date]) -> alt.Chart:
    """Share of the roster that was active, by week; weeks with pending days are paler."""
    rows = frame.with_columns(
        to=pl.col("week_start") + timedelta(days=7),
        complete=_is_complete("week_start", 7, pending),
    )
    return (
        alt.Chart(rows)
        .mark_bar(binSpacing=1, color=ACCENT)
        .encode(
            x=alt.X("week_start:T", title=None, axis=DAY_AXIS),
            x2="to:T",
            y=alt.Y(
                "share:Q",
                title="Share active",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=".0%", tickCount=5),
            ),
            opacity=_paler(),
            tooltip=[
                alt.Tooltip("week_start:T", title="Week from", format="%-d %b %Y"),
                alt.Tooltip("active_developers:Q", title="Active", format=","),
                alt.Tooltip("developers:Q", title="On the roster", format=","),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
                alt.Tooltip("complete:N", title="Data"),
            ],
        )
        .properties(height=300)
    )


def amounts(frame: pl.DataFrame, name: str, value: str, title: str) -> alt.LayerChart:
    """One bar a row, in the frame's order, with the number beside it."""
    bars = alt.Chart(frame).encode(
        y=alt.Y(f"{name}:N", title=None, sort=None, axis=alt.Axis(labelLimit=140)),
        x=alt.X(f"{value}:Q", title=title, axis=None),
        tooltip=[alt.Tooltip(f"{name}:N"), alt.Tooltip(f"{value}:Q", title=title, format=",.1~f")],
    )
    numbers = bars.mark_text(align="left", dx=4, color=MUTED).encode(
        text=alt.Text(f"{value}:Q", format=",.1~f")
    )
    return (bars.mark_bar(color=ACCENT) + numbers).properties(height=max(80, 30 * len(frame)))


def day_states(frame: pl.DataFrame) -> alt.LayerChart:
    """A square for each source and day: its state by colour and by sign."""
    rows = frame.with_columns(
        words=pl.col("state").replace_strict({key: name for key, (name, _, _) in STATES.items()}),
        sign=pl.col("state").replace_strict({key: sign for key, (_, sign, _) in STATES.items()}),
        to=pl.col("activity_date") + timedelta(days=1),
    )
    squares = alt.Chart(rows).encode(
        x=alt.X("activity_date:T", title=None, axis=DAY_AXIS),
        y=alt.Y("source:N", title=None),
        tooltip=[
            alt.Tooltip("source:N", title="Source"),
            alt.Tooltip("activity_date:T", title="Day", format="%-d %b %Y"),
            alt.Tooltip("words:N", title="State"),
            alt.Tooltip("row_count:Q", title="Rows", format=","),
        ],
    )
    fill = squares.mark_rect(stroke="white", strokeWidth=1, strokeOpacity=0.4).encode(
        x2="to:T",
        color=alt.Color(
            "words:N",
            title=None,
            scale=alt.Scale(
                domain=[name for name, _, _ in STATES.values()],
                range=[colour for _, _, colour in STATES.values()],
            ),
            legend=alt.Legend(orient="bottom", columns=3),
        ),
    )
    middle = alt.X("activity_date:T", bandPosition=0.5, timeUnit="yearmonthdate", axis=DAY_AXIS)
    signs = squares.mark_text(color="white", fontWeight="bold").encode(x=middle, text="sign:N")
    return (fill + signs).properties(height=40 + 34 * rows["source"].n_unique())


def total_xp(frame: pl.DataFrame, pending: list[date]) -> alt.LayerChart:
    """Total XP by day as steps; pending days are grey spans."""
    line = (
        alt.Chart(frame)
        .mark_line(interpolate="step-after", color=ACCENT, strokeWidth=2)
        .encode(
            x=alt.X("activity_date:T", title=None, axis=DAY_AXIS),
            y=alt.Y("total_xp:Q", title="Total XP", axis=WHOLE_NUMBERS),
            tooltip=[
                alt.Tooltip("activity_date:T", title="Day", format="%-d %b %Y"),
                alt.Tooltip("total_xp:Q", title="Total XP", format=","),
            ],
        )
    )
    return (pending_days(pending) + line).properties(height=300)


def xp_by_day(frame: pl.DataFrame, pending: list[date]) -> alt.LayerChart:
    """XP by reason and day; pending days are grey spans, whether or not they hold XP already."""
    bars = xp_by_reason(frame, "activity_date", 1, pending)
    return (pending_days(pending) + bars).properties(height=300)


def pending_days(pending: list[date]) -> alt.Chart:
    """Grey spans behind the days that some source has not delivered."""
    spans = pl.DataFrame({"from": pending}, schema={"from": pl.Date}).with_columns(
        to=pl.col("from") + timedelta(days=1)
    )
    return (
        alt.Chart(spans)
        .mark_rect(color=MUTED, opacity=0.25)
        .encode(x=alt.X("from:T", title=None, axis=DAY_AXIS), x2="to:T")
    )


def streak_calendar(frame: pl.DataFrame) -> alt.LayerChart:
    """A column for each week, a row for each weekday; the action by colour and by sign."""
    rows = frame.with_columns(
        week=pl.col("activity_date").dt.truncate("1w"),
        weekday=pl.col("activity_date").dt.weekday().replace_strict(dict(enumerate(WEEKDAYS, 1))),
        sign=pl.col("action").replace_strict({key: sign for key, (sign, _) in ACTIONS.items()}),
        words=pl.col("action").replace_strict({key: said for key, (_, said) in ACTIONS.items()}),
    )
    cells = alt.Chart(rows).encode(
        x=alt.X(
            "week:O",
            title=None,
            timeUnit="yearmonthdate",
            axis=alt.Axis(format="%-d %b", labelAngle=0, labelOverlap="greedy", ticks=False),
        ),
        y=alt.Y("weekday:O", title=None, sort=WEEKDAYS, axis=alt.Axis(ticks=False)),
        tooltip=[
            alt.Tooltip("activity_date:T", title="Day", format="%a %-d %b %Y"),
            alt.Tooltip("words:N", title="Day was"),
            alt.Tooltip("current_streak:Q", title="Streak"),
            alt.Tooltip("freezes_available:Q", title="Freezes left"),
        ],
    )
    fill = cells.mark_rect(cornerRadius=2, stroke="transparent", strokeWidth=2).encode(
        color=alt.Color(
            "action:N",
            scale=alt.Scale(domain=list(ACTION_COLOURS), range=list(ACTION_COLOURS.values())),
            legend=None,
        )
    )
    signs = cells.mark_text(color="white", fontSize=11, fontWeight="bold").encode(text="sign:N")
    return (fill + signs).properties(height=190)


def _is_complete(starts: str, days: int, pending: list[date]) -> pl.Expr:
    incomplete = pl.any_horizontal(
        pl.lit(False),
        *(
            pl.lit(day).is_between(pl.col(starts), pl.col(starts) + timedelta(days=days - 1))
            for day in pending
        ),
    )
    return pl.when(incomplete).then(pl.lit("not complete yet")).otherwise(pl.lit("complete"))


def _paler() -> alt.Opacity:
    return alt.Opacity(
        "complete:N",
        scale=alt.Scale(domain=["complete", "not complete yet"], range=[1, 0.45]),
        legend=None,
    )
