"""Tombstones: whom the landing has forgotten, and the pseudonym that stands in their place.

```
<landing>/_erased/key              a random key, made with the first tombstone
<landing>/_erased/<number>.json    a tombstone: hashes of a person's ids, logins, addresses and keys
<landing>/_erased/<number>.done    all that was landed before has been rewritten
```

A fact of a day up to the person's last one keeps its numbers under the pseudonym, so that sums
stay; later ones are left out. The hashes are keyed, so that nobody reads a name out of a tombstone;
whoever holds the landing can still find out whether a login that they know is among them.
"""

import hmac
import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from pydantic import TypeAdapter

from ingest.snowflake.declared import (
    DECLARATION,
    IdentityMapExtract,
    PeopleExtract,
    parsed_extract,
)
from ingest.store import Store

FOLDER = "_erased"
KEY = f"{FOLDER}/key"
#: What is hashed: a kind and a value. ANY is a key whose kind nobody knows (an identity map's).
ACCOUNT, LOGIN, EMAIL, EMPLOYEE, ANY, NAME = (
    "github_user_id", "login", "email", "employee_id", "any", "name"
)  # fmt: skip
Identifier = tuple[str, str]

#: Users in the sources' JSON: their ids, their logins, and what else of them the game reads.
IDS = ("user_id", "databaseId", "id")
LOGINS = ("user_login", "login")
KEPT_OF_USER = {*IDS, *LOGINS, "type", "__typename", "team"}
ADDRESSES = "organizationVerifiedDomainEmails"
#: Columns of dropped files that name people, beside the key.
PEOPLE_COLUMNS = {
    "github_user_id": ACCOUNT, "github_login": LOGIN, "email": EMAIL, "employee_id": EMPLOYEE,
    "source_key": ANY,
}  # fmt: skip
SIGNATURES = ("requested_by", "approved_by")
#: An issue has an assignee as well, and stays when that is erased; a seat has this field besides.
SEAT = "last_activity_at"
#: Where a line may name somebody: parsing each costs twenty times as much as this look.
_NUMBERS = re.compile(rb'"(?:user_id|databaseId|id|github_user_id|person_key)"\s*:\s*"?(\d{1,18})')
_TEXTS = re.compile(
    rb'"(?:user_login|login|person_key|source_key|email|employee_id|github_login|requested_by'
    rb'|approved_by)"\s*:\s*("(?:[^"\\]|\\.)*")'
)
_MENTIONS = re.compile(rb"@([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)")
_WHOLE = re.compile(r"^0*([1-9]\d{0,17})(?:\.0+)?$")


class _Dropped:
    """In place of a row that is left out."""


DROPPED = _Dropped()


@dataclass(frozen=True)
class Tombstone:
    """Somebody who was erased.

    Attributes:
        number: of the pseudonym; the raw tables' user id is its negative.
        last_day: facts up to this day keep counting, under the pseudonym.
        has_account: a person of the game; else a key that was never matched to anybody.
        hashes: of everything that the sources called the person.
    """

    number: int
    last_day: date
    has_account: bool
    hashes: tuple[str, ...]

    @property
    def key(self) -> str:
        """The pseudonym: of an account the developer id, else a key that matches nobody."""
        return f"erased:{self.number}" if self.has_account else f"erased-{self.number}"


