"""What is to be told, derived from how things stand."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.settings import Settings
from orchestration.alerts.events import Event, events_of
from orchestration.alerts.kinds import Kind
from orchestration.standing import Disk, End, Run, Standing
from tests.unit.alerts.alert_scene import TODAY, YESTERDAY, night, standing

TWO = datetime(2026, 11, 22, 2, 0)
THE_DAY_BEFORE = datetime(2026, 11, 21, 2, 0)


def told(settings: Settings, **other: Any) -> list[tuple[str, str]]:
    return [(event.key, event.what) for event in events_of(settings, standing(**other))]


def run(end: End, run_id: str = "run-1", began: datetime = TWO, **other: Any) -> Run:
    return Run(run_id, "nightly", began, end, **other)


def pending(source: str, *days: int, scope: str = "org:acme") -> list[dict[str, Any]]:
    """Days of November."""
    return [
        {"source": source, "scope": scope, "activity_date": date(2026, 11, day)} for day in days
    ]


def test_a_good_night_needs_no_word(settings: Settings) -> None:
    assert told(settings, runs=(run(End.good),)) == []


@pytest.mark.parametrize(
    ("end", "reason", "key", "what"),
    [
        (
            End.failed, "no such table", "night-failed/run-1",
            "the last nightly run, of 2026-11-22 02:00, failed: no such table",
        ),
        (
            End.killed, None, "night-killed/run-1",
            "the last nightly run, of 2026-11-22 02:00, did not end, and its process is gone",
        ),
        (
            End.stopped, None, "night-stopped/run-1",
            "the last nightly run, of 2026-11-22 02:00, was stopped before its end",
        ),
    ],
)  # fmt: skip
def test_what_became_of_a_bad_night(
    settings: Settings, end: End, reason: str | None, key: str, what: str
) -> None:
    assert told(settings, runs=(run(end, reason=reason),)) == [(key, what)]


def test_a_night_at_work_is_no_event(settings: Settings) -> None:
    before = run(End.failed, "run-0", THE_DAY_BEFORE)
    assert told(settings, runs=(run(End.at_work), before)) == []


@pytest.mark.parametrize("former", [End.failed, End.killed, End.stopped])
def test_the_first_good_night_after_a_bad_one_is_good_again(
    settings: Settings, former: End
) -> None:
    before = run(former, "run-0", THE_DAY_BEFORE)
    assert told(settings, runs=(run(End.good), before)) == [
        (
            "good-again/run-1",
            "the nightly run, of 2026-11-22 02:00, went well; "
            f"the nightly run, of 2026-11-21 02:00, {former}",
        )
    ]


def test_the_second_good_night_is_not(settings: Settings) -> None:
    before = run(End.good, "run-0", THE_DAY_BEFORE)
    assert told(settings, runs=(run(End.good), before)) == []


def test_a_night_that_may_only_be_ending_is_not_sure(settings: Settings) -> None:
    (event,) = events_of(settings, standing(runs=(run(End.killed, is_sure=False),)))
    assert not event.is_sure


def test_old_figures_are_told_once_for_their_day(settings: Settings) -> None:
    shown = night(TODAY - timedelta(days=4))
    assert told(settings, night=shown) == [
        (
            "figures-old/2026-11-18",
            "the published day is 4 days old, and 3 are allowed (NIGHTQUEST_STALE_AFTER_DAYS): "
            "see that nights run",
        )
    ]
    assert told(settings, night=night(TODAY - timedelta(days=3))) == []


def test_the_days_of_the_demo_are_meant_to_be_old(settings: Settings) -> None:
    demo = settings.model_copy(update={"env": "demo"})
    assert told(demo, night=night(date(2026, 1, 1))) == []


def test_copilot_is_late_after_three_days_and_github_after_one(settings: Settings) -> None:
    days = [*pending("copilot", 19, 20, 21), *pending("github", 21)]
    assert told(settings, pending=days) == []
    days = [*pending("copilot", 18, 19, 20, 21), *pending("github", 20, 21)]
    assert told(settings, pending=days) == [
        (
            "source-late/copilot/2026-11-18",
            "copilot (org:acme) still owes 2026-11-18 to 2026-11-21: as of 2026-11-21 it is waited "
            "for since 4 days, and 3 are normal (NIGHTQUEST_LATE_AFTER_DAYS)",
        ),
        (
            "source-late/github/2026-11-20",
            "github (org:acme) still owes 2026-11-20 to 2026-11-21: as of 2026-11-21 it is waited "
            "for since 2 days, and 1 are normal (NIGHTQUEST_LATE_AFTER_DAYS)",
        ),
    ]


def test_a_longer_outage_is_no_second_event(settings: Settings) -> None:
    (key, _), *others = told(settings, pending=pending("github", 15, 16, 17, 18, 19, 20, 21))
    assert (key, others) == ("source-late/github/2026-11-15", [])


def test_a_gap_and_a_later_outage_are_two(settings: Settings) -> None:
    days = [*pending("github", 10), *pending("github", 19, 20, 21, scope="org:globex")]
    assert [key for key, _ in told(settings, pending=days)] == [
        "source-late/github/2026-11-10",
        "source-late/github/2026-11-19",
    ]


def test_a_gap_that_nights_ask_for_no_more_is_no_event(settings: Settings) -> None:
    lost = {"source": "github", "scope": "org:acme", "activity_date": date(2026, 10, 23)}
    assert told(settings, pending=[lost]) == []
    assert told(settings, pending=[lost | {"activity_date": date(2026, 10, 24)}]) != []


def test_a_source_that_nights_go_on_without_is_one_event_an_outage(settings: Settings) -> None:
    why = {"github": "GitHub at api.github.com answered 502"}
    first = told(settings, pending=pending("github", 21), unreachable=why)
    what = f"github could not be read: {why['github']}"
    assert first == [("source-unreachable/github/2026-11-21", what)]
    later = night(TODAY)
    second = told(settings, night=later, pending=pending("github", 21, 22), unreachable=why)
    assert second[0] == first[0]


def held(load_id: str = "load-1") -> dict[str, Any]:
    return {
        "source": "copilot", "dataset": "users-1-day", "scope": "org:acme",
        "activity_date": date(2026, 11, 18), "rows_in_force": 1200, "rows_held": 3,
        "load_id": load_id,
    }  # fmt: skip


def test_a_held_day_is_told_with_its_rows(settings: Settings) -> None:
    assert told(settings, held=[held()]) == [
        (
            "day-held/copilot/users-1-day/org:acme/2026-11-18/load-1",
            "copilot users-1-day org:acme, 2026-11-18: 3 rows, 1,200 before (`nightquest held`)",
        )
    ]


def test_another_reading_of_a_held_day_is_another_question(settings: Settings) -> None:
    assert told(settings, held=[held("load-1")]) != told(settings, held=[held("load-2")])


def test_more_rows_in_quarantine_are_new_ones(settings: Settings) -> None:
    row = {"source": "copilot", "dataset": "users-1-day", "row_count": 1, "last_date": YESTERDAY}
    assert told(settings, quarantine=[row]) == [
        (
            "rows-in-quarantine/copilot/users-1-day/2026-11-21/1",
            "copilot users-1-day: 1 row, the latest of 2026-11-21",
        )
    ]
    assert told(settings, quarantine=[row | {"row_count": 2}])[0][1] == (
        "copilot users-1-day: 2 rows, the latest of 2026-11-21"
    )


WAITS = (
    "the pack in force goes on, because changes of the rule pack wait (xp_rules.yml, entry "
    "pr_merged: points 20 -> 25): type `nightquest rules simulate my-rules` and then `nightquest "
    "rebuild --accept-rules`"
)


def test_rules_that_wait_are_told_without_what_else_the_night_says(settings: Settings) -> None:
    shown = night(problems=f"waiting for copilot since 2026-11-20; {WAITS}")
    assert told(settings, night=shown, folder_pack="new") == [("rules-wait/new", WAITS)]


def test_a_folder_that_was_put_back_waits_for_nothing(settings: Settings) -> None:
    assert told(settings, night=night(problems=WAITS), folder_pack="pack-in-force") == []


def test_a_broken_pack_is_told_in_one_line(settings: Settings) -> None:
    problem = "The rule pack x has 1 mistake; nothing of it was loaded.\nxp_rules.yml: points"
    ((key, what),) = told(settings, folder_pack=None, pack_problem=problem)
    assert key.startswith("rules-broken/")
    assert what == "The rule pack x has 1 mistake; nothing of it was loaded.; xp_rules.yml: points"


def test_a_disk_is_told_of_when_a_night_may_not_fit(settings: Settings) -> None:
    def disk(free: int) -> Disk:
        return Disk(Path("/srv/nightquest"), free, 2_500_000_000)

    assert told(settings, disks=(disk(2_500_000_000),)) == []
    assert told(settings, disks=(disk(2_400_000_000),)) == [
        (
            "disk-nearly-full/2026-11-22//srv/nightquest",
            "/srv/nightquest has 2.4 GB left, and a night may want 2.5 GB "
            "(NIGHTQUEST_DISK_FREE_GB)",
        )
    ]


def test_a_failed_night_is_told_while_the_figures_cannot_be_read(settings: Settings) -> None:
    dark = Standing(TODAY, runs=(run(End.failed, reason="gone"),), unread=("Postgres is down",))
    assert [event.kind for event in events_of(settings, dark)] == [
        Kind.night_failed,
        Kind.figures_unreadable,
    ]


def test_nothing_is_late_or_old_where_nothing_is_published(settings: Settings) -> None:
    assert events_of(settings, Standing(TODAY, pending=pending("github", 1))) == []


def test_an_event_names_its_entry_of_the_runbook() -> None:
    assert Event(Kind.day_held, "x", "y").runbook == "docs/runbook.md#day-held"
