"""A changed rule pack: what waits for `rebuild --accept-rules`, and what takes effect by itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.rules.metrics import BUILT_IN
from ingest.settings import Settings
from ingest.simulator import simulated_organisation
from ingest.warehouse import open_warehouse
from orchestration.packs import time_zone_in_force
from orchestration.publication.nights import PublishedNight, published_night
from orchestration.simulation.scratch import fill, use_rules_in_force
from tests.integration.nights import Said, nightquest

pytestmark = pytest.mark.long

MISSIONS = """
- {id: weekly_reviewer, name: Reviewer, difficulty: medium, metric: github.reviews_given,
   target: 6, period: week, valid_from: 2016-01-01}
"""
OLD = {
    "pack.yml": "name: small\n",
    "xp_rules.yml": """
- {id: pr_merged, metric: github.pull_requests_merged, points: 20, valid_from: 2016-01-01}
- {id: review_given, metric: github.reviews_given, points: 15, valid_from: 2016-01-01}
""",
    "missions.yml": MISSIONS,
    "challenges.yml": "[]\n",
    "badges.yml": """
- {id: reviewer, name: Reviewer, category: special, rarity: common, xp_reward: 50,
   condition: {type: metric, metric: github.reviews_given, threshold: 2}, valid_from: 2016-01-01}
""",
}
#: Two changes that wait: nobody reaches the badge any more. One that alone would not: the name.
CHANGED = OLD | {
    "xp_rules.yml": OLD["xp_rules.yml"].replace("points: 15", "points: 30"),
    "missions.yml": MISSIONS.replace("name: Reviewer", "name: Weekly Reviewer"),
    "badges.yml": OLD["badges.yml"].replace("threshold: 2", "threshold: 1000"),
}
OTHER_ZONE = "name: small\ncalendar: {time_zone: Asia/Kolkata}\n"


def from_tomorrow(last: date) -> dict[str, str]:
    """The accepted pack with one rule closed on the as-of day, and its next version after it."""
    closed = CHANGED["xp_rules.yml"].replace(
        "points: 20, valid_from: 2016-01-01",
        f"points: 20, valid_from: 2016-01-01, valid_to: {last}",
    )
    return CHANGED | {
        "xp_rules.yml": closed
        + "- {id: pr_merged, version: 2, metric: github.pull_requests_merged, points: 25, "
        f"valid_from: {last + timedelta(days=1)}}}\n"
    }


@dataclass(frozen=True)
class Look:
    """What a command said, and what is published after it."""

    said: Said
    night: PublishedNight
    tables: Mapping[str, list[dict]]

    def xp(self, reference: str) -> int:
        return sum(row["xp"] for row in self.tables["ledger"] if row["reference_id"] == reference)


TABLES = {
    "ledger": "select developer_id, activity_date, reference_id, xp from core.fct_xp_ledger "
    "order by developer_id, activity_date, reference_id, xp",
    "awards": "select developer_id, awarded_on, status, xp_reward from core.fct_badge_awards "
    "order by developer_id",
    "missions": "select name from core.dim_missions",
    "rules": "select rule_id, version, points, valid_to from core.dim_xp_rules order by 1, 2",
    "corrections": "select c.* from core.fct_corrections as c "
    "inner join core.run_status as s on c.run_id = s.last_good_run",
}


@dataclass(frozen=True)
class Story:
    """A home after each command, the commands' last day, and the status after the second one."""

    settings: Settings
    last: date
    looks: Mapping[str, Look]
    status: dict[str, Any]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """One story, because each command stands on those before it."""
    place = tmp_path_factory.mktemp("rules")
    settings = Settings(home=place / "home", rules=place / "rules")
    assert settings.rules
    settings.rules.mkdir()
    looks: dict[str, Look] = {}
    with simulated_organisation(snowflake=False) as running:
        environment = running.environment | {"NIGHTQUEST_RULES": str(settings.rules)}
        last, day_before = running.last_day, running.last_day - timedelta(days=1)

        def then(name: str, pack: Mapping[str, str], *arguments: str) -> None:
            for file, text in pack.items():
                (settings.rules / file).write_text(text, encoding="utf-8")
            said = nightquest(*arguments, home=settings.home, environment=environment)
            assert said.code == 0, said.err
            with open_warehouse(settings) as warehouse:
                tables = {key: warehouse.query(sql).to_dicts() for key, sql in TABLES.items()}
            night = published_night(settings)
            assert night is not None
            looks[name] = Look(said, night, tables)

        then("first", OLD, "run", "--day", str(day_before))
        then("night", CHANGED, "run", "--day", str(last))
        status = nightquest("status", "--json", home=settings.home, environment=environment)
        then("rebuild", CHANGED, "rebuild")
        then("accepted", CHANGED, "rebuild", "--accept-rules")
        then("tomorrow", from_tomorrow(last), "run", "--day", str(last))
    return Story(settings, last, looks, json.loads(status.out))


def reviews_paid(look: Look, points: int) -> int:
    """How many reviews the ledger pays, at so many points each."""
    return look.xp("review_given") // points


