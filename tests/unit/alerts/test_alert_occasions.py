"""When a command tells of its end, and when a disk counts as nearly full."""

import os
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from ingest.errors import NightquestError, SettingsError
from ingest.settings import Settings
from orchestration import cli
from orchestration.looking import of_disks
from orchestration.standing import Disk

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """What each telling was given as the run's error."""
    given: list[str | None] = []
    monkeypatch.setattr(cli, "tell", lambda settings, error=None: given.append(error))
    return given


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, is_watched: bool) -> None:
    """Standard input is a terminal, or nothing at all, as a daemon has it."""
    if not is_watched:
        monkeypatch.setattr(sys, "stdin", None)
        return
    _, terminal = os.openpty()
    monkeypatch.setattr(sys, "stdin", open(terminal))  # noqa: SIM115 (closed with the process)


@pytest.mark.parametrize("is_watched", [True, False])
def test_a_good_end_is_told(
    is_watched: bool, settings: Settings, told: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_a_terminal(monkeypatch, is_watched)
    with cli.told_at_the_end(settings):
        assert told == []
    assert told == [None]


@pytest.mark.parametrize(
    ("is_watched", "error", "expected"),
    [
        (False, SettingsError("no token"), ["no token"]),
        (True, SettingsError("no token"), []),  # the terminal shows it
        (False, NightquestError("no such table"), ["no such table"]),
        (True, NightquestError("no such table"), [None]),  # others want to know how things stand
    ],
)
def test_a_bad_end_is_told_to_who_does_not_see_it(
    is_watched: bool, error: NightquestError, expected: list, settings: Settings, told: list,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    at_a_terminal(monkeypatch, is_watched)
    with pytest.raises(type(error)), cli.told_at_the_end(settings):
        raise error
    assert told == expected


def test_a_full_disk_is_told_in_words(
    settings: Settings, told: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_a_terminal(monkeypatch, False)
    with pytest.raises(OSError, match="No space"), cli.told_at_the_end(settings):
        raise OSError(28, "No space left on device", "/home/landing")
    (said,) = told
    assert "No space left on device" in said


def test_an_error_of_our_own_is_no_occasion(
    settings: Settings, told: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug ends with its trace: nothing is made of it."""
    at_a_terminal(monkeypatch, False)
    with pytest.raises(ZeroDivisionError), cli.told_at_the_end(settings):
        raise ZeroDivisionError
    assert told == []


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each disk has 3 GB left."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(9e9, 6e9, 3_000_000_000))


def needing(settings: Settings, **changes: object) -> Settings:
    return settings.model_copy(update={"disk_free_gb": 2, **changes})


def test_a_home_wants_room_for_the_published_file_too(settings: Settings, free: None) -> None:
    settings = needing(settings)
    settings.published_file.parent.mkdir(parents=True)
    settings.published_file.write_bytes(b"x" * 1_000)
    assert of_disks(settings) == (Disk(settings.home, 3_000_000_000, 2_000_001_000),)


def test_a_landing_on_the_same_disk_is_not_told_twice(
    settings: Settings, free: None, tmp_path: Path
) -> None:
    disks = of_disks(needing(settings, landing_url=str(tmp_path / "elsewhere")))
    assert [disk.folder for disk in disks] == [settings.home]


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="there is no second file system here")
def test_a_landing_on_a_disk_of_its_own_is_looked_at(
    settings: Settings, free: None, tmp_path: Path
) -> None:
    there = Path("/dev/shm/nightquest-landing-that-is-not-made-yet")
    disks = of_disks(needing(settings, landing_url=str(there)))
    assert disks == (
        Disk(settings.home, 3_000_000_000, 2_000_000_000),
        Disk(there, 3_000_000_000, 2_000_000_000),
    )


def test_an_object_store_is_no_disk(settings: Settings, free: None) -> None:
    disks = of_disks(needing(settings, landing_url="s3://bucket/landing"))
    assert [disk.folder for disk in disks] == [settings.home]
