"""Files under one place, by name: a folder, or a prefix of an object store.

A file appears whole or not at all: a folder's is written beside its place and renamed into it, a
store's object is there once its upload has ended. Credentials are the ordinary ones of the store's
own tools (AWS: environment, profile, instance role), never part of the URL.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from pyarrow import fs

from ingest.errors import NightquestError, SettingsError

SETTING = "NIGHTQUEST_LANDING_URL"
ALLOWED = (
    "a folder, file:///folder, s3://bucket/prefix (with ?endpoint_override=host:port, &scheme=http "
    "and &region= where they are needed), gs://bucket/prefix or abfs://container@account/prefix"
)
S3_OPTIONS = {"endpoint_override", "scheme", "region"}
#: An S3 store that does not answer at all is given up after 3 tries of so many seconds.
S3_TRIES = 3
S3_CONNECT_SECONDS = 5
S3_ANSWER_SECONDS = 20
#: What a file is called until it is whole.
UNFINISHED = ".part"
#: Files read at once: a store answers small objects after some 20 ms each, one by one or not.
READERS = 16


class Store:
    """The files of one place. A folder is created with its first file, a bucket is not."""

    def __init__(self, place: str | Path) -> None:
        """
        Raises:
            SettingsError: the place is no URL of a store that can be opened.
        """
        self.place = str(place).split("?")[0]
        self.files, self.folder = _opened(str(place))

    @property
    def is_local(self) -> bool:
        return isinstance(self.files, fs.LocalFileSystem)

    def listed(self, folder: str) -> list[fs.FileInfo]:
        """The files of a folder by name, with size and time of writing; none where it is absent.

        What a crash or a full disk left unfinished is no file yet.
        """
        with self._told():
            selector = fs.FileSelector(f"{self.folder}/{folder}", allow_not_found=True)
            found = [
                info
                for info in self.files.get_file_info(selector)
                if info.is_file and not info.base_name.endswith(UNFINISHED)
            ]
            if not found and not self.is_local:
                bucket = self.folder.parts[0]
                # An absent bucket lists like an empty one, and must not pass for it.
                if self.files.get_file_info(bucket).type == fs.FileType.NotFound:
                    raise FileNotFoundError(f"there is no bucket {bucket}")
        return sorted(found, key=lambda info: info.base_name)

    def names(self) -> list[str]:
        """All files of the place, in all of its folders, by name."""
        return [*self.sizes()]

    def sizes(self) -> dict[str, int]:
        """The same, each with its size in bytes."""
        with self._told():
            selector = fs.FileSelector(f"{self.folder}", allow_not_found=True, recursive=True)
            found = {
                str(Path(info.path).relative_to(self.folder)): info.size or 0
                for info in self.files.get_file_info(selector)
                if info.is_file and not info.base_name.endswith(UNFINISHED)
            }
            return dict(sorted(found.items()))

    def read(self, name: str) -> bytes:
        with self._told(), self.files.open_input_file(f"{self.folder}/{name}") as file:
            return file.read()

    def write(self, name: str, data: bytes, is_durable: bool = False) -> None:
        """Write a file; `is_durable` ones outlive a power cut, with all that was written before."""
        with self._told():
            if self.is_local:
                self._write_beside(self.folder / name, data, is_durable)
                return
            path = f"{self.folder}/{name}"
            # It would compress by the file's name.
            with self.files.open_output_stream(path, compression=None) as stream:
                stream.write(data)

    def delete(self, name: str) -> None:
        with self._told():
            self.files.delete_file(f"{self.folder}/{name}")

    def _write_beside(self, path: Path, data: bytes, is_durable: bool) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(path.name + UNFINISHED)
        if is_durable:
            os.sync()  # in one go: an fsync of each file took longer than all the rest
        with beside.open("wb") as file:
            file.write(data)
            if is_durable:
                file.flush()
                os.fsync(file.fileno())
        beside.replace(path)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            said = " ".join(str(error).split())[:300].rstrip(".")
            raise NightquestError(
                f"The landing {self.place} ({SETTING}) cannot be read or written: {said}. Check "
                "the address, the credentials, and that the place exists."
            ) from None


def in_parallel(read: Callable[[str], bytes], names: Sequence[str]) -> Iterator[bytes]:
    """What `read` answers, in the order of the names; at most `READERS` answers are in memory."""
    with ThreadPoolExecutor(READERS) as pool:
        for start in range(0, len(names), READERS):
            yield from pool.map(read, names[start : start + READERS])


def _opened(place: str) -> tuple[fs.FileSystem, Path]:
    """The file system of a place, and the place inside it (on a store: bucket/prefix)."""
    if "://" not in place:
        return fs.LocalFileSystem(), Path(place)
    try:
        parts = urlsplit(place)
        if parts.password or (parts.username and parts.scheme == "s3"):
            raise ValueError(
                "it holds credentials, which belong into the store's own environment "
                "(AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE)"
            )
        if parts.scheme == "s3":
            if not parts.netloc:
                raise ValueError("it names no bucket")
            return _s3(parts.query), Path(f"{parts.netloc}/{parts.path}")
        files, folder = fs.FileSystem.from_uri(place)
        return files, Path(folder)
    except (ValueError, OSError) as error:
        said = " ".join(str(error).replace(place, "the URL").split())[:300].rstrip(".")
        raise SettingsError(f"{SETTING} is no landing: {said}; allowed: {ALLOWED}.") from None


def _s3(query: str) -> fs.S3FileSystem:
    options = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := sorted(set(options) - S3_OPTIONS):
        raise ValueError(f"s3:// takes no option {unknown[0]}")
    return fs.S3FileSystem(
        **options,
        connect_timeout=S3_CONNECT_SECONDS,
        request_timeout=S3_ANSWER_SECONDS,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=S3_TRIES),
        # A small object is one request, not a multipart upload of three.
        allow_delayed_open=True,
    )
