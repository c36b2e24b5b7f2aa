"""The dashboard's charts: a frame in, an Altair chart out; no query, no Streamlit.

Days are drawn as spans, so that a bar covers exactly the days it sums. Grey spans are days whose
data is pending: a gap there is missing, not zero. The colours hold on light and dark ground, and
none is the only signal: signs, words or the tooltip say the same.
"""

from datetime import date, timedelta
from typing import Any

import altair as alt
import polars as pl
from altair.utils.schemapi import disable_debug_mode

from app.words import ACTIONS

# Altair would check each part of a chart when it is made; `Unchecked` is for the whole. Channels
# are given as objects, since it tries many classes for a text or a dict.
disable_debug_mode()

REASONS = {
    "activity": ("Activity", "#3f7fd9"),
    "missions": ("Missions", "#1f9d74"),
    "badges": ("Badges", "#c9820a"),
    "streak": ("Streak", "#c65a9e"),
    "adjustments": ("Adjustments", "#8a8f9c"),
}
OUTCOMES = {
    "completed": ("Completed", "#1f9d74"),
    "passed": ("Passed", "#5fb8a0"),
    "failed": ("Missed", "#c65a3a"),
    "open": ("Open", "#8a8f9c"),
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
DAY = "%-d %b %Y"
#: Pixels of a chart, axis and legend included.
HEIGHT = 320
COUNTS_AXIS = alt.Axis(format=",d", tickMinStep=1, tickCount=5)


class Unchecked:
    """A chart that is drawn as it is: checking it against Vega-Lite's schema takes 15 ms."""

    def to_dict(self, validate: bool = True, **how: Any) -> dict[str, Any]:
        return super().to_dict(validate=False, **how)  # type: ignore[misc]


class Chart(Unchecked, alt.Chart):
    pass


class Layers(Unchecked, alt.LayerChart):
    pass


Drawing = Chart | Layers
COMPLETE, GROWING = "complete", "not complete yet"


def xp_by_reason(
    frame: pl.DataFrame, starts: str, days: int, as_of: date, pending: list[date]
) -> Drawing:
    """XP stacked by reason; each bar spans `days` days from the column `starts` on.

    Bars that reach beyond `as_of` or hold a pending day are drawn fainter: they may still grow.
    """
    rows = (
        frame.select(
            pl.col(starts).alias("from"),
            (pl.col(starts) + timedelta(days=days)).alias("to"),
            _completeness(starts, days, as_of, pending),
            *(pl.col(column).alias(name) for column, (name, _) in REASONS.items()),
        )
        .unpivot(index=["from", "to", "data"], variable_name="reason", value_name="xp")
        .filter(pl.col("xp") != 0)
    )
    names = [name for name, _ in REASONS.values()]
    rows = rows.with_columns(
        place=pl.col("reason").replace_strict({name: n for n, name in enumerate(names)})
    )
    bars = (
        Chart(rows)
        .mark_bar()
        .encode(
            x=alt.X("from:T", title=None, axis=_days_axis(frame[starts])),
            x2=alt.X2("to:T"),
            y=alt.Y(
                "sum(xp):Q",
                title="XP",
                stack="zero",
                axis=COUNTS_AXIS,
            ),
            color=alt.Color(
                "reason:N",
                title=None,
                scale=alt.Scale(domain=names, range=[colour for _, colour in REASONS.values()]),
                legend=alt.Legend(orient="bottom", columns=3),
            ),
            opacity=_fainter(),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("from:T", title="From", format=DAY),
                alt.Tooltip("reason:N", title="Reason"),
                alt.Tooltip("sum(xp):Q", title="XP", format=","),
                alt.Tooltip("data:N", title="Data"),
            ],
        )
    )
    return _over_pending_days(bars, pending)


def participation(frame: pl.DataFrame, as_of: date, pending: list[date]) -> Drawing:
    """Share of the roster that was active, by week."""
    axis = alt.Axis(format=".0%", tickCount=5)
    return _by_week(
        frame,
        alt.Y("share:Q", title="Share active", scale=alt.Scale(domain=[0, 1]), axis=axis),
        [
            alt.Tooltip("active_developers:Q", title="Active", format=","),
            alt.Tooltip("developers:Q", title="On the roster", format=","),
            alt.Tooltip("share:Q", title="Share", format=".1%"),
        ],
        as_of,
        pending,
    )


def missions_by_week(frame: pl.DataFrame, as_of: date, pending: list[date]) -> Drawing:
    """Missions completed in each week."""
    return _by_week(
        frame,
        alt.Y("missions_completed:Q", title="Missions", axis=COUNTS_AXIS),
        [alt.Tooltip("missions_completed:Q", title="Missions", format=",")],
        as_of,
        pending,
    )


