"""The places of files, tried: the home, the landing, the inbox."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pyarrow import fs

from ingest.errors import NightquestError
from ingest.filedrop.inbox import DONE, REJECTED, Bucket, Folder, open_inbox
from ingest.findings import Finding, not_set, ok, problem, tried
from ingest.settings import Settings
from ingest.store import Store

#: Hidden files: neither the landing nor the inbox takes one for its own. Always the same names, so
#: that credentials which may not delete leave two of them and not two a time; two, because both
#: places are tried at once and may be one.
LANDING_PROBE, INBOX_PROBE = ".nightquest-doctor-landing", ".nightquest-doctor-inbox"
#: A home that begins needs room for a first night.
LEAST_FREE_BYTES = 500_000_000


def check_home(settings: Settings) -> Iterator[Finding]:
    yield tried("home", lambda: _written(settings.home, "NIGHTQUEST_HOME"))
    yield tried("disk", lambda: _room(settings))


def check_landing(settings: Settings) -> Iterator[Finding]:
    yield tried("landing", lambda: _landing(Store(settings.landing)))


def check_inbox(settings: Settings) -> Iterator[Finding]:
    if not settings.inbox:
        yield not_set("inbox", "NIGHTQUEST_INBOX names none: no dropped files are read")
        return
    try:
        inbox = open_inbox(settings.inbox)
        waiting = len(inbox.files())
        assert isinstance(inbox, Folder | Bucket)
        if isinstance(inbox, Bucket):
            done = _probed(inbox.file_system, f"{inbox.root}/{INBOX_PROBE}")
        else:
            folders = [inbox.root, *(inbox.root / name for name in (DONE, REJECTED))]
            for folder in folders:
                _written(folder, "NIGHTQUEST_INBOX")
            done = "can be written"
    except (NightquestError, OSError) as error:
        yield problem("inbox", f"{error} NIGHTQUEST_INBOX must name a place that may be written.")
        return
    yield ok("inbox", f"{settings.inbox.split('?')[0]}: {waiting} files wait; {done}")


def _written(folder: Path, setting: str) -> str:
    """What is said of a folder that takes a file, or of one above where it is not there yet."""
    place = folder.resolve()
    while not place.exists():
        place = place.parent
    try:
        # It has no name, so that nothing stays, however this ends.
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"tried")
            file.flush()
    except OSError as error:
        raise NightquestError(
            f"{place} cannot be written ({error.strerror}): give it to the user who runs "
            f"Nightquest, or set {setting} to another folder."
        ) from None
    is_there = folder.exists()
    return f"{folder.resolve()} {'can be written' if is_there else 'can be made: nothing is there'}"


def _room(settings: Settings) -> str:
    """A night may write the work file and the published one anew, beside the old ones."""
    place = settings.home.resolve()
    used = sum(_sizes(place))
    while not place.exists():
        place = place.parent
    anew = [file for file in (settings.work_file, settings.published_file) if file.exists()]
    needed = max(sum(file.stat().st_size for file in anew), LEAST_FREE_BYTES)
    free = shutil.disk_usage(place).free
    said = f"{_gigabytes(free)} free, {_gigabytes(used)} used by the home"
    if free < needed:
        raise NightquestError(
            f"{said}: a night may need {_gigabytes(needed)}. Make room on the disk of {place}, or "
            "move NIGHTQUEST_HOME."
        )
    return said


def _sizes(folder: Path) -> Iterator[int]:
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                yield os.lstat(os.path.join(place, name)).st_size
            except FileNotFoundError:  # gone since it was listed: a night is at work
                continue


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"


def _landing(store: Store) -> str:
    if store.is_local:
        return _written(store.folder, "NIGHTQUEST_LANDING_URL")
    loads = len(store.listed("_loads"))
    try:
        done = _probed(store.files, f"{store.folder}/{LANDING_PROBE}")
    except OSError as error:
        raise NightquestError(
            f"The landing {store.place} can be listed, but not written and read: {error}. "
            "NIGHTQUEST_LANDING_URL needs credentials that may do both."
        ) from None
    return f"{store.place}: {loads:,} loads are recorded; {done}"


def _probed(files: fs.FileSystem, path: str) -> str:
    """What is said of a store in which a file was written and read."""
    with files.open_output_stream(path, compression=None) as stream:
        stream.write(b"tried")
    with files.open_input_file(path) as file:
        file.read()
    try:
        files.delete_file(path)
    except OSError:
        return f"can be written and read; {path} stays there, because deleting is not allowed"
    return "can be written, read and deleted"
