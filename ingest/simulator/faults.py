"""Faults on demand: what goes wrong, for which requests, how often.

A YAML file holds a list of entries; `POST /_simulator/faults` takes the same list as JSON, in
place of the one before. To add a fault, add an entry:

```yaml
- match: {method: GET, path: /members, day: 2026-10-30}
  after: 1                # let so many matching requests through first (default 0)
  times: 2                # then strike so often (absent: always)
  status: 503             # an answer in place of the real one, with
  headers: {retry-after: "1"}
  body: {message: try later}      # text, or a mapping or list that is sent as JSON
```

`match` names a method, a regular expression that is looked for in the path, and the day of a
report or of its download; what is absent matches everything. Each entry counts the requests that
it matches by itself; all that strike at once are applied together. Instead of `status`:

- `delay_seconds: 3`: the answer comes late (also together with the others).
- `cut_after_bytes: 100`: the body breaks off, its Content-Length unreached. With `gzip: true` a
  compressed body breaks off.
- `gzip: true`: the body is compressed, if the client accepts that.
- `drop_part: 2`: a report's envelope lacks the link to its second part. (A part whose link answers
  404 is `status: 404` with a `path` like `part-2`.)
- `token: X`: from then on the only token that is accepted.
- `restate: {day: 2026-10-29, user_login: ada-quill, set: {code_acceptance_activity_count: 9}}`: a
  Copilot row is served changed. No `match`; `after` and `times` count the downloads of its part.
- `edit: {"data.search.nodes.0.author": null}`: the answer's JSON with other values. An address
  names keys and positions (from 0); `*` is every position, `+` one more at the end; one that leads
  nowhere changes nothing. The rows of a report's file are a list: `"*.new_field": 1`.
- `remove: ["*.state_reason"]`: the answer's JSON without these keys.
- `shape`: a report's file as an `array`, wrapped in `day_totals`, ending in the middle of a row
  (`half_row`) or of its compressed stream (`half_gzip`), though HTTP carries all of it.

In `headers` and `body` some words in braces are filled in: `{api}` and `{files}` are the addresses
of the two ports, `{elsewhere}` is the second port under another host name, `{target}` the path and
query that were asked for, `{now+90}` the epoch seconds in 90 seconds.
"""

import re
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveInt,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from ingest.errors import SettingsError

EFFECTS = (
    "status", "delay_seconds", "cut_after_bytes", "gzip", "drop_part", "token", "restate", "edit",
    "remove", "shape",
)  # fmt: skip


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Match(_Strict):
    """Which requests: absent parts match everything."""

    method: str | None = None
    path: re.Pattern[str] = re.compile("")
    day: date | None = None

    def fits(self, method: str, path: str, day: str | None) -> bool:
        return (
            (self.method or method).upper() == method
            and self.path.search(path) is not None
            and (self.day is None or self.day.isoformat() == day)
        )


class Restatement(_Strict):
    """Fields of one Copilot row that are served with other values."""

    day: date
    user_login: str
    set: dict[str, Any]


class Fault(_Strict):
    """One entry; see the module's docstring."""

    match: Match | None = None
    after: NonNegativeInt = 0
    times: PositiveInt | None = None
    status: Annotated[int, Field(ge=200, le=599)] | None = None
    headers: dict[str, str] = {}
    body: str | dict[str, Any] | list[Any] = ""
    delay_seconds: NonNegativeFloat = 0
    cut_after_bytes: NonNegativeInt | None = None
    gzip: bool = False
    drop_part: PositiveInt | None = None
    token: str | None = None
    restate: Restatement | None = None
    edit: dict[str, Any] = {}
    remove: list[str] = []
    shape: Literal["array", "day_totals", "half_row", "half_gzip"] | None = None

    @property
    def is_edit(self) -> bool:
        return bool(self.edit or self.remove or self.shape)

    @model_validator(mode="after")
    def has_an_effect(self) -> Self:
        if not self.model_fields_set.intersection(EFFECTS):
            raise ValueError(f"one of {', '.join(EFFECTS)} is needed")
        if self.status is None and self.model_fields_set.intersection(("headers", "body")):
            raise ValueError("headers and body need a status")
        if self.restate is not None and self.match is not None:
            raise ValueError("restate goes without match")
        return self


class Faults:
    """The faults in force, each with the count of requests that it has matched."""

    def __init__(self, entries: Sequence[Fault] = ()) -> None:
        self.replace(entries)

    def replace(self, entries: Sequence[Fault]) -> None:
        self.entries = [(entry, [0]) for entry in entries]

    def striking(self, method: str, path: str, day: str | None) -> list[Fault]:
        """The faults of this request; each that matches it counts it."""
        return [
            fault
            for fault, count in self.entries
            if fault.restate is None
            and (fault.match or Match()).fits(method, path, day)
            and _strikes(fault, count)
        ]

    def restatements(self, day: date, logins: Sequence[str | None]) -> list[Restatement]:
        """What to change in a part with these logins' rows; counts one download of it."""
        return [
            fault.restate
            for fault, count in self.entries
            if fault.restate is not None
            and fault.restate.day == day
            and fault.restate.user_login in logins
            and _strikes(fault, count)
        ]


def _strikes(fault: Fault, count: list[int]) -> bool:
    count[0] += 1
    return fault.after < count[0] and (fault.times is None or count[0] <= fault.after + fault.times)


def filled(text: str, words: Mapping[str, str]) -> str:
    """A fault's text with its words in braces filled in."""
    for word, value in words.items():
        text = text.replace(f"{{{word}}}", value)
    return re.sub(r"\{now\+(\d+)\}", lambda found: str(int(time.time()) + int(found[1])), text)


def validated_faults(entries: object, where: str) -> list[Fault]:
    """Faults out of plain lists and mappings.

    Raises:
        SettingsError: names `where`, the entry (from 1), the field and what is wrong with it.
    """
    try:
        return TypeAdapter(list[Fault]).validate_python(entries or [])
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = [str(part) for part in first["loc"]]
        if place:
            place = [f"entry {int(place[0]) + 1}", *place[1:]]
        raise SettingsError(f"{where}: {', '.join([*place, first['msg']])}.") from None


def read_faults(path: Path) -> list[Fault]:
    """The faults of a YAML file; raises SettingsError like `validated_faults`."""
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"The fault file {path} cannot be read: {error}") from None
    return validated_faults(entries, f"The fault file {path}")