def team_weeks(frame: pl.DataFrame, as_of: date, pending: list[date]) -> Drawing:
    """XP per head of a team by week."""
    return _by_week(
        frame,
        alt.Y("xp_per_head:Q", title="XP per head", axis=alt.Axis(format=",d", tickCount=5)),
        [
            alt.Tooltip("xp_per_head:Q", title="XP per head", format=",.1f"),
            alt.Tooltip("xp:Q", title="XP", format=","),
        ],
        as_of,
        pending,
    )


def _by_week(
    frame: pl.DataFrame, amount: alt.Y, told: list[alt.Tooltip], as_of: date, pending: list[date]
) -> Drawing:
    """A bar for each week from `week_start` on; weeks that are not complete are fainter."""
    rows = frame.with_columns(
        _completeness("week_start", 7, as_of, pending),
        to=pl.col("week_start") + timedelta(days=7),
        none=pl.lit(0),
    )
    bars = (
        Chart(rows)
        .mark_bar(color=ACCENT, stroke="white", strokeWidth=0.5)
        .encode(
            x=alt.X("week_start:T", title=None, axis=_days_axis(frame["week_start"])),
            x2=alt.X2("to:T"),
            y=amount,
            y2=alt.Y2("none:Q"),
            opacity=_fainter(),
            tooltip=[
                alt.Tooltip("week_start:T", title="Week from", format=DAY),
                *told,
                alt.Tooltip("data:N", title="Data"),
            ],
        )
    )
    return _over_pending_days(bars, pending)


def amounts(frame: pl.DataFrame, name: str, value: str, title: str) -> Drawing:
    """One bar a row, in the frame's order, with the number beside it."""
    rows = frame.with_columns(said=pl.col(value).round(1).cast(pl.Float64))
    base = Chart(rows).encode(
        y=alt.Y(f"{name}:N", title=None, sort=None, axis=alt.Axis(labelLimit=140)),
        x=alt.X(f"{value}:Q", title=None, axis=None),
        tooltip=[
            alt.Tooltip(f"{name}:N", title="Name"),
            alt.Tooltip("said:Q", title=title, format=","),
        ],
    )
    numbers = base.mark_text(align="left", dx=4, color=MUTED).encode(
        text=alt.Text("said:Q", format=",")
    )
    return Layers(layer=[base.mark_bar(color=ACCENT), numbers]).properties(
        height=40 + 30 * len(frame)
    )


def day_states(frame: pl.DataFrame) -> Drawing:
    """A square for each source and day: its state by colour and by sign."""
    rows = frame.with_columns(
        said=pl.col("state").replace_strict({key: said for key, (said, _, _) in STATES.items()}),
        sign=pl.col("state").replace_strict({key: sign for key, (_, sign, _) in STATES.items()}),
    )
    squares = Chart(rows).encode(
        x=_each("activity_date"),
        y=alt.Y("source:N", title=None, axis=alt.Axis(ticks=False)),
        tooltip=[
            alt.Tooltip("source:N", title="Source"),
            alt.Tooltip("activity_date:T", title="Day", format=DAY),
            alt.Tooltip("said:N", title="State"),
            alt.Tooltip("row_count:Q", title="Rows", format=","),
        ],
    )
    fill = squares.mark_rect(cornerRadius=2, stroke="transparent", strokeWidth=2).encode(
        color=_colours("state", {key: colour for key, (_, _, colour) in STATES.items()})
    )
    signs = squares.mark_text(color="white", fontWeight="bold").encode(text=alt.Text("sign:N"))
    return Layers(layer=[fill, signs]).properties(height=50 + 34 * rows["source"].n_unique())


def mission_periods(frame: pl.DataFrame) -> Drawing:
    """The attempts of each period by what became of them, stacked."""
    rows = (
        frame.select(
            "period_start",
            *(pl.col(column).alias(name) for column, (name, _) in OUTCOMES.items()),
        )
        .unpivot(index="period_start", variable_name="outcome", value_name="attempts")
        .filter(pl.col("attempts") > 0)
    )
    names = [name for name, _ in OUTCOMES.values()]
    return (
        Chart(rows)
        .mark_bar()
        .encode(
            x=_each("period_start", "Period from"),
            y=alt.Y("sum(attempts):Q", title="Attempts", axis=alt.Axis(format=",d", tickMinStep=1)),
            color=alt.Color(
                "outcome:N",
                title=None,
                scale=alt.Scale(domain=names, range=[colour for _, colour in OUTCOMES.values()]),
                legend=alt.Legend(orient="bottom", columns=4),
            ),
            tooltip=[
                alt.Tooltip("period_start:T", title="Period from", format=DAY),
                alt.Tooltip("outcome:N", title="Outcome"),
                alt.Tooltip("sum(attempts):Q", title="Attempts", format=","),
            ],
        )
        .properties(height=HEIGHT)
    )


