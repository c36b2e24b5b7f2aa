"""Plots as SVG elements: no library and no script, so that a page is one file that asks nobody.

Two series everywhere, `before` and `after`, coloured by the page's style sheet. Text goes in as
text: ElementTree escapes it.
"""

import math
from collections.abc import Callable, Sequence
from xml.etree.ElementTree import Element, SubElement

SERIES = ("before", "after")
WIDTH, HEIGHT = 560, 280
LEFT, RIGHT, TOP, BOTTOM = 62, 12, 12, 56
BAR, GAP = 11, 9
#: Characters of a label beside a bar, and labels under an axis, that fit.
LONGEST_LABEL, MOST_LABELS = 28, 12


def columns(labels: Sequence[str], before: Sequence[float], after: Sequence[float]) -> Element:
    """Two columns for each label, side by side."""
    svg, top = canvas(HEIGHT), scale_top([*before, *after])
    y_axis(svg, top)
    step = (WIDTH - LEFT - RIGHT) / max(len(labels), 1)
    for number, label in enumerate(labels):
        for side, values in enumerate((before, after)):
            height = (HEIGHT - TOP - BOTTOM) * max(values[number], 0) / top
            bar = rectangle(
                svg, side,
                LEFT + step * (number + 0.1 + 0.4 * side), HEIGHT - BOTTOM - height,
                step * 0.4, height,
            )  # fmt: skip
            tooltip(bar, f"{label}, {SERIES[side]}: {values[number]:,.0f}")
    x_labels(svg, labels, lambda number: LEFT + step * (number + 0.5))
    return svg


def lines(labels: Sequence[str], before: Sequence[float], after: Sequence[float]) -> Element:
    """Two lines over labels of equal distance."""
    svg, top = canvas(HEIGHT), scale_top([*before, *after])
    y_axis(svg, top)
    step = (WIDTH - LEFT - RIGHT) / max(len(labels), 1)

    def place(number: int, value: float) -> tuple[float, float]:
        height = (HEIGHT - TOP - BOTTOM) * max(value, 0) / top
        return LEFT + step * (number + 0.5), HEIGHT - BOTTOM - height

    for side, values in enumerate((before, after)):
        points = [place(number, value) for number, value in enumerate(values)]
        SubElement(
            svg, "polyline", {"class": f"line {SERIES[side]}"},
            points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points),
        )  # fmt: skip
        for label, value, (x, y) in zip(labels, values, points, strict=True):
            dot = circle(svg, SERIES[side], x, y)
            tooltip(dot, f"{label}, {SERIES[side]}: {value:,.0f}")
    x_labels(svg, labels, lambda number: LEFT + step * (number + 0.5))
    return svg


def bars(labels: Sequence[str], before: Sequence[float], after: Sequence[float]) -> Element:
    """Two bars for each label, one under the other; the figures stand beside them."""
    left, right = 190, 74
    height = max(len(labels), 1) * (2 * BAR + GAP) + GAP
    svg, top = canvas(height), max([*before, *after, 1])
    for number, label in enumerate(labels):
        y = GAP + number * (2 * BAR + GAP)
        short = label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"
        tooltip(text(svg, left - 8, y + BAR + 4, short, "end"), label)
        for side, values in enumerate((before, after)):
            width = (WIDTH - left - right) * max(values[number], 0) / top
            rectangle(svg, side, left, y + side * BAR, width, BAR - 1)
            figure = text(svg, left + width + 5, y + (side + 1) * BAR - 1, f"{values[number]:,.0f}")
            figure.set("class", "figure")
    return svg


