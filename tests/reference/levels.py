"""The two level curves and the titles (game.md section 3)."""

from bisect import bisect_right
from fractions import Fraction
from typing import Any

from .exact import half_up

HIGHEST = 100
GROWTH = Fraction(115, 100)
TITLES = (
    (1, "Novice"),
    (10, "Apprentice"),
    (20, "Adept"),
    (30, "Expert"),
    (40, "Master"),
    (50, "Grandmaster"),
    (70, "Legend"),
    (90, "Mythic"),
)


def sqrt_100() -> list[int]:
    return [100 * (level - 1) ** 2 for level in range(1, HIGHEST + 1)]


def geometric_115() -> list[int]:
    totals = [0]
    for step in range(1, HIGHEST):
        totals.append(totals[-1] + half_up(100 * GROWTH ** (step - 1)))
    return totals


#: Total XP required for level n, at index n - 1.
CURVES = {"sqrt_100": sqrt_100(), "geometric_115": geometric_115()}


def level_of(curve: str, total_xp: int) -> int:
    return bisect_right(CURVES[curve], max(0, total_xp))


def title_of(level: int) -> str:
    return [title for first_level, title in TITLES if first_level <= level][-1]


def standing(curve: str, total_xp: int) -> dict[str, Any]:
    """Level, title, next level's total, XP remaining and progress (0..1, unrounded)."""
    level = level_of(curve, total_xp)
    result: dict[str, Any] = {"level": level, "title": title_of(level)}
    if level == HIGHEST:
        return result | {
            "next_level_total_xp": None,
            "xp_remaining": 0,
            "level_progress": Fraction(1),
        }
    this, following = CURVES[curve][level - 1], CURVES[curve][level]
    return result | {
        "next_level_total_xp": following,
        "xp_remaining": following - total_xp,
        "level_progress": Fraction(max(0, total_xp) - this, following - this),
    }
