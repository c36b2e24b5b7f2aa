"""What a backup refuses: a damaged file, one that was never finished, a home that is not empty."""

from datetime import date
from pathlib import Path

import pytest

from ingest.errors import NightquestError
from ingest.landing import Landing
from ingest.settings import Settings
from orchestration.backup import INDEX, back_up, restore

DAY = date(2026, 10, 28)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home with one landed day, before its first night."""
    settings = Settings(home=tmp_path / "home")
    with Landing(settings.landing).load("github") as load:
        load.put_lines("issues", "org:acme", DAY, [b'{"number": 1}'])
    return settings


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "empty")


def landed(settings: Settings) -> dict[str, bytes]:
    store = Landing(settings.landing).store
    return {name: store.read(name) for name in store.names()}


def test_the_landing_comes_back_byte_for_byte(
    settings: Settings, empty: Settings, tmp_path: Path
) -> None:
    place, made = back_up(settings, tmp_path / "backups")
    assert (made.as_of_day, made.content_hash) == (None, None)
    restore(empty, place)
    assert landed(empty) == landed(settings)
    assert Landing(empty.landing).states().equals(Landing(settings.landing).states())


@pytest.mark.parametrize("damage", [b"", b"x", None])
def test_a_damaged_file_is_named_and_nothing_is_restored(
    settings: Settings, empty: Settings, tmp_path: Path, damage: bytes | None
) -> None:
    place, made = back_up(settings, tmp_path / "backups")
    name = next(name for name in made.files if name.endswith(".gz"))
    whole = (place / name).read_bytes()
    # As long as before, the last time.
    (place / name).write_bytes(whole[:-1] + b"!" if damage is None else damage)
    with pytest.raises(NightquestError, match="is not the file that was backed up") as told:
        restore(empty, place)
    assert name in str(told.value)
    assert landed(empty) == {}


def test_a_damaged_index_is_told(settings: Settings, empty: Settings, tmp_path: Path) -> None:
    place, _ = back_up(settings, tmp_path / "backups")
    (place / INDEX).write_text('{"made_at": "today"}')
    with pytest.raises(NightquestError, match=rf"{INDEX} is damaged at as_of_day: "):
        restore(empty, place)


def test_a_backup_that_was_never_finished_is_none(
    settings: Settings, empty: Settings, tmp_path: Path
) -> None:
    place, _ = back_up(settings, tmp_path / "backups")
    (place / INDEX).unlink()
    with pytest.raises(NightquestError, match="There is no whole backup in"):
        restore(empty, place.parent)


def test_a_restore_overwrites_nothing(settings: Settings, tmp_path: Path) -> None:
    place, _ = back_up(settings, tmp_path / "backups")
    before = landed(settings)
    with pytest.raises(NightquestError, match="is not empty"):
        restore(settings, place)
    assert landed(settings) == before


def test_the_newest_whole_backup_of_a_folder_is_taken(
    settings: Settings, empty: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    place, _ = back_up(settings, folder)
    older = folder / "20200101T000000Z"
    place.rename(older)
    with Landing(settings.landing).load("github") as load:
        load.put_lines("issues", "org:acme", DAY, [b'{"number": 2}'])
    newer, made = back_up(settings, folder)
    (folder / "29990101T000000Z").mkdir()  # one that a crash has left
    assert restore(empty, folder) == made
    assert newer != older
