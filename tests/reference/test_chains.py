"""Chains of nights: what is announced stays, whatever the facts become; played in two ways."""

from itertools import pairwise
from random import Random

import pytest

from .chains import RECORD, chain_differences, chain_of, last_night, play_chain, with_record
from .facts import Facts, Row
from .game import Tables, play_night
from .worlds import ends_of_nights, generate_world

COMPANIES = 12


class ReferenceHouse:
    """The reference in the place of a pipeline: it loads, runs and publishes night after night."""

    def __init__(self) -> None:
        self.record: list[Row] = []

    def run_night(self, facts: Facts) -> Tables:
        night = play_night(with_record(facts, self.record))
        self.record += night.announced
        return night.tables


class ForgetfulHouse(ReferenceHouse):
    """A pipeline that takes back what it has announced."""

    def run_night(self, facts: Facts) -> Tables:
        self.record.clear()
        return super().run_night(facts)


@pytest.fixture(scope="module")
def chain() -> list[Facts]:
    facts = generate_world(5, COMPANIES)
    return chain_of(facts, 5, ends_of_nights(facts, 3, Random(5)))


def test_a_chain_run_night_by_night_is_told_from_nothing(chain: list[Facts]) -> None:
    assert chain_differences(chain, ReferenceHouse().run_night) == []


def test_a_house_that_forgets_its_announcements_is_found_out(chain: list[Facts]) -> None:
    lines = chain_differences(chain, ForgetfulHouse().run_night)
    assert not [line for line in lines if line.startswith("night 1")]
    assert [line for line in lines if "fct_badge_awards" in line and "expected kept" in line]


def test_tables_that_a_house_does_not_show_are_not_compared(chain: list[Facts]) -> None:
    assert chain_differences(chain, lambda facts: {}) == []


def test_the_last_night_stands_on_the_record_of_all_before(chain: list[Facts]) -> None:
    facts, night = last_night(chain)
    house = ReferenceHouse()
    for earlier in chain[:-1]:
        house.run_night(earlier)
    assert facts[RECORD] == house.record
    assert night.tables == house.run_night(chain[-1])


def test_every_night_knows_something_else(chain: list[Facts]) -> None:
    """Facts came late, changed and vanished up to the first night's day."""
    first, *_, last = chain
    day = first.as_of
    versions = [
        {row["node_id"]: row for row in known["raw_github.issues"] if row["activity_date"] <= day}
        for known in (first, last)
    ]
    assert versions[1].keys() - versions[0].keys()
    assert versions[0].keys() - versions[1].keys()
    assert [
        issue
        for issue in versions[0].keys() & versions[1].keys()
        if versions[0][issue] != versions[1][issue]
    ]
    assert [row for row in first["ops.source_days"] if not row["is_complete"]]


def test_an_announced_award_never_disappears(chain: list[Facts]) -> None:
    """Each keeps its day and XP in all later nights, but for people who opted out."""
    nights = list(play_chain(chain))
    for (_, night), (_, later) in pairwise(nights):
        shown = {row["developer_id"] for row in later.tables["dim_developers"]}
        paid = {
            (row["developer_id"], row["reference_id"], row["activity_date"], row["reason"]): row[
                "xp"
            ]
            for row in later.tables["fct_xp_ledger"]
        }
        awards = {
            (row["developer_id"], row["badge_id"], row["season"]): row["awarded_on"]
            for row in later.tables["fct_badge_awards"]
        }
        for row in night.announced:
            who, reference, day = row["developer_id"], row["reference_id"], row["decided_on"]
            if who not in shown:
                continue
            if row["kind"] == "badge":
                assert awards[who, reference, row["season"]] == day
                season = "" if row["season"] is None else f":{row['season']}"
                assert paid[who, f"{reference}{season}", day, "badge"] == row["xp"]
                continue
            assert paid.get((who, reference, day, "mission"), 0) == row["xp"]
            assert paid.get((who, reference, day, "mission_perfect"), 0) == row["xp_perfect"]


def test_no_award_is_announced_twice(chain: list[Facts]) -> None:
    *_, (facts, night) = play_chain(chain)
    record = facts[RECORD] + night.announced
    keys = [
        (
            row["kind"],
            row["developer_id"],
            row["reference_id"],
            row["season"],
            row["decided_on"] if row["kind"] == "challenge" else None,
        )
        for row in record
    ]
    assert len(keys) == len(set(keys))


def test_kept_rows_are_those_whose_facts_say_otherwise(chain: list[Facts]) -> None:
    """Without the record each kept award has another day or XP, or is not there."""
    facts, night = last_night(chain)
    bare = play_night(with_record(facts, [])).tables["fct_badge_awards"]
    by_facts = {
        (row["developer_id"], row["badge_id"], row["season"]): (row["awarded_on"], row["xp_reward"])
        for row in bare
    }
    counts = {"kept": 0, "awarded": 0}
    told = {
        (row["developer_id"], row["reference_id"], row["season"])
        for row in facts[RECORD]
        if row["kind"] == "badge"
    }
    for row in night.tables["fct_badge_awards"]:
        key = (row["developer_id"], row["badge_id"], row["season"])
        if key in told and row["status"] != "revoked":
            # Kept missions bring XP and attempts that the bare facts lack, so only what looks at
            # neither can be told from the facts alone.
            if row["badge_id"] not in ("merges", "languages", "colleagues", "days", "copilot_days"):
                continue
            is_same = by_facts.get(key) == (row["awarded_on"], row["xp_reward"])
            assert row["status"] == ("awarded" if is_same else "kept")
            counts[row["status"]] += 1
    assert all(counts.values())