def total_xp(frame: pl.DataFrame, pending: list[date]) -> Drawing:
    """Total XP by day as steps."""
    line = (
        Chart(frame)
        .mark_line(interpolate="step-after", color=ACCENT, strokeWidth=2)
        .encode(
            x=alt.X("activity_date:T", title=None, axis=_days_axis()),
            y=alt.Y("total_xp:Q", title="Total XP", axis=alt.Axis(format=",d", tickCount=5)),
            tooltip=[
                alt.Tooltip("activity_date:T", title="Day", format=DAY),
                alt.Tooltip("total_xp:Q", title="Total XP", format=","),
            ],
        )
    )
    return _over_pending_days(line, pending)


def streak_calendar(frame: pl.DataFrame) -> Drawing:
    """A column for each week, a row for each weekday; the action by colour and by sign."""
    rows = frame.with_columns(
        week=pl.col("activity_date").dt.truncate("1w"),
        weekday=pl.col("activity_date").dt.weekday().replace_strict(dict(enumerate(WEEKDAYS, 1))),
        sign=pl.col("action").replace_strict({key: sign for key, (sign, _) in ACTIONS.items()}),
        said=pl.col("action").replace_strict({key: said for key, (_, said) in ACTIONS.items()}),
    )
    cells = Chart(rows).encode(
        x=_each("week"),
        y=alt.Y("weekday:O", title=None, sort=WEEKDAYS, axis=alt.Axis(ticks=False)),
        tooltip=[
            alt.Tooltip("activity_date:T", title="Day", format="%a " + DAY),
            alt.Tooltip("said:N", title="This day"),
            alt.Tooltip("current_streak:Q", title="Streak", format=","),
            alt.Tooltip("freezes_available:Q", title="Freezes left"),
        ],
    )
    fill = cells.mark_rect(cornerRadius=2, stroke="transparent", strokeWidth=2).encode(
        color=_colours("action", ACTION_COLOURS)
    )
    signs = cells.mark_text(color="white", fontSize=11, fontWeight="bold").encode(
        text=alt.Text("sign:N")
    )
    return Layers(layer=[fill, signs]).properties(height=220)


def _over_pending_days(chart: Chart, pending: list[date]) -> Drawing:
    """The chart, with grey spans behind the days that some source has not delivered."""
    if not pending:
        return chart.properties(height=HEIGHT)
    spans = pl.DataFrame({"from": pending}, schema={"from": pl.Date}).with_columns(
        to=pl.col("from") + timedelta(days=1), said=pl.lit("pending")
    )
    grey = (
        Chart(spans)
        .mark_rect(color=MUTED, opacity=0.3)
        .encode(
            x=alt.X("from:T"),
            x2=alt.X2("to:T"),
            tooltip=[
                alt.Tooltip("from:T", title="Day", format=DAY),
                alt.Tooltip("said:N", title="Data"),
            ],
        )
    )
    return Layers(layer=[grey, chart]).properties(height=HEIGHT)


def _days_axis(starts: pl.Series | None = None) -> alt.Axis:
    """An axis of days, with a tick at each bar's first day if these are given."""
    axis = alt.Axis(
        format="%-d %b", labelAngle=0, labelOverlap="parity", labelSeparation=8, grid=False
    )
    if starts is None:
        axis.tickCount = 6
    else:
        axis.values = [alt.DateTime(year=d.year, month=d.month, date=d.day) for d in starts]
    return axis


def _each(field: str, title: str | None = None) -> alt.X:
    """A place for each day of a column, without room for days between them."""
    axis = alt.Axis(format="%-d %b", labelAngle=0, labelOverlap="greedy", ticks=False)
    return alt.X(f"{field}:O", title=title, timeUnit="yearmonthdate", axis=axis)


def _colours(field: str, colours: dict[str, str]) -> alt.Color:
    """Fixed colours without a legend: the page says in words what each sign means."""
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    return alt.Color(f"{field}:N", scale=scale, legend=None)


def _completeness(starts: str, days: int, as_of: date, pending: list[date]) -> pl.Expr:
    """The column `data`: whether the span of `days` days from `starts` on is over and all in."""
    growing = pl.any_horizontal(
        pl.col(starts) + timedelta(days=days - 1) > as_of,
        *(
            pl.lit(day).is_between(pl.col(starts), pl.col(starts) + timedelta(days=days - 1))
            for day in pending
        ),
    )
    return pl.when(growing).then(pl.lit(GROWING)).otherwise(pl.lit(COMPLETE)).alias("data")


def _fainter() -> alt.OpacityValue:
    return alt.OpacityValue(1, condition={"test": f"datum.data === '{GROWING}'", "value": 0.45})
