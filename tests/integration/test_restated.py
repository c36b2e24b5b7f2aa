"""What a restated day does to what was published, night by night; every value by hand.

Ann (1), Bob (2) and Cid (3) use Copilot daily, for 10 XP a day. A dropped file tells of Ann's and
Bob's tasks (5 XP each) and talks (7 XP each); ten tasks win the badge `ten` (50 XP) and complete
the week's mission `busy` (40 XP, and 20 for the full score).
"""

import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from ingest.errors import NightquestError
from ingest.simulator import simulated_organisation
from ingest.simulator.copilot_rows import copilot_row
from orchestration.night import night_range
from orchestration.publication.nights import published_night
from orchestration.runner import Outcome, run_nightly, run_rebuild
from tests.integration.nights import put_in_force, unknown_team
from tests.integration.replaying import Core, Home, core_differences

pytestmark = pytest.mark.long

ANN, BOB, CID = "github:1", "github:2", "github:3"
LOGINS = {1: "ann", 2: "bob", 3: "cid"}
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 3, day) for day in (2, 3, 4, 5))
BUSY = "busy:1:github:1:2026-03-02"

PACK = {
    "pack.yml": """
name: restated
streak: {qualifying_metrics: [copilot.active_day], bonus: none}
""",
    "xp_rules.yml": """
- {id: copilot_day, metric: copilot.active_day, points: 10, valid_from: 2020-01-01}
- {id: task, metric: file.tasks, points: 5, valid_from: 2020-01-01}
- {id: talk, metric: file.talks, points: 7, valid_from: 2020-01-01}
""",
    "missions.yml": """
- {id: busy, name: Busy, xp: 40, metric: file.tasks, target: 10, period: week,
   valid_from: 2020-01-01}
""",
    "challenges.yml": "[]\n",
    "badges.yml": """
- {id: ten, name: Ten, category: milestones, rarity: common, xp_reward: 50,
   condition: {type: metric, metric: file.tasks, threshold: 10}, valid_from: 2020-01-01}
""",
}
SOURCES = """
filedrop:
  metrics:
    - {name: tasks, unit: tasks, description: Tasks done}
    - {name: talks, unit: talks, description: Talks given}
"""


def tasks(ann: int, ann_talks: int, bob: int) -> str:
    """The file: Ann's tasks and talks of Tuesday, her 4 tasks of Wednesday, Bob's of Tuesday."""
    return (
        "day,github_user_id,metric,value\n"
        f"{TUESDAY},1,tasks,{ann}\n{TUESDAY},1,talks,{ann_talks}\n"
        f"{WEDNESDAY},1,tasks,4\n{TUESDAY},2,tasks,{bob}\n"
    )


@dataclass(frozen=True)
class Look:
    """What readers and the pipeline have after a night."""

    run_id: str
    ledger: dict[tuple, tuple[int, str]]
    awards: list[tuple]
    attempts: list[tuple]
    corrections: set[tuple]
    told: set[tuple]
    unpublished: list[tuple]
    core: Core = field(compare=False)


@dataclass(frozen=True)
class Story:
    """The nights in order; `again` is what the repeated night wrote, `refused` what was said."""

    first: Look
    late: Look
    restated: Look
    again: Outcome
    repeated: Look
    refused: str
    failed: Look
    healed: Look
    rebuilt: Look


def look(home: Home) -> Look:
    night = published_night(home.settings)
    assert night is not None
    ledger = home.ask(
        "select developer_id, activity_date, reason, reference_id, xp, run_id "
        "from core.fct_xp_ledger"
    )
    return Look(
        run_id=night.run_id,
        ledger={row[:4]: row[4:] for row in ledger},
        awards=home.ask(
            "select developer_id, badge_id, awarded_on, xp_reward, status "
            "from core.fct_badge_awards"
        ),
        attempts=home.ask(
            "select attempt_id, cast(progress as integer), status, announced_status, decided_on, "
            "xp_awarded from core.fct_mission_attempts order by attempt_id"
        ),
        corrections=set(
            home.ask(
                "select run_id, table_name, developer_id, activity_date, reference_id, measure, "
                "old_value, new_value from core.fct_corrections"
            )
        ),
        told=set(
            home.ask(
                "select developer_id, activity_date, reference_id, body "
                "from core.fct_notifications where type = 'correction'"
            )
        ),
        unpublished=sorted(home.ask("select source, activity_date from ops.unpublished_changes")),
        core=home.core(),
    )


