"""fakesnow's server, mended for reading, that answers in chunks as Snowflake does.

Emulated: whatever is sent for a login is taken, and written down in `logins` for the tests to
look at. The mending, each with a test of its own in `test_snowflake_emulation.py`:

- a NULL timestamp stays NULL (fakesnow 0.12.1 marks the null in the struct's fields alone, which
  the connector never asks);
- statements that come at once wait for each other (two at once answer 500);
- numbers come as the narrowest integers that hold them, scaled, as Snowflake sends them;
- rows beyond the first chunk are fetched from links, with the headers that the answer names.

Answers that fakesnow cannot give (any Arrow data, however much of it) are put into `answers`.
"""

import asyncio
import base64
import gzip
import importlib
import io
import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from ingest.settings import Settings
from ingest.simulator.server import listening, running

#: Sent with every chunk's request, as Snowflake's header with the key of its encryption.
CHUNK_HEADERS = {"x-chunk-key": "planted-chunk-key"}
#: Snowflake's statement type of a SELECT.
SELECT = 4096
GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Chunk:
    """A part of an answer: an Arrow stream, and the rows that the server says it has."""

    rows: int
    stream: bytes


@dataclass(frozen=True)
class Answer:
    """A query's answer: the columns, the chunk inside it, and those behind links."""

    rowtype: list[dict[str, Any]]
    first: Chunk
    others: Sequence[Chunk] = ()


class SnowflakeEmulation:
    """The ASGI application around fakesnow's; `rows_per_chunk` cuts its answers."""

    def __init__(self, fakesnow: Any, port: int, rows_per_chunk: int) -> None:
        self.port = port
        self.host = f"http://127.0.0.1:{port}"
        self.fakesnow = httpx.AsyncClient(
            transport=httpx.ASGITransport(fakesnow), base_url=self.host, timeout=None
        )
        self.rows_per_chunk = rows_per_chunk
        self.logins: list[dict[str, Any]] = []
        self.queries: list[str] = []
        #: Given instead of fakesnow's to a query with this text in it.
        self.answers: dict[str, Answer] = {}
        self.chunks: dict[str, bytes] = {}
        self.chunk_status = 200
        self.at_a_time = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        path = request.url.path
        if path.startswith("/chunks/"):
            response = self._chunk(request)
        elif path == "/queries/v1/query-request":
            response = await self._query(request)
        else:
            if path == "/session/v1/login-request":
                self.logins.append((await _sent(request))["data"])
            response = await self._by_fakesnow(request)
        await response(scope, receive, send)

    async def _by_fakesnow(self, request: Request) -> Response:
        answer = await self.fakesnow.request(
            request.method, str(request.url), content=await request.body(),
            headers=request.headers.raw,
        )  # fmt: skip
        return Response(answer.content, answer.status_code, media_type="application/json")

    async def _query(self, request: Request) -> Response:
        query = (await _sent(request))["sqlText"]
        self.queries.append(query)
        for text, answer in self.answers.items():
            if text in query:
                return JSONResponse({"success": True, "data": self._data(answer)})
        async with self.at_a_time:
            response = await self._by_fakesnow(request)
        content = json.loads(bytes(response.body))
        data = content["data"]
        if content["success"] and data.get("rowsetBase64"):
            table = _decoded(base64.b64decode(data["rowsetBase64"]))
            data |= self._data(answer_of(mended(table), self.rows_per_chunk))
        return JSONResponse(content, response.status_code)

    def _data(self, answer: Answer) -> dict[str, Any]:
        links = [self._link(chunk) for chunk in answer.others]
        return {
            "queryResultFormat": "arrow",
            "parameters": [{"name": "TIMEZONE", "value": "UTC"}],
            "queryId": secrets.token_hex(16),
            "statementTypeId": SELECT,
            "rowtype": answer.rowtype,
            "total": sum(chunk.rows for chunk in (answer.first, *answer.others)),
            "rowsetBase64": base64.b64encode(answer.first.stream).decode(),
            **({"chunks": links, "chunkHeaders": CHUNK_HEADERS} if links else {}),
        }

    def _link(self, chunk: Chunk) -> dict[str, Any]:
        name = secrets.token_hex(8)
        self.chunks[name] = chunk.stream
        size = len(chunk.stream)
        return {
            "url": f"{self.host}/chunks/{name}?signature=planted-signature",
            "rowCount": chunk.rows,
            "uncompressedSize": size,
            "compressedSize": size,
        }

    def _chunk(self, request: Request) -> Response:
        sent = {name: request.headers.get(name) for name in CHUNK_HEADERS}
        if sent != CHUNK_HEADERS or "authorization" in request.headers:
            return Response(status_code=403)
        stream = self.chunks[request.url.path.removeprefix("/chunks/")]
        zipped = {"content-encoding": "gzip"} if stream.startswith(GZIP) else {}
        return Response(stream, self.chunk_status, zipped)


