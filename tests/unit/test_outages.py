"""What an asset does about a source that cannot be read."""

from types import SimpleNamespace
from typing import Any

import pytest
from dagster import RetryRequested

from ingest.errors import NightquestError, SourceError
from ingest.landing import LandingReport
from orchestration.assets.landing import MAX_RETRIES, SCHEDULE_TAG, read

MINUTE = 60


def step(retry_number: int = 0, **tags: str) -> Any:
    return SimpleNamespace(run=SimpleNamespace(tags=tags), retry_number=retry_number)


def down() -> LandingReport:
    raise SourceError("Snowflake does not answer.")


def go_without(why: str) -> LandingReport:
    return LandingReport()


def test_what_was_landed_is_reported():
    report = LandingReport()
    assert read(step(), "snowflake", lambda: report, go_without) is report
    assert report.outage is None


def test_who_types_a_command_is_told_at_once():
    assert read(step(), "snowflake", down, go_without).outage == "Snowflake does not answer."


@pytest.mark.parametrize(("retry", "minutes"), [(0, 5), (1, 10), (2, 20)])
def test_a_scheduled_run_asks_again_later_and_later(retry: int, minutes: int):
    with pytest.raises(RetryRequested) as asked:
        read(step(retry, **{SCHEDULE_TAG: "every_night"}), "snowflake", down, go_without)
    assert asked.value.max_retries == 3
    # Dagster's jitter: up to the whole delay more or less.
    assert 0 <= asked.value.seconds_to_wait <= 2 * minutes * MINUTE


def test_after_the_last_try_the_scheduled_run_goes_on():
    tried = step(MAX_RETRIES, **{SCHEDULE_TAG: "every_night"})
    assert read(tried, "snowflake", down, go_without).outage == "Snowflake does not answer."


def test_a_mistake_is_no_outage():
    def mistaken() -> LandingReport:
        raise NightquestError("The rules are broken.")

    with pytest.raises(NightquestError, match=r"^The rules are broken\.$"):
        read(step(), "snowflake", mistaken, go_without)