def test_a_night_with_a_changed_pack_goes_on_with_the_pack_in_force(story: Story) -> None:
    first, night = story.looks["first"], story.looks["night"]
    before = [row for row in night.tables["ledger"] if row["activity_date"] < story.last]
    assert before == first.tables["ledger"]
    assert {row["points"] for row in night.tables["rules"]} == {15, 20}
    assert {row["status"] for row in night.tables["awards"]} == {"awarded"}
    assert night.night.as_of_day == story.last, "the night itself is computed"
    assert night.night.pack_hash == first.night.pack_hash


def test_the_pack_in_force_goes_on_whole(story: Story) -> None:
    """A new name alone would not have waited."""
    assert story.looks["night"].tables["missions"] == [{"name": "Reviewer"}]


@pytest.mark.parametrize("command", ["night", "rebuild"])
def test_what_waits_is_said_and_stands_in_the_status(story: Story, command: str) -> None:
    look = story.looks[command]
    sentence = (
        "the pack in force goes on, because changes of the rule pack wait (xp_rules.yml, entry "
        "review_given, field points: 30 instead of 15; badges.yml, entry reviewer, field "
        "condition.threshold: 1000 instead of 2): type "
        f"`nightquest rules simulate {story.settings.rules}` and then `nightquest rebuild "
        "--accept-rules`"
    )
    assert look.night.problems == sentence
    assert look.said.err.count(sentence) == 1
    assert story.looks["first"].night.problems is None


def test_the_status_shows_what_waits_and_the_hash_of_the_pack_in_force(story: Story) -> None:
    night = story.looks["night"].night
    assert story.status["problems"] == [night.problems]
    assert story.status["pack_hash"] == night.pack_hash


def test_a_rebuild_alone_accepts_nothing(story: Story) -> None:
    night, rebuild = story.looks["night"], story.looks["rebuild"]
    assert rebuild.tables == night.tables
    assert rebuild.night.content_hash == night.night.content_hash


def test_an_accepted_pack_holds_for_all_days(story: Story) -> None:
    night, accepted = story.looks["night"], story.looks["accepted"]
    assert accepted.xp("review_given") == 2 * night.xp("review_given") > 0
    assert accepted.tables["missions"] == [{"name": "Weekly Reviewer"}]
    assert accepted.night.pack_hash != night.night.pack_hash
    assert accepted.night.problems is None


def test_what_an_accepted_pack_changes_is_a_correction(story: Story) -> None:
    night, accepted = story.looks["night"], story.looks["accepted"]
    corrected = {
        (row["developer_id"], row["activity_date"], int(row["old_value"]), int(row["new_value"]))
        for row in accepted.tables["corrections"]
        if (row["reference_id"], row["measure"]) == ("activity:review_given", "xp")
    }
    assert corrected == {
        (row["developer_id"], row["activity_date"], row["xp"], 2 * row["xp"])
        for row in night.tables["ledger"]
        if row["reference_id"] == "review_given"
    }


def test_an_accepted_pack_takes_back_no_announced_award(story: Story) -> None:
    night, accepted = story.looks["night"], story.looks["accepted"]
    assert night.tables["awards"] != []
    assert accepted.tables["awards"] == [row | {"status": "kept"} for row in night.tables["awards"]]
    assert accepted.xp("reviewer") == night.xp("reviewer") > 0


def test_a_version_from_tomorrow_and_a_closed_one_take_effect_by_themselves(story: Story) -> None:
    accepted, tomorrow = story.looks["accepted"], story.looks["tomorrow"]
    assert tomorrow.tables["rules"] == [
        {"rule_id": "pr_merged", "version": 1, "points": 20, "valid_to": story.last},
        {"rule_id": "pr_merged", "version": 2, "points": 25, "valid_to": None},
        {"rule_id": "review_given", "version": 1, "points": 30, "valid_to": None},
    ]
    assert tomorrow.tables["ledger"] == accepted.tables["ledger"]
    assert tomorrow.tables["corrections"] == []
    assert tomorrow.night.problems is None
    assert tomorrow.night.pack_hash not in {None, accepted.night.pack_hash}


def test_days_are_those_of_the_time_zone_in_force(story: Story, tmp_path: Path) -> None:
    """Sources are asked for local days: half a change would move facts to other days."""
    assert story.settings.rules
    (story.settings.rules / "pack.yml").write_text(OTHER_ZONE, encoding="utf-8")
    assert time_zone_in_force(story.settings) == "UTC"
    unpublished = story.settings.model_copy(update={"home": tmp_path})
    assert time_zone_in_force(unpublished) == "Asia/Kolkata"


def test_what_a_failed_rebuild_has_loaded_is_not_what_a_simulation_starts_from(
    story: Story, tmp_path: Path
) -> None:
    failed = "update raw_rules.{} set {}"
    with open_warehouse(story.settings) as warehouse:
        warehouse.execute(failed.format("packs", "pack_hash = 'refused'"))
        warehouse.execute(failed.format("xp_rules", "points = 99"))
    scratch = fill(story.settings, tmp_path, keep_announced=False)
    use_rules_in_force(story.settings, scratch, BUILT_IN)
    with open_warehouse(scratch) as warehouse:
        points = warehouse.query("select points from raw_rules.xp_rules order by points")
    assert points["points"].to_list() == [20, 25, 30]