def ranks(points: Sequence[tuple[int, int, str]]) -> Element:
    """Places before (across) and after (up); who keeps the place lies on the diagonal.

    `points` are (before, after, name); the first place is at the lower left.
    """
    svg = canvas(HEIGHT)
    last = max([max(before, after) for before, after, _ in points], default=1)

    def across(rank: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * rank / (last + 1)

    def up(rank: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * rank / (last + 1)

    for rank in ticks(last):
        text(svg, LEFT - 6, up(rank) + 4, f"{rank:,.0f}", "end")
        text(svg, across(rank), HEIGHT - BOTTOM + 16, f"{rank:,.0f}", "middle")
    diagonal = line(svg, across(0), up(0), across(last + 1), up(last + 1))
    diagonal.set("class", "diagonal")
    text(svg, WIDTH / 2, HEIGHT - 8, "rank before", "middle")
    title = text(svg, 14, HEIGHT / 2, "rank after", "middle")
    title.set("transform", f"rotate(-90 14 {HEIGHT / 2})")
    for before, after, name in points:
        dot = circle(svg, "after", across(before), up(after))
        tooltip(dot, f"{name}: {before} to {after}".removeprefix(": "))
    return svg


def histogram(
    before: Sequence[float], after: Sequence[float], bins: int = 16
) -> tuple[list[str], list[int], list[int]]:
    """Labels and counts of both sides in equal bins, whose width is a round number."""
    low, high = min([*before, *after, 0]), max([*before, *after, 1])
    width = round_step((high - low) / bins)
    first = math.floor(low / width)
    count = math.floor(high / width) - first + 1
    labels = [f"{(first + number) * width:,.0f}" for number in range(count)]
    counts = [
        [sum(math.floor(v / width) - first == number for v in values) for number in range(count)]
        for values in (before, after)
    ]
    return labels, counts[0], counts[1]


def round_step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, 50, ... that is at least so much."""
    size = 10.0 ** math.floor(math.log10(max(least, 1)))
    return next(size * n for n in (1, 2, 5, 10) if size * n >= least)


def ticks(top: float) -> list[float]:
    step = round_step(top / 5)
    return [step * number for number in range(math.floor(top / step) + 1)]


def scale_top(values: Sequence[float]) -> float:
    highest = max([*values, 1])
    step = round_step(highest / 5)
    return step * math.ceil(highest / step)


def canvas(height: float) -> Element:
    return Element("svg", {"viewBox": f"0 0 {WIDTH} {height:.0f}", "role": "img"})


def y_axis(svg: Element, top: float) -> None:
    for tick in ticks(top):
        y = HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * tick / top
        line(svg, LEFT, y, WIDTH - RIGHT, y)
        text(svg, LEFT - 6, y + 4, f"{tick:,.0f}", "end")


def x_labels(svg: Element, labels: Sequence[str], place: Callable[[int], float]) -> None:
    every = math.ceil(len(labels) / MOST_LABELS) or 1
    for number, label in enumerate(labels):
        if number % every == 0:
            x, y = place(number), HEIGHT - BOTTOM + 14
            written = text(svg, x, y, label, "end")
            written.set("transform", f"rotate(-30 {x:.1f} {y})")


def text(svg: Element, x: float, y: float, words: str, anchor: str = "start") -> Element:
    element = SubElement(svg, "text", {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor})
    element.text = words
    return element


def line(svg: Element, x1: float, y1: float, x2: float, y2: float) -> Element:
    ends = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    return SubElement(svg, "line", {name: f"{value:.1f}" for name, value in ends.items()})


def rectangle(svg: Element, side: int, x: float, y: float, width: float, height: float) -> Element:
    sizes = {"x": x, "y": y, "width": width, "height": height}
    values = {name: f"{value:.1f}" for name, value in sizes.items()}
    return SubElement(svg, "rect", {"class": SERIES[side]} | values)


def circle(svg: Element, series: str, x: float, y: float) -> Element:
    return SubElement(
        svg, "circle", {"class": series, "cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": "3"}
    )


def tooltip(element: Element, words: str) -> None:
    """What a pointer that rests on the element is told."""
    words_element = Element("title")
    words_element.text = words
    element.append(words_element)