def drop(inbox: Path, content: str) -> None:
    """Drop the file, old enough not to be waited for."""
    path = inbox / "activity" / "tasks.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    os.utime(path, (0, 0))


def copilot_rows(folder: Path) -> Path:
    """Each asks Copilot once a day, Monday to Thursday."""
    rows = [
        copilot_row(random.Random(0), day, user_id, login, False, 0)
        | {"user_initiated_interaction_count": 1}
        for day in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY)
        for user_id, login in LOGINS.items()
    ]
    path = folder / "copilot.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("restated")
    inbox, pack = folder / "inbox", folder / "pack"
    for place in (inbox, pack):
        place.mkdir()
    for name, content in PACK.items():
        (pack / name).write_text(content)
    (folder / "sources.yml").write_text(SOURCES)
    places = {
        "NIGHTQUEST_HOME": str(folder / "home"),
        "NIGHTQUEST_INBOX": str(inbox),
        "NIGHTQUEST_RULES": str(pack),
        "NIGHTQUEST_SOURCES_FILE": str(folder / "sources.yml"),
    }
    with (
        simulated_organisation(copilot=[copilot_rows(folder)]) as simulation,
        pytest.MonkeyPatch.context() as monkeypatch,
    ):
        settings = put_in_force(monkeypatch, simulation.environment | places)
        home = Home("restated", settings, {})

        def night(day: date) -> Look:
            run_nightly(settings, *night_range(settings, day))
            return look(home)

        # Wednesday's report is late.
        late = {"match": {"path": "/users-1-day", "day": str(WEDNESDAY)}, "status": 204}
        simulation.set_faults([late])
        drop(inbox, tasks(ann=8, ann_talks=1, bob=3))
        run_nightly(settings, MONDAY, WEDNESDAY)
        first = look(home)
        simulation.set_faults([])
        second = night(THURSDAY)

        drop(inbox, tasks(ann=2, ann_talks=2, bob=5))
        restated = night(THURSDAY)
        again = run_nightly(settings, *night_range(settings, THURSDAY))
        repeated = look(home)

        drop(inbox, tasks(ann=2, ann_talks=2, bob=9))
        with unknown_team(settings, TUESDAY):
            with pytest.raises(NightquestError) as refusal:
                night(THURSDAY)
            failed = look(home)
        healed = night(THURSDAY)
        run_rebuild(settings)
        yield Story(
            first, second, restated, again, repeated, str(refusal.value), failed, healed, look(home)
        )


def test_what_was_published_first(story: Story) -> None:
    copilot = {
        (who, day, "activity", "copilot_day"): 10
        for who in (ANN, BOB, CID)
        for day in (MONDAY, TUESDAY)
    }
    assert {key: xp for key, (xp, _) in story.first.ledger.items()} == copilot | {
        (ANN, TUESDAY, "activity", "task"): 40,
        (ANN, TUESDAY, "activity", "talk"): 7,
        (ANN, WEDNESDAY, "activity", "task"): 20,
        (ANN, WEDNESDAY, "mission", BUSY): 40,
        (ANN, WEDNESDAY, "mission_perfect", BUSY): 20,
        (ANN, WEDNESDAY, "badge", "ten"): 50,
        (BOB, TUESDAY, "activity", "task"): 15,
    }
    assert story.first.awards == [(ANN, "ten", WEDNESDAY, 50, "awarded")]


def test_the_first_arrival_of_a_pending_day_is_no_correction(story: Story) -> None:
    added = story.late.ledger.keys() - story.first.ledger.keys()
    assert added == {
        (who, day, "activity", "copilot_day")
        for who in (ANN, BOB, CID)
        for day in (WEDNESDAY, THURSDAY)
    }
    assert (story.late.corrections, story.late.told) == (set(), set())


