"""Answers changed on their way out, as a fault asks for it: values, missing keys, other shapes."""

import gzip
import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest.simulator.faults import Fault


def editing(app: ASGIApp, faults: Sequence[Fault]) -> ASGIApp:
    """The application with these faults' edits in its answers.

    An edited answer has no ETag, and one that the client holds already is sent again: with a 304
    there would be nothing to edit.
    """

    async def edited_app(scope: Scope, receive: Receive, send: Send) -> None:
        asked = [(name, value) for name, value in scope["headers"] if name != b"if-none-match"]
        start: Message = {}
        parts: list[bytes] = []

        async def sending(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            parts.append(message.get("body", b""))
            if message.get("more_body"):
                return
            kept: dict[bytes, bytes] = dict(start["headers"])
            kept.pop(b"etag", None)
            is_ndjson = b"ndjson" in kept.get(b"content-type", b"")
            body, coding = _edited(b"".join(parts), is_ndjson, faults)
            kept |= coding | {b"content-length": str(len(body)).encode()}
            await send({**start, "headers": list(kept.items())})
            await send({"type": "http.response.body", "body": body})

        await app({**scope, "headers": asked}, receive, sending)

    return edited_app


def _edited(
    body: bytes, is_ndjson: bool, faults: Sequence[Fault]
) -> tuple[bytes, dict[bytes, bytes]]:
    """The body, and the headers that its new coding needs."""
    value = [json.loads(line) for line in body.splitlines()] if is_ndjson else json.loads(body)
    for fault in faults:
        for path, new in fault.edit.items():
            _change(value, path.split("."), partial(_put, new))
        for path in fault.remove:
            _change(value, path.split("."), _remove)
    shape = next((fault.shape for fault in faults if fault.shape), None)
    if shape == "array":
        return json.dumps(value).encode(), {}
    if shape == "day_totals":
        return json.dumps({"day_totals": value}).encode(), {}
    body = json.dumps(value).encode()
    if is_ndjson:
        body = b"".join(json.dumps(row, separators=(",", ":")).encode() + b"\n" for row in value)
    if shape == "half_row":
        return body[:-20], {}
    if shape == "half_gzip":
        return gzip.compress(body)[:-20], {b"content-encoding": b"gzip"}
    return body, {}


def _put(new: Any, holder: Any, key: Any) -> None:
    if key == "+":
        holder.append(new)
    else:
        holder[key] = new


def _remove(holder: Any, key: Any) -> None:
    if isinstance(holder, list) or key in holder:
        del holder[key]


def _change(value: Any, path: list[str], do: Callable[[Any, Any], Any]) -> None:
    """Do something at each place that the path leads to; where it leads nowhere, nothing."""
    name, *rest = path
    keys: list[Any] = [name]
    if isinstance(value, list) and name != "+":
        places = range(len(value))[::-1]  # the last first: what is removed moves those after it
        keys = list(places) if name == "*" else [int(name)] if int(name) in places else []
    elif not isinstance(value, dict | list) or (rest and name not in value):
        return
    for key in keys:
        if rest:
            _change(value[key], rest, do)
        else:
            do(value, key)
