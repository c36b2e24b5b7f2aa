"""A comparison in words and tables, for the terminal and the page alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.settings import Settings
from orchestration.simulation.compare import Comparison, Developer, Measure, Team

MOST_SHOWN = 10
UNNAMED = "People are not listed, because NIGHTQUEST_VISIBILITY does not let everybody be named."


@dataclass(frozen=True)
class Section:
    """A titled table of ready-to-read cells; the first column is text, the others are figures.

    A section without rows is its note alone.
    """

    title: str
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    note: str = ""


@dataclass(frozen=True)
class Report:
    """What the terminal shows, in its order; `headline` is one sentence."""

    title: str
    headline: str
    sections: list[Section]


def report(
    settings: Settings, comparison: Comparison, pack: str, is_in_force: bool, keep_announced: bool
) -> Report:
    """All tables of a simulation; `pack` is how the pack on trial is called."""
    days = comparison.days
    title = f"{pack}, {days.first} to {days.last} (as of {days.as_of_day})"
    if is_in_force:
        headline = f"Nothing would change: {pack} says the same as the pack in force."
    elif comparison.is_same:
        headline = (
            f"Nothing would change: {pack} gives the same XP, levels, missions, badges, streaks "
            "and ranks as the pack in force, row for row."
        )
    else:
        headline = changes_told(comparison)
    sections = [summary(comparison), reasons(comparison), targets(comparison)]
    if not comparison.is_same:
        sections[1:1] = [moves(comparison)]
        sections += [
            *moved_people(settings, comparison),
            *([teams(settings, comparison)] if comparison.teams else []),
            outcomes("Missions with other outcomes", "passed", comparison.missions),
            outcomes("Badges with other outcomes", "awards", comparison.badges),
            outcomes("XP rules with other sums", "XP", comparison.rules),
        ]
    return Report(title, f"{headline} {announced_told(keep_announced)}", sections)


def announced_told(keep_announced: bool) -> str:
    if keep_announced:
        return "Announced awards keep their day and XP, as in `rebuild --accept-rules`."
    return "Both sides are computed in hindsight, without the record of announced awards."


def changes_told(comparison: Comparison) -> str:
    before, after = comparison.totals
    up = sum(developer.change > 0 for developer in comparison.developers)
    down = sum(developer.change < 0 for developer in comparison.developers)
    return (
        f"{signed(after.xp - before.xp)} XP ({percent(before.xp, after.xp)}): {people(up)} would "
        f"have more in these days, {people(down)} less."
    )


def summary(comparison: Comparison) -> Section:
    before, after = comparison.totals
    rows = [
        ["XP of all", whole(before.xp), whole(after.xp), signed(after.xp - before.xp),
         percent(before.xp, after.xp)],
        ["XP per active developer and day", decimal(before.xp_per_day), decimal(after.xp_per_day),
         difference(before.xp_per_day, after.xp_per_day),
         percent(before.xp_per_day, after.xp_per_day)],
    ]  # fmt: skip
    names = ("10th percentile", "25th percentile", "median", "75th percentile", "90th percentile")
    for name, one, other in zip(names, before.quantiles, after.quantiles, strict=True):
        rows.append(
            [f"XP of a developer, {name}", whole(one), whole(other), signed(other - one),
             percent(one, other)]
        )  # fmt: skip
    return Section("Summary", ("", "before", "after", "change", "inflation"), rows)


def moves(comparison: Comparison) -> Section:
    """Who gains and loses levels and places; who comes to a board or leaves it counts apart."""
    levels = [developer.levels[1] - developer.levels[0] for developer in comparison.developers]
    gained, lost = sum(n for n in levels if n > 0), -sum(n for n in levels if n < 0)
    return Section(
        "Levels and ranks",
        ("", "people up", "people down", "furthest", "come", "go", "new in top 10"),
        [
            ["level", *moved(levels), "-", "-", "-"],
            board_moves("xp_all_time", [d.board_ranks for d in comparison.developers]),
            board_moves("XP of the range", [d.ranks for d in comparison.developers]),
        ],
        f"Levels gained: {gained:,}; lost: {lost:,}.",
    )


def board_moves(board: str, ranks: list[tuple[int | None, int | None]]) -> list[str]:
    come = sum(1 for before, after in ranks if after and not before)
    go = sum(1 for before, after in ranks if before and not after)
    top = [{n for n, pair in enumerate(ranks) if (pair[side] or 11) <= 10} for side in (0, 1)]
    climbed = [before - after for before, after in ranks if before and after]
    return [board, *moved(climbed), whole(come), whole(go), whole(len(top[1] - top[0]))]


def moved(steps: list[int]) -> list[str]:
    """How many go up, how many down, and the longest way of one."""
    up, down = sum(n > 0 for n in steps), sum(n < 0 for n in steps)
    return [whole(up), whole(down), whole(max(map(abs, steps), default=0))]


def reasons(comparison: Comparison) -> Section:
    sums = [sum(getattr(m, side) for m in comparison.reasons) for side in ("before", "after")]
    return Section(
        "XP by reason",
        ("reason", "before", "after", "change", "share before", "share after"),
        [
            [m.name, whole(m.before), whole(m.after), signed(m.change),
             share(m.before, sums[0]), share(m.after, sums[1])]
            for m in comparison.reasons
        ],
    )  # fmt: skip


def targets(comparison: Comparison) -> Section:
    """What the game was designed for: information, nothing is refused for it."""
    before, after = comparison.totals
    return Section(
        "Targets, for information",
        ("measure", "target", "before", "after"),
        [
            ["badges unlocked per active developer and week", "3-5",
             decimal(before.unlocks_per_week, 2), decimal(after.unlocks_per_week, 2)],
            ["active developers with a streak of 7 or more", "60 %",
             share(before.long_streaks, before.active_developers),
             share(after.long_streaks, after.active_developers)],
            ["XP per active developer and day", "200-300",
             decimal(before.xp_per_day), decimal(after.xp_per_day)],
        ],
    )  # fmt: skip


def moved_people(settings: Settings, comparison: Comparison) -> list[Section]:
    """The biggest winners and losers, where the policy lets everybody be named."""
    if settings.visibility != "named":
        return [Section("Winners and losers", note=UNNAMED)]
    by_change = sorted(comparison.developers, key=lambda d: (d.change, d.name))
    losers = [d for d in by_change if d.change < 0][:MOST_SHOWN]
    winners = [d for d in reversed(by_change) if d.change > 0][:MOST_SHOWN]
    return [people_table("Biggest winners", winners), people_table("Biggest losers", losers)]


def people_table(title: str, developers: list[Developer]) -> Section:
    if not developers:
        return Section(title, note="Nobody.")
    return Section(
        title,
        ("developer", "XP before", "XP after", "change", "level", "rank"),
        [
            [d.name, whole(d.xp[0]), whole(d.xp[1]), signed(d.change),
             arrow(*d.levels), arrow(*d.ranks)]
            for d in developers
        ],
    )  # fmt: skip


def shown_teams(settings: Settings, comparison: Comparison) -> list[Team]:
    """All teams; where people may not be named, none whose figures would show one person's.

    Of few small teams the next smallest is left out too, because the sum of all is known.
    """
    if settings.visibility == "named":
        return comparison.teams
    by_size = sorted(comparison.teams, key=lambda team: team.active_members)
    left_out, hidden = 0, 0
    for team in by_size:
        if team.active_members >= settings.min_team_size and not (
            0 < hidden < settings.min_team_size
        ):
            break
        left_out, hidden = left_out + 1, hidden + team.active_members
    return [team for team in comparison.teams if team not in by_size[:left_out]]


def teams(settings: Settings, comparison: Comparison) -> Section:
    shown = shown_teams(settings, comparison)
    hidden = len(comparison.teams) - len(shown)
    return Section(
        "Teams",
        ("team", "members", "XP before", "XP after", "change", "mean before", "mean after"),
        [
            [team.name, whole(team.members), whole(team.xp[0]), whole(team.xp[1]),
             signed(team.xp[1] - team.xp[0]),
             whole(team.xp[0] / team.members), whole(team.xp[1] / team.members)]
            for team in shown
        ],
        f"{hidden} small teams are left out." if hidden else "",
    )  # fmt: skip


def outcomes(title: str, unit: str, found: list[Measure]) -> Section:
    """What changes most, of the measures that change."""
    changed = sorted((m for m in found if m.change), key=lambda m: (-abs(m.change), m.name))
    if not changed:
        return Section(title, note="None.")
    more = len(changed) - MOST_SHOWN
    return Section(
        title,
        ("id", f"{unit} before", f"{unit} after", "change"),
        [[m.name, whole(m.before), whole(m.after), signed(m.change)] for m in changed[:MOST_SHOWN]],
        f"And {more} more." if more > 0 else "",
    )


def whole(number: float) -> str:
    return f"{number:,.0f}"


def decimal(number: float | None, places: int = 1) -> str:
    return "-" if number is None else f"{number:,.{places}f}"


def signed(number: float) -> str:
    return f"{number:+,.0f}" if round(number) else "0"


def difference(before: float | None, after: float | None) -> str:
    return "-" if before is None or after is None else f"{after - before:+,.1f}"


def percent(before: float | None, after: float | None) -> str:
    if after is None or not before or before < 0:
        return "-"
    return f"{100 * (after - before) / before:+.1f} %"


def share(part: float, all_of_it: float) -> str:
    return f"{100 * part / all_of_it:.1f} %" if all_of_it > 0 else "-"


def arrow(before: int | None, after: int | None) -> str:
    if before == after:
        return str(before or "-")
    return f"{before or '-'} → {after or '-'}"


def people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"
