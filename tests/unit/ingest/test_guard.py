"""What looks wrong: a reading that lost too much, unless there was little to lose."""

import pytest

from ingest.guard import Guard
from ingest.settings import Settings

LIST = Guard(drop_share=0.25, min_rows=20, may_empty=False)
FACTS = Guard(drop_share=0.25, min_rows=20, may_empty=True)


@pytest.mark.parametrize(
    ("before", "now", "looks_wrong"),
    [
        (100, 100, False),
        (100, 250, False),
        (100, 76, False),
        (100, 75, True),  # a quarter of it
        (57, 29, True),  # one of two parts of a report
        (20, 15, True),
        (20, 0, True),
        (19, 1, False),  # too few to tell
        (0, 0, False),
        (0, 40, False),
    ],
)
@pytest.mark.parametrize("guard", [LIST, FACTS])
def test_a_quarter_of_the_rows_is_too_much_to_lose(
    guard: Guard, before: int, now: int, looks_wrong: bool
) -> None:
    assert guard.doubts(before, now) == looks_wrong


def test_a_list_or_a_report_never_empties_unasked_and_a_small_day_may() -> None:
    assert LIST.doubts(1, 0)
    assert not FACTS.doubts(1, 0)


@pytest.mark.parametrize(("now", "looks_wrong"), [(49, True), (50, True), (51, False)])
def test_how_much_is_a_setting(now: int, looks_wrong: bool) -> None:
    settings = Settings(_env_file=None, held_drop_share=0.5, held_min_rows=100)
    guard = Guard.of(settings, may_empty=True)
    assert guard.doubts(100, now) == looks_wrong
    assert not guard.doubts(99, 1)


def test_with_a_share_of_one_only_a_day_that_lost_all_is_held() -> None:
    guard = Guard.of(Settings(_env_file=None, held_drop_share=1), may_empty=True)
    assert [guard.doubts(100, now) for now in (1, 0)] == [False, True]
