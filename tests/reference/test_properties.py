"""What holds of every history, tried on histories that Hypothesis draws (game.md as a whole)."""

from collections import defaultdict
from datetime import date
from itertools import pairwise
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from .chains import chain_of, play_chain, with_record
from .facts import Facts, Row
from .game import Tables, play, play_night
from .worlds import ends_of_nights, generate_world

#: A night of four companies takes a quarter of a second; its seed shrinks to nothing simpler.
few = settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
seeds = st.integers(min_value=100, max_value=10_000)


def small_chain(seed: int, nights: int = 2) -> list[Facts]:
    facts = generate_world(seed, companies=4, days=18)
    return chain_of(facts, seed, ends_of_nights(facts, nights, Random(seed)))


def in_order(tables: Tables) -> dict[str, list[str]]:
    return {name: sorted(str(sorted(row.items())) for row in rows) for name, rows in tables.items()}


@few
@given(seeds)
def test_the_ledger_s_sum_is_every_total(seed: int) -> None:
    for _, night in play_chain(small_chain(seed)):
        check_sums(night.tables)


def check_sums(tables: Tables) -> None:
    sums: dict[str, int] = defaultdict(int)
    of_day: dict[tuple[str, date], int] = defaultdict(int)
    of_attempt: dict[str, int] = defaultdict(int)
    for row in tables["fct_xp_ledger"]:
        sums[row["developer_id"]] += row["xp"]
        of_day[row["developer_id"], row["activity_date"]] += row["xp"]
        if row["reason"].startswith("mission"):
            of_attempt[row["reference_id"]] += row["xp"]
    newest: dict[str, Row] = {}
    for row in sorted(tables["fct_developer_days"], key=lambda row: row["activity_date"]):
        newest[row["developer_id"]] = row
        assert row["xp"] == of_day[row["developer_id"], row["activity_date"]]
        parts = ("xp_activity", "xp_missions", "xp_badges", "xp_streak", "xp_adjustments")
        assert row["xp"] == sum(row[part] for part in parts)
    assert {who: row["total_xp"] for who, row in newest.items()} == {
        who: sums[who] for who in newest
    }
    assert sums.keys() <= newest.keys()
    for row in tables["leaderboards"]:
        if (row["board_id"], row["scope_id"]) == ("xp_all_time", "org"):
            assert row["score"] == sums[row["developer_id"]]
    for row in tables["fct_mission_attempts"]:
        assert row["xp_awarded"] == of_attempt[row["attempt_id"]]


@few
@given(seeds, st.randoms(use_true_random=False))
def test_the_order_of_facts_says_nothing(seed: int, dice: Random) -> None:
    (facts, first), (later, second) = play_chain(small_chain(seed))
    for known, night in ((facts, first), (later, second)):
        tables = {path: dice.sample(rows, len(rows)) for path, rows in known.tables.items()}
        again = play_night(Facts(tables))
        assert in_order(again.tables) == in_order(night.tables)
        assert in_order({"told": again.announced}) == in_order({"told": night.announced})


@few
@given(seeds)
def test_a_night_played_twice_is_the_same_and_changes_no_fact(seed: int) -> None:
    *_, (facts, night) = play_chain(small_chain(seed))
    assert play(facts) == night.tables


@few
@given(seeds)
def test_a_night_on_its_own_announcements_keeps_nothing_and_announces_nothing(seed: int) -> None:
    (facts,) = small_chain(seed, nights=1)
    night = play_night(facts)
    again = play_night(with_record(facts, night.announced))
    assert again.announced == []
    for table, rows in night.tables.items():
        assert in_order({table: again.tables[table]}) == in_order({table: rows})


@few
@given(seeds)
def test_an_announced_award_never_disappears(seed: int) -> None:
    nights = list(play_chain(small_chain(seed, nights=3)))
    for number, (_, night) in enumerate(nights):
        told = {
            (row["developer_id"], row["reference_id"], row["season"], row["decided_on"])
            for row in night.announced
            if row["kind"] == "badge"
        }
        for _, later in nights[number + 1 :]:
            shown = {row["developer_id"] for row in later.tables["dim_developers"]}
            held = {
                (row["developer_id"], row["badge_id"], row["season"], row["awarded_on"])
                for row in later.tables["fct_badge_awards"]
            }
            assert {award for award in told if award[0] in shown} <= held


@few
@given(seeds)
def test_nobody_is_in_two_teams_at_once_and_team_days_are_sums_over_people(seed: int) -> None:
    *_, (_, night) = play_chain(small_chain(seed))
    stretches: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for row in night.tables["bridge_team_members"]:
        last = row["valid_to"] or date.max
        assert row["valid_from"] <= last
        stretches[row["developer_id"]].append((row["valid_from"], last))
    for of_person in stretches.values():
        ordered = sorted(of_person)
        for (_, last), (first, _) in pairwise(ordered):
            assert last < first
    for row in night.tables["fct_team_days"]:
        assert 1 <= row["active_members"] <= row["members"]


@few
@given(seeds)
def test_notifications_are_told_once_and_only_to_people_who_are_shown(seed: int) -> None:
    *_, (_, night) = play_chain(small_chain(seed))
    told = [tuple(row.values()) for row in night.tables["fct_notifications"]]
    assert len(told) == len(set(told))
    assert {row[0] for row in told} <= {
        row["developer_id"] for row in night.tables["dim_developers"]
    }
