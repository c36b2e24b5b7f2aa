"""Rebuild: the landing and the rules suffice, no source is asked, and the figures are the same."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from ingest.errors import NightquestError
from ingest.landing import Landing
from ingest.settings import Settings
from ingest.simulator import Simulation, simulated_organisation
from orchestration.night import rebuilt_day
from orchestration.publication.nights import PublishedNight, published_night
from orchestration.runner import run_nightly, run_rebuild
from tests.integration.nights import put_in_force
from tests.object_store import new_bucket, object_store, use_credentials


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    with simulated_organisation() as running:
        yield running


@pytest.fixture
def settings(
    simulation: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """The simulated organisation, landed on an object store."""
    use_credentials(monkeypatch)
    with object_store() as endpoint:
        place = {
            "NIGHTQUEST_HOME": str(tmp_path / "home"),
            "NIGHTQUEST_LANDING_URL": new_bucket(endpoint),
        }
        yield put_in_force(monkeypatch, simulation.environment | place)


def published(settings: Settings) -> PublishedNight:
    night = published_night(settings)
    assert night is not None
    return night


@pytest.mark.long  # on a folder: test_nights
def test_a_rebuild_from_an_object_store_gives_the_same_content(
    settings: Settings, simulation: Simulation
) -> None:
    """The night before the last one: what a rebuild computes is the published day, not today."""
    as_of_day = simulation.last_day - timedelta(days=1)
    run_nightly(settings, as_of_day - timedelta(days=4), as_of_day)
    night, asked = published(settings), simulation.requests()
    settings.work_file.unlink()  # raw, build and core

    outcome = run_rebuild(settings)
    rebuilt = published(settings)
    assert outcome.is_published
    assert outcome.rows_written["raw_copilot.user_days"] > 0
    assert (rebuilt.run_id, rebuilt.as_of_day) == (outcome.run_id, as_of_day)
    assert rebuilt.content_hash == night.content_hash
    assert simulation.requests() == asked


def test_without_a_published_night_the_newest_landed_day_is_computed(settings: Settings) -> None:
    with Landing(settings.landing).load("github") as load:
        for day in (3, 5, 4):
            load.put_lines("issues", "org:acme", date(2026, 5, day), [])
    assert rebuilt_day(settings) == date(2026, 5, 5)


def test_an_empty_landing_is_refused_and_nothing_is_touched(settings: Settings) -> None:
    with pytest.raises(NightquestError, match=r"^The landing .* is empty, so nothing can be"):
        run_rebuild(settings)
    assert not settings.work_file.exists()
