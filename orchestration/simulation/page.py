"""The page of a simulation: one HTML file of tables and plots that asks no other host."""

import os
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

from ingest.settings import Settings
from orchestration.simulation import charts
from orchestration.simulation.compare import Comparison, Measure
from orchestration.simulation.report import Report, Section, shown_teams

#: A browser refuses everything but what stands in the file itself.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = """
:root { color-scheme: light dark; --before: #98a2b3; --after: #2f6fde; --rule: #d9dee7;
  --soft: #667085; }
@media (prefers-color-scheme: dark) {
  :root { --before: #7b8698; --after: #6ea2ff; --rule: #3a4353; --soft: #a0aaba; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1240px;
  padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; } h2 { font-size: 1.05rem; margin: 0 0 .4rem; }
main { display: grid; gap: 2rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 500px), 1fr)); }
main > * { margin: 0; min-width: 0; overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { border-bottom: 1px solid var(--rule); padding: .2rem .5rem; text-align: right;
  white-space: nowrap; }
th:first-child, td:first-child { padding-left: 0; text-align: left; white-space: normal; }
th { color: var(--soft); font-weight: 500; white-space: normal; }
p.note, header p { color: var(--soft); }
svg { height: auto; width: 100%; } svg text { fill: currentColor; font-size: 11px; }
svg line { stroke: var(--rule); } svg .diagonal { stroke: var(--soft); stroke-dasharray: 4 4; }
 svg .figure { font-size: 10px; fill: var(--soft); }
rect.before, circle.before { fill: var(--before); } rect.after, circle.after { fill: var(--after); }
.line { fill: none; stroke-width: 2; } .line.before { stroke: var(--before); }
.line.after { stroke: var(--after); }
.key::before { content: "■ "; } .key.before::before { color: var(--before); }
.key.after::before { color: var(--after); } .key { margin-right: 1rem; }
"""


def write_page(path: Path, settings: Settings, told: Report, comparison: Comparison) -> None:
    """Write the page beside its place and rename it: nobody reads half of one."""
    page = page_of(settings, told, comparison)
    fresh = path.with_name(f".{path.name}.writing")
    fresh.write_bytes(b"<!doctype html>\n" + tostring(page, encoding="utf-8", method="html"))
    fresh.chmod(0o640)  # like the published file: it names people
    os.replace(fresh, path)


def page_of(settings: Settings, told: Report, comparison: Comparison) -> Element:
    page = Element("html", {"lang": "en"})
    head = SubElement(page, "head")
    SubElement(head, "meta", {"charset": "utf-8"})
    SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": POLICY})
    SubElement(head, "meta", {"name": "viewport", "content": "width=device-width"})
    words(head, "title", f"Simulation: {told.title}")
    words(head, "style", STYLE)
    body = SubElement(page, "body")
    header = SubElement(body, "header")
    words(header, "h1", "What the rule pack would change")
    words(header, "p", told.title)
    words(SubElement(header, "p"), "strong", told.headline)
    key = SubElement(header, "p")
    words(key, "span", "before: the pack in force").set("class", "key before")
    words(key, "span", "after: the pack on trial").set("class", "key after")
    main = SubElement(body, "main")
    summary, *others = told.sections
    main.append(table_of(summary))
    for title, plot in plots(settings, comparison):
        figure = SubElement(main, "figure")
        words(figure, "h2", title)
        plot.set("aria-label", title)
        figure.append(plot)
    for section in others:
        main.append(table_of(section))
    return page


def plots(settings: Settings, comparison: Comparison) -> Iterator[tuple[str, Element]]:
    """The plots with their titles; those of nothing are left out."""
    developers = [d for d in comparison.developers if any((*d.xp, *d.total_xp))]
    if comparison.weeks:
        yield "XP per week", charts.lines(*of_measures(comparison.weeks))
    if developers:
        yield (
            f"Developers by total XP on {comparison.days.last}",
            charts.columns(*charts.histogram(*sides([d.total_xp for d in developers]))),
        )
        before, after = sides([d.levels for d in developers])
        levels = range(min(*before, *after), max(*before, *after) + 1)
        yield (
            f"Developers by level on {comparison.days.last}",
            charts.columns(
                [str(level) for level in levels],
                [before.count(level) for level in levels],
                [after.count(level) for level in levels],
            ),
        )
        is_named = settings.visibility == "named"
        yield (
            "Ranks by the XP of the range",
            charts.ranks(
                [(d.ranks[0], d.ranks[1], d.name if is_named else "")
                 for d in developers if d.ranks[0] and d.ranks[1]]
            ),
        )  # fmt: skip
    if shown := shown_teams(settings, comparison):
        yield (
            "XP by team",
            charts.bars([team.name for team in shown], *sides([team.xp for team in shown])),
        )
    if comparison.reasons:
        yield "XP by reason", charts.bars(*of_measures(comparison.reasons))
    if comparison.rules:
        yield "Activity XP by rule", charts.bars(*of_measures(comparison.rules))


def of_measures(measures: list[Measure]) -> tuple[list[str], list[int], list[int]]:
    return (
        [measure.name for measure in measures],
        [measure.before for measure in measures],
        [measure.after for measure in measures],
    )


def sides(pairs: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [before for before, _ in pairs], [after for _, after in pairs]


def table_of(section: Section) -> Element:
    place = Element("section")
    words(place, "h2", section.title)
    if section.rows:
        table = SubElement(place, "table")
        heading = SubElement(SubElement(table, "thead"), "tr")
        for column in section.columns:
            words(heading, "th", column)
        body = SubElement(table, "tbody")
        for row in section.rows:
            line = SubElement(body, "tr")
            for cell in row:
                words(line, "td", cell)
    if section.note:
        words(place, "p", section.note).set("class", "note")
    return place


def words(parent: Element, tag: str, said: str) -> Element:
    element = SubElement(parent, tag)
    element.text = said
    return element
