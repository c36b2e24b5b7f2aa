"""Ways to damage a payload: pure, and the same for the same random numbers."""

import copy
import json
import random
from typing import Any

DEEP: Any = 1
for _ in range(150):
    DEEP = [DEEP]

#: What stands where something else is due.
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 2.0, 1.5, -0.0, 1e-320, 2**31, 10**18, 2**63 - 1, 2**63, -(2**63) - 1,
    10**400, 1e308, float("nan"), float("inf"), float("-inf"), "", " ", "\x00", "a\x00b", "\ud800",
    "\udfff\ud800", "x" * 5_000, "9" * 400, "12", "1e5", "NaN", "null", "true", "\u0663\u0664",
    "\u202e\u0000\ufeff", "'; drop table t; --", "a\nb", "a\rb", "\\", '"', [], {}, [[]], [None],
    {"": {"": None}}, DEEP, {"login": DEEP}, "2026-10-29", "2026-02-30", "2026-10-29T25:61:00Z",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0000-00-00T00:00:00Z",
    "-2026-10-29T00:00:00Z", 1793232000, 1e20, "2026-10-29T10:00:00.123456789123Z",
)  # fmt: skip


def damaged(rng: random.Random, value: Any) -> Any:
    """A copy of a JSON value with one to three things wrong in it."""
    value = copy.deepcopy(value)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        value = _once(rng, value)
    return value


def _once(rng: random.Random, value: Any) -> Any:
    holders = list(_holders(value))
    if not holders or rng.random() < 0.03:
        return copy.deepcopy(rng.choice(ODD))
    # Mostly the fields of the payload itself: what lies deep is often not modelled.
    holder = holders[0] if rng.random() < 0.5 else rng.choice(holders)
    keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    key = rng.choice(keys)
    way = rng.random()
    if way < 0.6:
        holder[key] = copy.deepcopy(rng.choice(ODD))
    elif way < 0.8:
        del holder[key]
    elif way < 0.9:
        other = rng.choice(keys)
        holder[key], holder[other] = holder[other], holder[key]
    elif isinstance(holder, dict):
        holder[f"{key}{rng.choice(('_', 'X', ' ', chr(0)))}"] = holder.pop(key)
    else:
        holder.append(copy.deepcopy(holder[key]))
    return value


def _holders(value: Any) -> list[Any]:
    """The value and all that is in it, as far as something can be changed there."""
    found = []
    waiting = [value]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, dict | list) and one and one is not DEEP:
            found.append(one)
            waiting += list(one.values()) if isinstance(one, dict) else one
    return found[:60]


def as_json(rng: random.Random, value: Any) -> bytes:
    """JSON as odd writers write it: escaped or raw, NaN and halves of surrogates included."""
    text = json.dumps(value, ensure_ascii=rng.random() < 0.5, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def damaged_bytes(rng: random.Random, data: bytes) -> bytes:
    """Bytes with one thing wrong in them; never the same as before."""
    place = rng.randrange(len(data) + 1)
    ways = (
        lambda: data[:place],
        lambda: data[:place] + rng.choice((b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\r", b'"',
                                           b"{", b"}", b",", b"\\", b"\xe2\x80")) + data[place:],
        lambda: data[:place] + data[place + rng.randint(1, 9):],
        lambda: b"\xef\xbb\xbf" + data,
        lambda: data + data[:place],
        lambda: data[::-1],
        lambda: data.replace(b":", b":[", 1),
        lambda: _doubled_key(data),
        lambda: data.decode(errors="replace").encode("utf-16"),
        lambda: rng.randbytes(rng.randint(1, 300)),
        lambda: b"",
    )  # fmt: skip
    changed = rng.choice(ways)()
    return changed if changed != data else data + b"}"


def _doubled_key(data: bytes) -> bytes:
    """The first key of the object a second time, with a value of another type."""
    key, colon, rest = data.partition(b":")
    return key + b':{"doubled":1},' + key.lstrip(b"{") + colon + rest
