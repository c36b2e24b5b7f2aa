from datetime import date

from app import words


def test_numbers_have_thousands_separators_and_one_decimal_at_most():
    assert words.count(1234567) == "1,234,567"
    assert words.count(12.5) == "12.5"
    assert words.count(12.0) == "12"
    assert words.count(None) == "–"


def test_one_is_singular():
    assert words.count(1, ("day", "days")) == "1 day"
    assert words.count(0, ("day", "days")) == "0 days"


def test_a_smaller_rank_is_a_way_up():
    assert words.moved(3, 5, "yesterday") == "▲ up 2 since yesterday"
    assert words.moved(1_204, 4, "last week") == "▼ down 1,200 since last week"
    assert words.moved(4, 4, "yesterday") == "● same as yesterday"
    assert words.moved(4, None, "last week") == "✦ new since last week"


def test_days_are_written_out():
    assert words.day(date(2026, 3, 9)) == "9 Mar 2026"
    assert words.day(None) == "no day yet"


def test_only_the_first_three_ranks_have_a_medal():
    assert [bool(words.medal(rank)) for rank in (1, 2, 3, 4)] == [True, True, True, False]


def test_a_streak_is_yellow_orange_red_by_length_and_never_shamed():
    assert [words.streak_mood(days)[0] for days in (0, 1, 5, 20)] == [
        "gray", "yellow", "orange", "red",
    ]  # fmt: skip
    assert words.streak_mood(0)[1] == "The next working day can start a new one"
