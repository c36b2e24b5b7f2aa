"""An S3 of the tests' own: moto's server on loopback."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
from moto.server import ThreadedMotoServer
from pyarrow import fs

#: What the ordinary AWS tools read; no test may find credentials of the machine.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "planted-key-id",
    "AWS_SECRET_ACCESS_KEY": "planted-secret-key",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@contextmanager
def object_store() -> Iterator[str]:
    """`host:port` of an empty S3 that takes any credentials."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"{host}:{port}"
    server.stop()


def use_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


def new_bucket(endpoint: str, prefix: str = "landing") -> str:
    """The URL of a prefix in an empty bucket; credentials must be set."""
    name = f"bucket-{secrets.token_hex(6)}"
    store = fs.S3FileSystem(
        endpoint_override=endpoint, scheme="http", region="us-east-1", allow_bucket_creation=True
    )
    store.create_dir(name)
    return url(endpoint, f"{name}/{prefix}")


def url(endpoint: str, place: str) -> str:
    options = {"endpoint_override": endpoint, "scheme": "http", "region": "us-east-1"}
    return f"s3://{place}?{urlencode(options)}"