class Tombstones:
    """The tombstones of a landing, as they are when this is made."""

    def __init__(self, store: Store) -> None:
        self.store = store
        names = {info.base_name for info in store.listed(FOLDER)}
        self._key = store.read(KEY) if "key" in names else b""
        self.buried = [
            TypeAdapter(Tombstone).validate_json(store.read(f"{FOLDER}/{name}"))
            for name in sorted(names)
            if name.endswith(".json")
        ]
        self.unfinished = [one for one in self.buried if f"{one.number}.done" not in names]
        self._by_hash = {hashed: one for one in self.buried for hashed in one.hashes}
        self._known: dict[Identifier, Tombstone | None] = {}

    def __bool__(self) -> bool:
        return bool(self.buried)

    def of(self, kind: str, value: object) -> Tombstone | None:
        """Whose tombstone a key of a kind is under; None where nobody's."""
        identifier = (kind, normal(kind, value))
        if identifier not in self._known:
            kinds = {kind, ANY} if kind not in (ACCOUNT, NAME) else {kind}
            found = (self._by_hash.get(self._hash((k, identifier[1]))) for k in sorted(kinds))
            self._known[identifier] = next((one for one in found if one), None)
        return self._known[identifier]

    def named(self, word: str) -> Tombstone | None:
        """Whose tombstone a word is under that may be anything a person is called."""
        return next((t for k in (ACCOUNT, LOGIN, EMAIL, EMPLOYEE) if (t := self.of(k, word))), None)

    def names(self, body: str) -> bool:
        """Whether a text of JSON may name somebody who was erased."""
        return bool(self) and self._may_name(body.encode())

    def bury(
        self, identifiers: Iterable[Identifier], last_day: date, has_account: bool
    ) -> Tombstone:
        """Write a tombstone: from here on nothing is landed that names the person."""
        if not self._key:
            self._key = secrets.token_bytes(32)
            self.store.write(KEY, self._key, is_durable=True)
        number = 100_000_000 + secrets.randbelow(900_000_000)
        hashes = sorted({self._hash((kind, normal(kind, value))) for kind, value in identifiers})
        tombstone = Tombstone(number, last_day, has_account, tuple(hashes))
        text = TypeAdapter(Tombstone).dump_json(tombstone, indent=1)
        self.store.write(f"{FOLDER}/{number}.json", text, is_durable=True)
        return tombstone

    def finish(self, tombstone: Tombstone) -> None:
        """What was landed before has been rewritten."""
        self.store.write(f"{FOLDER}/{tombstone.number}.done", b"", is_durable=True)

    def lines(self, lines: Sequence[bytes], day: date) -> Sequence[bytes]:
        """Landed lines of a day as they may be kept; those that name nobody stay byte for byte."""
        if not self:
            return lines
        kept = (self._line(line, day) if self._may_name(line) else line for line in lines)
        return [line for line in kept if line is not None]

    def frames(
        self, frames: Iterable[pl.DataFrame], metadata: Mapping[str, str], day: date
    ) -> Iterable[pl.DataFrame]:
        """Landed frames of an extract as they may be kept; its declaration is in `metadata`."""
        return self._frames(frames, metadata, day) if self else frames

    def _hash(self, identifier: Identifier) -> str:
        return hmac.digest(self._key, ":".join(identifier).encode(), "sha256").hex()

    def _may_name(self, line: bytes) -> bool:
        if any(self.of(ACCOUNT, number.decode()) for number in _NUMBERS.findall(line)):
            return True
        texts = (_decoded(text) for text in _TEXTS.findall(line))
        if any(self.named(text) or self.of(NAME, text) for text in texts):
            return True
        return any(self.of(LOGIN, login.decode()) for login in _MENTIONS.findall(line))

    def _line(self, line: bytes, day: date) -> bytes | None:
        try:
            value = json.loads(self._without_mentions(line))
        except ValueError:
            return b'{"erased": true'  # unreadable before, and still: it is counted in quarantine
        kept = self._rewritten(value, day, is_row=True)
        if isinstance(kept, _Dropped):
            return None
        return line if kept == json.loads(line) else json.dumps(kept, sort_keys=True).encode()

    def _without_mentions(self, line: bytes) -> bytes:
        def replaced(found: re.Match[bytes]) -> bytes:
            tombstone = self.of(LOGIN, found[1].decode())
            return f"@{tombstone.key}".encode() if tombstone else found[0]

        return _MENTIONS.sub(replaced, line)

    def _rewritten(self, value: Any, day: date, is_row: bool = False) -> Any:
        """A value of JSON without the erased; `is_row`: the line itself, which may be left out."""
        if isinstance(value, list):
            return [self._rewritten(item, day) for item in value]
        if not isinstance(value, dict):
            return value
        if "person_key" in value or "source_key" in value:
            return self._row_of_file(value, day)
        tombstone = self._user(value)
        if tombstone and day > tombstone.last_day:
            return DROPPED if is_row else None  # as GitHub shows a deleted user
        kept = {name: self._rewritten(item, day) for name, item in value.items()}
        if SEAT in value and value.get("assignee") and kept["assignee"] is None:
            return DROPPED
        return _pseudonymous(kept, tombstone) if tombstone else kept

    def _user(self, value: Mapping[str, Any]) -> Tombstone | None:
        """Whose user an object is: by its id, and by its login only where it has none."""
        if not any(name in value for name in (*LOGINS, "user_id")):
            return None
        for name in IDS:
            if value.get(name) is not None:
                return self.of(ACCOUNT, value[name])
        login = next((value[name] for name in LOGINS if value.get(name)), None)
        return self.of(LOGIN, login) if login else None

    def _row_of_file(self, row: Mapping[str, Any], day: date) -> Any:
        """A row of a dropped file; lists of people and identity maps lose the row."""
        key = (
            self.of(str(row.get("key_kind")), row.get("person_key")) if "key_kind" in row else None
        )
        if "display_name" in row or "source_key" in row:
            named = (
                self.of(kind, row[name]) for name, kind in PEOPLE_COLUMNS.items() if name in row
            )
            return DROPPED if key or any(named) else dict(row)
        if key and day > key.last_day:
            return DROPPED
        signed = {}
        for name in SIGNATURES:
            if row.get(name) and (signer := self.named(row[name]) or self.of(NAME, row[name])):
                signed[name] = signer.key
        return {**row, **signed, **({"person_key": key.key} if key else {})}

    def _frames(
        self, frames: Iterable[pl.DataFrame], metadata: Mapping[str, str], day: date
    ) -> Iterator[pl.DataFrame]:
        extract = parsed_extract(metadata[DECLARATION])
        if isinstance(extract, PeopleExtract | IdentityMapExtract):
            kinds = {
                "key_column": getattr(extract, "key_kind", ANY), "email_column": EMAIL,
                "employee_id_column": EMPLOYEE, "github_login_column": LOGIN,
                "github_user_id_column": ACCOUNT, "source_key_column": ANY,
            }  # fmt: skip
            named = {getattr(extract, name, None): kind for name, kind in kinds.items()}
            for frame in frames:
                is_erased = [
                    _text(name).is_in(list(self._matches(frame, name, kind)))
                    for name, kind in named.items()
                    if name
                ]
                yield frame.filter(~pl.any_horizontal(e.fill_null(False) for e in is_erased))
            return
        key = extract.key_column
        for frame in frames:
            found = self._matches(frame, key, extract.key_kind)
            gone = [text for text, one in found.items() if day > one.last_day]
            pseudonyms = {text: one.key for text, one in found.items() if day <= one.last_day}
            kept = frame.filter(~_text(key).is_in(gone).fill_null(False)) if gone else frame
            if pseudonyms:
                kept = kept.with_columns(_text(key).replace(pseudonyms).alias(key))
            yield kept

    def _matches(self, frame: pl.DataFrame, column: str, kind: str) -> dict[str, Tombstone]:
        """The erased among the texts of a column."""
        texts = frame.select(_text(column)).to_series().drop_nulls().unique().to_list()
        return {text: found for text in texts if (found := self.of(kind, text))}


def normal(kind: str, value: object) -> str:
    """A key as it is compared: logins, addresses and names in any case, ids without zeros."""
    text = str(value).strip().lower()
    if kind == ACCOUNT and (whole := _WHOLE.match(text)):
        return whole[1]
    return text


def _pseudonymous(user: Mapping[str, Any], tombstone: Tombstone) -> dict[str, Any]:
    """A user's object under the pseudonym: of GitHub's users only what the game reads is left."""
    is_github_user = "login" in user
    replaced: dict[str, Any] = {}
    for name, value in user.items():
        if name in IDS and not (name == "id" and "user_id" in user):
            replaced[name] = -tombstone.number if value is not None else None
        elif name in LOGINS:
            replaced[name] = tombstone.key
        elif name == ADDRESSES:
            replaced[name] = []
        elif not is_github_user or name in KEPT_OF_USER:
            replaced[name] = value
    return replaced


def _decoded(text: bytes) -> str:
    try:
        return str(json.loads(text))
    except ValueError:
        return text.decode(errors="replace").strip('"')


def _text(column: str) -> pl.Expr:
    """As frames compare keys: text without blanks around it."""
    return pl.col(column).cast(pl.String).str.strip_chars()
