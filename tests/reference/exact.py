"""Exact numbers: fractions inside, round half up at the edges."""

from decimal import Decimal
from fractions import Fraction
from math import floor

HALF = Fraction(1, 2)
Number = int | Decimal | Fraction


def exact(number: Number) -> Fraction:
    return Fraction(number)


def half_up(number: Fraction) -> int:
    """Whole number, halves upwards (62.5 -> 63)."""
    return floor(number + HALF)


def four_decimals(number: Number) -> Decimal:
    """Scores and shares as they are stored: 4 decimals, half up."""
    return Decimal(half_up(Fraction(number) * 10_000)).scaleb(-4)


def as_decimal(number: Number) -> Decimal:
    """A sum of input amounts (at most 6 decimals each) without loss."""
    millionths = Fraction(number) * 1_000_000
    assert millionths.denominator == 1, f"{number} has more than 6 decimals"
    return Decimal(millionths.numerator).scaleb(-6)
