"""The seed of both level curves, against the specification's checks and exact sums."""

import csv
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path

import pytest

SEED = Path(__file__).parents[2] / "dbt_project" / "seeds" / "levels.csv"
CURVES = ("sqrt_100", "geometric_115")


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with SEED.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def totals(rows) -> dict[tuple[str, int], int]:
    return {(row["curve"], int(row["level"])): int(row["total_xp_required"]) for row in rows}


def level_of(xp: int, curve: str, totals: dict[tuple[str, int], int]) -> int:
    return max(level for (name, level), total in totals.items() if name == curve and total <= xp)


def test_the_columns_are_those_of_dim_levels(rows):
    assert list(rows[0]) == ["curve", "level", "total_xp_required", "title"]


def test_both_curves_have_each_level_from_1_to_100_once(rows):
    levels = [(row["curve"], int(row["level"])) for row in rows]
    assert sorted(levels) == sorted((curve, n) for curve in CURVES for n in range(1, 101))


@pytest.mark.parametrize("curve", CURVES)
def test_a_curve_begins_at_0_and_rises_with_every_level(totals, curve):
    required = [totals[curve, level] for level in range(1, 101)]
    assert required[0] == 0
    assert all(before < after for before, after in pairwise(required))


@pytest.mark.parametrize(
    ("xp", "level"),
    [
        (0, 1),
        (99, 1),
        (100, 2),
        (399, 2),
        (400, 3),
        (899, 3),
        (900, 4),
        (1599, 4),
        (1600, 5),
    ],
)
def test_the_level_of_so_much_xp_on_the_square_root_curve(totals, xp, level):
    assert level_of(xp, "sqrt_100", totals) == level


def test_the_square_root_curve_is_a_hundred_times_a_square(totals):
    assert all(totals["sqrt_100", level] == 100 * (level - 1) ** 2 for level in range(1, 101))


@pytest.mark.parametrize(
    ("level", "xp"),
    [
        (2, 100),
        (3, 215),
        (5, 499),
        (10, 1678),
        (20, 8822),
        (30, 37719),
        (40, 154618),
        (50, 627541),
    ],
)
def test_the_geometric_curve_needs_so_much_for_a_level(totals, level, xp):
    assert totals["geometric_115", level] == xp


@pytest.mark.parametrize(("level", "millions"), [(70, "10.28"), (90, "168"), (100, "680.8")])
def test_the_geometric_curve_needs_about_so_many_millions(totals, level, millions):
    expected = Decimal(millions)
    found = (Decimal(totals["geometric_115", level]) / 10**6).quantize(expected, ROUND_HALF_UP)
    assert found == expected


def test_each_step_of_the_geometric_curve_is_rounded_half_up(totals):
    # 100 x 1.15^(n-1) = 100 x 23^(n-1) / 20^(n-1), rounded in whole numbers only.
    for level in range(1, 100):
        numerator, denominator = 100 * 23 ** (level - 1), 20 ** (level - 1)
        step = (2 * numerator + denominator) // (2 * denominator)
        next_level, this_level = ("geometric_115", level + 1), ("geometric_115", level)
        assert totals[next_level] - totals[this_level] == step


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize(
    ("title", "first", "last"),
    [
        ("Novice", 1, 9),
        ("Apprentice", 10, 19),
        ("Adept", 20, 29),
        ("Expert", 30, 39),
        ("Master", 40, 49),
        ("Grandmaster", 50, 69),
        ("Legend", 70, 89),
        ("Mythic", 90, 100),
    ],
)
def test_a_title_covers_its_levels(rows, curve, title, first, last):
    levels = [int(row["level"]) for row in rows if row["curve"] == curve and row["title"] == title]
    assert levels == list(range(first, last + 1))
