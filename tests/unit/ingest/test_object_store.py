"""The landing on an object store: what is stored, and what is said when it cannot be."""

import gzip
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from moto.backends import get_backend
from pyarrow import fs

from ingest import store as store_module
from ingest.errors import NightquestError, SettingsError
from ingest.landing import Landing
from ingest.settings import Settings
from ingest.store import Store
from tests.object_store import CREDENTIALS, new_bucket, object_store, url, use_credentials

DAY = date(2026, 5, 7)
#: Of the account that moto's server uses for everybody.
ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with object_store() as running:
        yield running


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    use_credentials(monkeypatch)


def put(place: str) -> None:
    with Landing(place).load("github") as load:
        load.put_lines("issues", "org:acme", DAY, [b'{"a": 1}'])


def read(place: str) -> None:
    Landing(place).states()


def test_the_setting_takes_a_url(endpoint: str, tmp_path: Path) -> None:
    place = new_bucket(endpoint)
    settings = Settings(_env_file=None, home=tmp_path, landing_url=place)
    put(place)
    assert Landing(settings.landing).states().height == 1
    assert list(tmp_path.iterdir()) == []


def test_a_file_url_is_a_folder(tmp_path: Path) -> None:
    put(f"file://{tmp_path}/landing")
    assert Landing(tmp_path / "landing").states().height == 1


def test_the_stored_objects_are_those_of_a_folder(endpoint: str) -> None:
    """Below the prefix, gzipped once, and no marker objects for folders."""
    place = new_bucket(endpoint, "deep/prefix")
    put(place)
    bucket = place.removeprefix("s3://").split("/")[0]
    stored = get_backend("s3")[ACCOUNT]["aws"].buckets[bucket].keys
    record, payload = sorted(stored)
    assert record.startswith("deep/prefix/_loads/")
    assert payload.startswith("deep/prefix/github.issues/org%3Aacme/2026-05-07/")
    assert gzip.decompress(stored[payload].value) == b'{"a": 1}\n'


def test_more_than_one_page_of_records_is_listed(endpoint: str) -> None:
    place = new_bucket(endpoint)
    bucket = place.removeprefix("s3://").split("/")[0]
    for number in range(2_345):  # a page holds 1,000
        get_backend("s3")[ACCOUNT]["aws"].put_object(bucket, f"landing/_loads/{number:05}", b"{}")
    names = [info.base_name for info in Store(place).listed("_loads")]
    assert names == [f"{number:05}" for number in range(2_345)]


def test_records_are_read_once_in_a_process(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place = new_bucket(endpoint)
    put(place)
    assert Landing(place).states().height == 1

    def refuse(*_: object) -> bytes:
        raise AssertionError("a record is read again")

    monkeypatch.setattr(Store, "read", refuse)
    assert Landing(place).states().height == 1


def test_a_payload_whose_upload_fails_is_named_by_no_record(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = new_bucket(endpoint)
    put_one = fs.S3FileSystem.open_output_stream

    def fail_on_payloads(self: fs.S3FileSystem, path: str, **options: object) -> object:
        if path.endswith(".gz"):
            raise OSError("the line is down")
        return put_one(self, path, **options)

    with monkeypatch.context() as patched:
        patched.setattr(store_module.fs, "S3FileSystem", type("S3", (fs.S3FileSystem,), {
            "open_output_stream": fail_on_payloads}))  # fmt: skip
        with pytest.raises(NightquestError, match="the line is down"):
            put(place)
    assert Landing(place).states().is_empty()
    put(place)
    assert Landing(place).states().height == 1


@pytest.mark.parametrize("attempt", [read, put])
def test_a_missing_bucket_is_one_sentence(endpoint: str, attempt: Callable[[str], None]) -> None:
    with pytest.raises(NightquestError, match="there is no bucket no-such-bucket") as caught:
        attempt(url(endpoint, "no-such-bucket/landing"))
    assert_told(caught.value, "s3://no-such-bucket/landing")


@pytest.mark.parametrize("attempt", [read, put])
def test_refused_credentials_are_one_sentence(attempt: Callable[[str], None]) -> None:
    with object_store() as strict:
        place = new_bucket(strict)
        with refusing(strict), pytest.raises(NightquestError, match="KEY_ID") as caught:
            attempt(place)
    assert_told(caught.value, place.split("?")[0])


def test_a_store_that_nobody_runs_is_one_sentence() -> None:
    with pytest.raises(NightquestError, match="Could not connect to server") as caught:
        read(url("127.0.0.1:1", "bucket/landing"))
    assert_told(caught.value, "s3://bucket/landing")


def test_a_store_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "S3_ANSWER_SECONDS", 1)
    monkeypatch.setattr(store_module, "S3_TRIES", 2)
    started = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as mute:
        place = url(f"127.0.0.1:{mute.getsockname()[1]}", "bucket/landing")
        with pytest.raises(NightquestError, match="Timeout was reached"):
            read(place)
    assert time.monotonic() - started < 15


def assert_told(error: NightquestError, place: str) -> None:
    """One line that names the setting and the place, and no credentials."""
    message = str(error)
    assert message.startswith(f"The landing {place} (NIGHTQUEST_LANDING_URL) cannot be")
    assert "\n" not in message
    assert CREDENTIALS["AWS_ACCESS_KEY_ID"] not in message
    assert CREDENTIALS["AWS_SECRET_ACCESS_KEY"] not in message


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("s3:///landing", "it names no bucket"),
        ("s3://bucket/x?regoin=eu-1", "s3:// takes no option regoin"),
        ("s3://bucket/x?scheme=gopher", "Invalid S3 connection scheme 'gopher'"),
        ("s4://bucket/x", "Unrecognized filesystem type"),
        ("https://bucket.test/x", "Unrecognized filesystem type"),
        ("file://host/x", "Unsupported hostname"),
        ("s3://[x", "Invalid IPv6 URL"),
    ],
)
def test_a_wrong_url_is_one_sentence_with_what_is_allowed(place: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Landing(place)
    message = str(caught.value)
    assert message.startswith("NIGHTQUEST_LANDING_URL is no landing: ")
    assert said in message
    assert "allowed: a folder, file:///folder, s3://bucket/prefix" in message


@pytest.mark.parametrize(
    "place",
    [
        "s3://planted-id:planted-secret@bucket/x",
        "s3://planted-id@bucket/x",
        "s3://bucket/x?access_key=planted-id&secret_key=planted-secret",
        "abfs://container:planted-secret@account/x",
        "s4://bucket/x?sig=planted-secret",
    ],
)
def test_credentials_in_a_url_are_refused_without_being_repeated(place: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Landing(place)
    assert "planted" not in str(caught.value)


@contextmanager
def refusing(endpoint: str) -> Iterator[None]:
    """The store knows nobody, until the block ends."""
    let_pass(endpoint, "0")
    try:
        yield
    finally:
        let_pass(endpoint, "inf")


def let_pass(endpoint: str, requests: str) -> None:
    """Set how many more requests moto answers before it wants to know who asks."""
    request = urllib.request.Request(
        f"http://{endpoint}/moto-api/reset-auth",
        data=requests.encode(),
        headers={"Content-Type": "text/plain"},
    )
    urllib.request.urlopen(request, timeout=10).close()