def test_each_change_to_something_published_is_a_correction(story: Story) -> None:
    run = story.restated.run_id
    ledger, attempts, awards = "fct_xp_ledger", "fct_mission_attempts", "fct_badge_awards"
    assert story.restated.corrections == {
        (run, ledger, ANN, TUESDAY, "activity:task", "xp", "40", "10"),
        (run, ledger, ANN, TUESDAY, "activity:talk", "xp", "7", "14"),
        (run, ledger, BOB, TUESDAY, "activity:task", "xp", "15", "25"),
        (run, attempts, ANN, WEDNESDAY, BUSY, "status", "completed", "kept"),
        (run, awards, ANN, WEDNESDAY, "ten", "status", "awarded", "kept"),
    }


def test_a_developer_is_told_once_of_a_corrected_day(story: Story) -> None:
    changed = "Late or corrected data changed that day's XP: "
    assert story.restated.told == {
        (ANN, TUESDAY, "2026-03-05", changed + "23 less."),  # 30 less for tasks, 7 more for a talk
        (BOB, TUESDAY, "2026-03-05", changed + "10 more."),
    }


def test_an_announced_award_keeps_its_day_and_xp(story: Story) -> None:
    """Six tasks are left of ten."""
    assert story.restated.awards == [(ANN, "ten", WEDNESDAY, 50, "kept")]
    assert story.restated.attempts == [
        (BUSY, 6, "kept", "completed", WEDNESDAY, 60),
        ("busy:1:github:2:2026-03-02", 5, "in_progress", None, None, 0),
    ]


def test_rows_that_did_not_change_keep_the_run_that_wrote_them(story: Story) -> None:
    first, late, restated = (of.run_id for of in (story.first, story.late, story.restated))
    assert len({first, late, restated}) == 3
    copilot = {
        (who, day, "activity", "copilot_day"): (10, run)
        for who in (ANN, BOB, CID)
        for day, run in ((MONDAY, first), (TUESDAY, first), (WEDNESDAY, late), (THURSDAY, late))
    }
    assert story.restated.ledger == copilot | {
        (ANN, TUESDAY, "activity", "task"): (10, restated),
        (ANN, TUESDAY, "activity", "talk"): (14, restated),
        (ANN, WEDNESDAY, "activity", "task"): (20, first),
        (ANN, WEDNESDAY, "mission", BUSY): (40, first),
        (ANN, WEDNESDAY, "mission_perfect", BUSY): (20, first),
        (ANN, WEDNESDAY, "badge", "ten"): (50, first),
        (BOB, TUESDAY, "activity", "task"): (25, restated),
    }


def test_a_night_that_is_run_again_adds_nothing(story: Story) -> None:
    assert (story.again.is_published, story.again.rows_written) == (False, {})
    assert story.repeated == story.restated
    assert core_differences(story.restated.core, story.repeated.core) == []


def test_a_publication_leaves_no_change_unpublished(story: Story) -> None:
    for after in (story.first, story.late, story.restated, story.healed, story.rebuilt):
        assert after.unpublished == []


def test_a_failed_night_changes_nothing_that_is_shown(story: Story) -> None:
    assert "The last good night stays up." in story.refused
    assert core_differences(story.restated.core, story.failed.core) == []
    assert story.failed.corrections == story.restated.corrections


def test_the_next_night_publishes_the_changes_of_a_failed_one(story: Story) -> None:
    """The file is not loaded again: that its day changed is known from the failed night."""
    assert ("filedrop", TUESDAY) in story.failed.unpublished
    task = (BOB, TUESDAY, "activity", "task")
    assert story.healed.ledger == story.restated.ledger | {task: (45, story.healed.run_id)}
    assert story.healed.corrections - story.restated.corrections == {
        (story.healed.run_id, "fct_xp_ledger", BOB, TUESDAY, "activity:task", "xp", "25", "45")
    }


def test_a_day_corrected_twice_in_one_night_is_told_once(story: Story) -> None:
    assert story.healed.told == story.restated.told


def test_a_rebuild_ends_in_the_rows_of_the_nights(story: Story) -> None:
    assert core_differences(story.healed.core, story.rebuilt.core) == []
    assert story.rebuilt.ledger == story.healed.ledger, "rows keep the run that wrote them"
    assert story.rebuilt.corrections == story.healed.corrections
    assert story.rebuilt.told == story.healed.told
