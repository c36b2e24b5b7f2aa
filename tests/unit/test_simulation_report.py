"""A comparison as words, tables and a page: what is told, what is escaped, who is not named."""

from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from ingest.settings import Settings
from orchestration.simulation import charts, terminal
from orchestration.simulation.compare import Comparison, Developer, Measure, Range, Team, Totals
from orchestration.simulation.page import write_page
from orchestration.simulation.report import Report, Section, report, shown_teams

DAYS = Range(date(2026, 3, 2), date(2026, 3, 15), date(2026, 3, 31))
BEFORE = Totals(
    xp=1000, developer_days=10, quantiles=(100, 200, 300, 400, 500), unlocks=6, developer_weeks=4,
    active_developers=5, long_streaks=3,
)  # fmt: skip
AFTER = Totals(
    xp=1250, developer_days=10, quantiles=(100, 250, 375, 500, 700), unlocks=8, developer_weeks=4,
    active_developers=5, long_streaks=2,
)  # fmt: skip
ADA = Developer("Ada <b>&[red]", (600, 900), (600, 900), (3, 4), (1, 1), (2, 1))
BEN = Developer("Ben", (400, 350), (1600, 1550), (5, 4), (2, 3), (1, 2))
CEM = Developer("Cem", (0, 0), (0, 0), (1, 1), (None, None), (None, None))
TEAMS = [
    Team("Core", 6, 5, (700, 800)),
    Team("Duo", 2, 2, (100, 150)),
    Team("Edge", 7, 6, (200, 300)),
]


@pytest.fixture
def comparison() -> Comparison:
    return Comparison(
        DAYS,
        is_same=False,
        totals=(BEFORE, AFTER),
        developers=[ADA, BEN, CEM],
        teams=TEAMS,
        reasons=[Measure("activity", 600, 900), Measure("badge", 400, 350)],
        rules=[Measure("pr_merged", 600, 900)],
        missions=[Measure("kept", 3, 3), Measure("weekly", 3, 1)],
        badges=[Measure(f"badge_{number:02}", 0, number) for number in range(1, 13)],
        weeks=[Measure("2026-03-02", 500, 600), Measure("2026-03-09", 500, 650)],
    )


def told(comparison: Comparison, **settings: str) -> Report:
    return report(Settings(**settings), comparison, "my-rules (abc)", False, False)


def section(found: Report, title: str) -> Section:
    (named,) = [section for section in found.sections if section.title == title]
    return named


def test_the_headline_says_how_many_have_more_and_less(comparison: Comparison) -> None:
    assert told(comparison).headline == (
        "+250 XP (+25.0 %): 1 person would have more in these days, 1 person less. Both sides are "
        "computed in hindsight, without the record of announced awards."
    )


def test_the_summary_tells_the_inflation_and_the_quantiles(comparison: Comparison) -> None:
    rows = section(told(comparison), "Summary").rows
    assert rows[0] == ["XP of all", "1,000", "1,250", "+250", "+25.0 %"]
    assert rows[1] == ["XP per active developer and day", "100.0", "125.0", "+25.0", "+25.0 %"]
    assert rows[4] == ["XP of a developer, median", "300", "375", "+75", "+25.0 %"]


def test_levels_and_ranks_are_counted_up_and_down(comparison: Comparison) -> None:
    found = section(told(comparison), "Levels and ranks")
    assert found.rows == [
        ["level", "1", "1", "1", "-", "-", "-"],
        ["xp_all_time", "1", "1", "1", "0", "0", "0"],
        ["XP of the range", "0", "1", "1", "0", "0", "0"],
    ]
    assert found.note == "Levels gained: 1; lost: 1."


def test_the_targets_are_told_beside_the_figures(comparison: Comparison) -> None:
    assert section(told(comparison), "Targets, for information").rows == [
        ["badges unlocked per active developer and week", "3-5", "1.50", "2.00"],
        ["active developers with a streak of 7 or more", "60 %", "60.0 %", "40.0 %"],
        ["XP per active developer and day", "200-300", "100.0", "125.0"],
    ]