async def _sent(request: Request) -> dict[str, Any]:
    body = await request.body()
    zipped = request.headers.get("content-encoding") == "gzip"
    return json.loads(gzip.decompress(body) if zipped else body)


def column(
    name: str, kind: str, values: pa.Array, precision: int = 38, scale: int = 0
) -> tuple[pa.Field, pa.Array]:
    """A column as it goes over the wire: `kind` is Snowflake's type, `values` its encoding."""
    metadata = {
        "logicalType": kind, "precision": str(precision), "scale": str(scale),
        "charLength": "0", "byteLength": "16",
    }  # fmt: skip
    return pa.field(name, values.type, metadata=metadata), values


def wire_table(*columns: tuple[pa.Field, pa.Array]) -> pa.Table:
    fields, arrays = zip(*columns, strict=True)
    return pa.table(list(arrays), schema=pa.schema(fields))


def answer_of(table: pa.Table, rows_per_chunk: int) -> Answer:
    """A wire table cut into chunks; those behind links are compressed, as Snowflake's are."""
    first, *others = [
        table.slice(start, rows_per_chunk)
        for start in range(0, max(table.num_rows, 1), rows_per_chunk)
    ]
    return Answer(
        rowtype_of(table.schema),
        Chunk(first.num_rows, stream_of(first)),
        [Chunk(part.num_rows, zipped(part)) for part in others],
    )


def stream_of(table: pa.Table) -> bytes:
    """An Arrow stream; no rows are no stream."""
    if not table.num_rows:
        return b""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def zipped(table: pa.Table) -> bytes:
    return gzip.compress(stream_of(table), 1, mtime=0)


def rowtype_of(schema: pa.Schema) -> list[dict[str, Any]]:
    """The columns as the answer describes them, from the metadata of the Arrow fields."""
    described = []
    for field in schema:
        said = {key.decode(): value.decode() for key, value in field.metadata.items()}
        described.append({
            "name": field.name, "type": said["logicalType"].lower(), "nullable": True,
            "precision": int(said["precision"]), "scale": int(said["scale"]),
            "length": None, "byteLength": None, "database": "", "schema": "", "table": "",
            "collation": None,
        })  # fmt: skip
    return described


def mended(table: pa.Table) -> pa.Table:
    """fakesnow's table with NULL timestamps, and with numbers in Snowflake's encoding."""
    return wire_table(*(_mended(field, table[field.name]) for field in table.schema))


def _mended(field: pa.Field, values: pa.ChunkedArray) -> tuple[pa.Field, pa.Array]:
    array = values.combine_chunks()
    if pa.types.is_struct(field.type):
        array = pa.StructArray.from_arrays(
            array.flatten(), fields=list(field.type), mask=pc.is_null(array.field("epoch"))
        )
    elif pa.types.is_decimal(field.type) or pa.types.is_integer(field.type):
        array = _narrowest(array, getattr(field.type, "scale", 0))
    return pa.field(field.name, array.type, metadata=field.metadata), array


def _narrowest(array: pa.Array, scale: int) -> pa.Array:
    values = [
        None if value is None else int(Decimal(value).scaleb(scale)) for value in array.to_pylist()
    ]
    for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64()):
        try:
            return pa.array(values, kind)
        except (pa.ArrowInvalid, OverflowError):
            continue
    return array


def _decoded(stream: bytes) -> pa.Table:
    return pa.ipc.open_stream(stream).read_all()


@contextmanager
def snowflake_emulation(rows_per_chunk: int = 2) -> Iterator[SnowflakeEmulation]:
    """A running emulation on loopback, empty. One runs in a process at a time."""
    from fakesnow.instance import FakeSnow

    # By its name, because the package has a function `server` beside the module.
    fake: Any = importlib.import_module("fakesnow.server")
    fake.shared_fs = FakeSnow()
    listener = listening()
    port = listener.getsockname()[1]
    emulation = SnowflakeEmulation(fake.app, port, rows_per_chunk)
    with running(emulation, [listener]):
        yield emulation


def settings_of(emulation: SnowflakeEmulation, home: Path) -> Settings:
    """Settings of a home whose warehouse is the emulation."""
    return Settings(
        home=home, target="snowflake",
        snowflake_account="fakesnow", snowflake_user="nightquest",
        snowflake_password=SecretStr("planted-password"), snowflake_database="warehouse",
        snowflake_host="127.0.0.1", snowflake_port=emulation.port, snowflake_protocol="http",
        snowflake_statement_seconds=10,
    )  # fmt: skip
