"""The inbox: a folder, or a bucket behind an object store's URL. All paths are inside it.

A folder is not read through `pyarrow.fs` like a bucket: that follows links out of the inbox, and
one file name that is not UTF-8 breaks its whole listing.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from pyarrow import fs

from ingest.errors import SettingsError, SourceError
from ingest.store import ALLOWED, Store

DONE, REJECTED = "done", "rejected"


@dataclass(frozen=True)
class Dropped:
    """A file of the inbox or of one of its sub-folders; `modified` is in epoch seconds."""

    path: str
    size: int
    modified: float


class Inbox(Protocol):
    """Where files are dropped. Everything raises OSError where the place fails."""

    def files(self) -> list[Dropped]:
        """What lies there and one folder deep, oldest first; never in done/ or rejected/."""
        ...

    def read(self, path: str) -> bytes: ...

    def write(self, path: str, text: str) -> None: ...

    def move(self, path: str, new_path: str) -> None: ...


def open_inbox(place: str) -> Inbox:
    """The inbox that NIGHTQUEST_INBOX names: a folder's path, or a URL such as s3://bucket/inbox.

    Raises:
        SettingsError: the URL is none that object stores are known by.
        SourceError: there is no such folder or bucket.
    """
    if place.startswith("file://"):
        place = unquote(urlsplit(place).path)
    if "://" not in place:
        return Folder(Path(place))
    try:
        store = Store(place)
    except SettingsError:  # it speaks of the landing
        raise SettingsError(
            f"NIGHTQUEST_INBOX is no address of an inbox; allowed: {ALLOWED}."
        ) from None
    return Bucket(store.files, str(store.folder))


def is_hidden(name: str) -> bool:
    """Names of files that are not meant: hidden, still being written, or an editor's own."""
    return name.startswith((".", "~$")) or name.lower().endswith((".part", ".tmp"))


class Folder:
    """A folder of this machine. Links are not followed, whoever made them."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().resolve()
        if not self.root.is_dir():
            raise SourceError(f"NIGHTQUEST_INBOX names {root}, which is no folder: create it.")
        for name in (DONE, REJECTED):
            if (self.root / name).is_symlink():
                raise SourceError(f"{name} in the inbox {root} is a link: it must be a folder.")

    def files(self) -> list[Dropped]:
        found = [*self._files("")]
        with os.scandir(self.root) as entries:
            folders = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        for name in folders:
            if name not in (DONE, REJECTED) and not is_hidden(name):
                found += self._files(name)
        return sorted(found, key=lambda file: (file.modified, file.path))

    def _files(self, folder: str) -> Iterator[Dropped]:
        with os.scandir(self.root / folder) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False) and not is_hidden(entry.name):
                    seen = entry.stat(follow_symlinks=False)
                    yield Dropped(os.path.join(folder, entry.name), seen.st_size, seen.st_mtime)

    def read(self, path: str) -> bytes:
        # Step by step and without links: a name may have become one since it was listed.
        folder, name = os.path.split(path)
        place = os.open(self.root / folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=place)
        finally:
            os.close(place)
        with open(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError("it is no regular file")
            return file.read()

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(exist_ok=True)
        with target.open("x", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)

    def move(self, path: str, new_path: str) -> None:
        target = self.root / new_path
        target.parent.mkdir(exist_ok=True)
        os.rename(self.root / path, target)


class Bucket:
    """A bucket, or a part of one. Moving is copying and deleting there."""

    def __init__(self, file_system: fs.FileSystem, root: str) -> None:
        self.file_system, self.root = file_system, root
        bucket = root.split("/")[0]
        try:
            kind = file_system.get_file_info(bucket).type
        except OSError as error:
            raise SourceError(f"The inbox's bucket {bucket} does not answer: {error}") from None
        if kind == fs.FileType.NotFound:
            raise SourceError(f"NIGHTQUEST_INBOX names the bucket {bucket}, which does not exist.")

    def files(self) -> list[Dropped]:
        found = []
        top = self._listed(self.root)
        folders = [
            info for info in top
            if info.type == fs.FileType.Directory
            and info.base_name not in (DONE, REJECTED) and not is_hidden(info.base_name)
        ]  # fmt: skip
        for info in [*top, *(info for folder in folders for info in self._listed(folder.path))]:
            if info.type == fs.FileType.File and not is_hidden(info.base_name):
                path = info.path.removeprefix(f"{self.root}/")
                found.append(Dropped(path, info.size, info.mtime.timestamp()))
        return sorted(found, key=lambda file: (file.modified, file.path))

    def _listed(self, folder: str) -> list[fs.FileInfo]:
        # A prefix without objects does not exist; it is an empty inbox all the same.
        return self.file_system.get_file_info(fs.FileSelector(folder, allow_not_found=True))

    def read(self, path: str) -> bytes:
        with self.file_system.open_input_stream(f"{self.root}/{path}", compression=None) as file:
            return file.read()

    def write(self, path: str, text: str) -> None:
        with self.file_system.open_output_stream(f"{self.root}/{path}", compression=None) as file:
            file.write(text.encode(errors="backslashreplace"))

    def move(self, path: str, new_path: str) -> None:
        self.file_system.move(f"{self.root}/{path}", f"{self.root}/{new_path}")