def test_winners_and_losers_are_apart_and_who_keeps_all_is_neither(comparison: Comparison) -> None:
    found = told(comparison)
    assert section(found, "Biggest winners").rows == [
        ["Ada <b>&[red]", "600", "900", "+300", "3 → 4", "1"]
    ]
    assert section(found, "Biggest losers").rows == [["Ben", "400", "350", "-50", "5 → 4", "2 → 3"]]


def test_a_team_has_its_sum_its_change_and_its_mean_per_member(comparison: Comparison) -> None:
    assert section(told(comparison), "Teams").rows[1] == [
        "Duo", "2", "100", "150", "+50", "50", "75",
    ]  # fmt: skip


def test_the_outcomes_that_change_most_come_first_and_the_rest_is_counted(
    comparison: Comparison,
) -> None:
    found = told(comparison)
    assert section(found, "Missions with other outcomes").rows == [["weekly", "3", "1", "-2"]]
    badges = section(found, "Badges with other outcomes")
    assert [row[0] for row in badges.rows[:2]] == ["badge_12", "badge_11"]
    assert (len(badges.rows), badges.note) == (10, "And 2 more.")


def test_nothing_is_divided_by_a_game_without_days(comparison: Comparison) -> None:
    nothing = Totals(0, 0, (0, 0, 0, 0, 0), 0, 0, 0, 0)
    empty = Comparison(DAYS, True, (nothing, nothing), [], [], [], [], [], [], [])
    found = told(empty)
    assert found.headline.startswith("Nothing would change: my-rules (abc) gives the same XP, ")
    assert section(found, "Summary").rows[1] == [
        "XP per active developer and day", "-", "-", "-", "-",
    ]  # fmt: skip


@pytest.mark.parametrize("visibility", ["opt_in", "anonymous"])
def test_where_not_everybody_is_named_nobody_is(
    comparison: Comparison, tmp_path: Path, visibility: str
) -> None:
    settings = Settings(visibility=visibility)
    found = report(settings, comparison, "my-rules", False, False)
    write_page(tmp_path / "page.html", settings, found, comparison)
    page = (tmp_path / "page.html").read_text()
    assert "NIGHTQUEST_VISIBILITY" in section(found, "Winners and losers").note
    for word in ("Ada", "Ben", "Cem"):
        assert word not in page
        assert word not in str(found)


def test_a_small_team_and_the_next_smallest_are_left_out_where_people_are_not_named(
    comparison: Comparison,
) -> None:
    """Duo's figures would be what is missing to the sum of all."""
    shown = shown_teams(Settings(visibility="anonymous", min_team_size=5), comparison)
    assert [team.name for team in shown] == ["Edge"]
    assert shown_teams(Settings(), comparison) == TEAMS


def test_names_are_text_on_the_page(comparison: Comparison, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    write_page(path, Settings(), told(comparison), comparison)
    page = path.read_text()
    assert "Ada &lt;b&gt;&amp;[red]" in page
    assert "<b>" not in page
    assert [file.name for file in tmp_path.iterdir()] == ["page.html"]


def test_names_are_text_in_the_terminal(
    comparison: Comparison, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "Console", lambda **kinds: Console(width=120, **kinds))
    terminal.show(told(comparison))
    assert "Ada <b>&[red]" in capsys.readouterr().out


def test_a_histogram_counts_both_sides_in_the_same_round_bins() -> None:
    labels, before, after = charts.histogram([0, 99, 100, 250], [199, 200, 250, 399], bins=4)
    assert labels == ["0", "100", "200", "300"]
    assert before == [2, 1, 1, 0]
    assert after == [0, 1, 2, 1]


def test_an_axis_has_round_ticks() -> None:
    assert charts.ticks(430) == [0, 100, 200, 300, 400]
    assert charts.scale_top([430]) == 500
    assert charts.scale_top([]) == 1
