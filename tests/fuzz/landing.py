"""Damaged answers through the real landing: a day is whole or pending, a step told or refused."""

import random
from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, Self

import httpx
import polars as pl
import pyarrow as pa
import yaml

from ingest.copilot.fetch import land_user_days
from ingest.errors import NightquestError
from ingest.framing import Framed, Payload
from ingest.github.fetch import land_activity, land_organisation
from ingest.landing import Landing
from ingest.settings import Settings
from ingest.snowflake import frames as snowflake
from ingest.snowflake.fetch import land_extracts, land_snapshots
from tests.fuzz import valid
from tests.fuzz.damage import ODD, as_json, damaged, damaged_bytes
from tests.fuzz.framing import Tally

#: Not to be had in every time zone, or not at all.
ODD_MOMENTS = [one for one in ODD if isinstance(one, str) and "T" in one]
ODD_NAMES = [one for one in ODD if isinstance(one, str) and 0 < len(one) < 20]
FIRST = valid.DAY - timedelta(days=364)


def settings_of(home: Path, **changes: Any) -> Settings:
    given: dict[str, Any] = {
        "github_api_url": "https://api.test", "github_token": "planted-token",
        "github_orgs": ["acme"], "copilot_download_hosts": ["files.test"], "max_tries": 2,
    }  # fmt: skip
    return Settings(_env_file=None, home=home, **given | changes)


def _answer(rng: random.Random, value: Any, counts: Counter[str]) -> httpx.Response:
    """A JSON answer, damaged three times out of five."""
    body = as_json(rng, value)
    if rng.random() < 0.6:
        counts["damaged"] += 1
        body = as_json(rng, damaged(rng, value)) if rng.random() < 0.8 else damaged_bytes(rng, body)
    return httpx.Response(200, stream=httpx.ByteStream(body))


def land_reports(home: Path, count: int) -> Counter[str]:
    """Damaged envelopes and files, a year of days at a time."""
    rng = random.Random("envelopes")
    settings, counts = settings_of(home), Counter[str]()
    said: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "files.test":
            day = request.url.path.split("/")[1]
            row = valid.USER_TEAM | {"day": day, "user_id": rng.randrange(10**9)}
            rows = as_json(rng, row) + b"\n"
            if rng.random() < 0.2:
                counts["damaged"] += 1
                rows = damaged_bytes(rng, rows)
            return httpx.Response(200, stream=httpx.ByteStream(rows))
        day = request.url.params["day"]
        links = [f"https://files.test/{day}/part-{n}?sig=x" for n in (1, 2)]
        return _answer(rng, {"download_links": links, "report_day": day}, counts)

    first, run = FIRST, 0
    while counts["damaged"] < count:
        run += 1
        landing = Landing(home / f"landing-{run}")
        try:
            land_user_days(
                settings, landing, first, valid.DAY, valid.DAY,
                transport=httpx.MockTransport(answer), sleep=lambda _: None,
            )  # fmt: skip
        except NightquestError as error:
            said.append(str(error))
            counts["step refused"] += 1
        states = landing.states()
        assert not states["reason"].str.contains("\x00", literal=True).any()
        for is_complete in states["is_complete"]:
            counts["days whole" if is_complete else "days pending"] += 1
    assert "sig=" not in "".join(said)
    return counts


def land_github(home: Path, count: int) -> Counter[str]:
    """Damaged searches and lists: the step lands its days, or fails with one sentence."""
    rng = random.Random("searches")
    settings, counts = settings_of(home, identity_matching=["login"]), Counter[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/graphql":
            moment = rng.choice(ODD_MOMENTS) if rng.random() < 0.2 else valid.MOMENT
            node = valid.PULL_REQUEST | {"mergedAt": moment}
            nodes = [valid.searched(node | {"id": f"PR_{n}"}) for n in range(3)]
            page = {"hasNextPage": False, "endCursor": None}
            found = {"issueCount": 3, "pageInfo": page, "nodes": nodes}
            return _answer(rng, {"data": {"search": found}}, counts)
        # Names that an address is made of: half of them are odd ones.
        odd = rng.choice(ODD_NAMES) if rng.random() < 0.5 else None
        items: list[Any] = [{"full_name": odd or "acme/api", "has_issues": True}]
        if path.endswith("/issues"):
            items = [valid.ISSUE]
        elif path.endswith("/members"):
            items = [valid.USER]
        elif path.endswith("/teams"):
            items = [valid.TEAM | {"slug": odd or "core"}]
        return _answer(rng, items, counts)

    for run in range(10**6):
        if counts["damaged"] >= count:
            break
        landing = Landing(home / f"github-{run}")
        given: dict[str, Any] = {
            "transport": httpx.MockTransport(answer), "sleep": lambda _: None,
        }  # fmt: skip
        try:
            if run % 2:
                land_organisation(settings, landing, valid.DAY, **given)
            else:
                week = valid.DAY - timedelta(days=6)
                zone = "America/Los_Angeles"
                land_activity(settings, landing, week, valid.DAY, time_zone=zone, **given)
            counts["step done"] += 1
        except NightquestError:
            counts["step refused"] += 1
    return counts


# --- Snowflake

EXTRACTS: list[dict[str, Any]] = [
    {"name": "tasks", "query": "select 1", "key_column": "who", "key_kind": "login",
     "day_column": "day",
     "metrics": [{"column": "done", "name": "done", "unit": "tasks", "description": "Tasks"},
                 {"column": "hours", "name": "hours", "unit": "h", "description": "Hours"}]},
    {"name": "training", "shape": "challenge_attempts", "query": "select 1", "key_column": "who",
     "key_kind": "email", "challenge_column": "challenge", "score_column": "score",
     "submitted_column": "at"},
    {"name": "absences", "shape": "leave", "query": "select 1", "key_column": "who",
     "key_kind": "employee_id", "day_column": "day"},
    {"name": "staff", "shape": "people", "query": "select 1", "key_column": "who",
     "key_kind": "github_user_id", "email_column": "mail", "github_user_id_column": "user_id"},
    {"name": "map", "shape": "identity_map", "query": "select 1", "source_key_column": "who",
     "github_user_id_column": "user_id"},
]  # fmt: skip
FRAMERS = {
    "metrics": snowflake.frame_metrics,
    "challenge_attempts": snowflake.frame_challenge_attempts,
    "leave": snowflake.frame_leave,
    "people": snowflake.frame_people,
    "identity_map": snowflake.frame_identity_map,
}


#: The type of Arrow that each column has when all is well; of the others it is a number.
DUE = {"who": "text", "challenge": "text", "mail": "text", "day": "day", "at": "moment"}
DAYS = (valid.DAY, valid.DAY, valid.DAY, date(1, 1, 1), date(9999, 12, 31), None)
TEXTS = (*(one for one in ODD if isinstance(one, str) and "\ud800" not in one), "ada", None)
#: Types of Arrow with values, extremes and nulls among them.
VALUES: dict[str, tuple[pa.DataType, tuple[Any, ...]]] = {
    "text": (pa.string(), tuple(one for one in TEXTS if one is None or "\udfff" not in one)),
    "whole": (pa.int64(), (0, 1, -1, 2**63 - 1, -(2**63), 10**15, None)),
    "float": (pa.float64(), (0.5, float("nan"), float("inf"), 1e300, None)),
    "decimal": (pa.decimal128(38, 0), (1, 10**12, 10**20, -(10**37), None)),
    "flag": (pa.bool_(), (True, False, None)),
    "day": (pa.date32(), DAYS),
    "moment": (pa.timestamp("us"), tuple(day and datetime.combine(day, time.max) for day in DAYS)),
    "zoned": (pa.timestamp("us", "America/Los_Angeles"),
              tuple(day and datetime.combine(day, time.max) for day in DAYS)),
    "null": (pa.null(), (None,)),
    "list": (pa.list_(pa.int64()), ([1], [], None)),
}  # fmt: skip


def _batches(rng: random.Random, names: list[str]) -> list[pa.Table]:
    """One or two batches of eight rows; a column's type is one in all of them."""
    kinds = {
        name: DUE.get(name, "whole") if rng.random() < 0.7 else rng.choice(list(VALUES))
        for name in names
    }
    return [
        pa.table(
            {
                name: pa.array(rng.choices(VALUES[kind][1], k=8), VALUES[kind][0])
                for name, kind in kinds.items()
            }
        )
        for _ in range(rng.choice((1, 1, 2)))
    ]


class FakeConnection:
    """Answers each query with damaged columns, as the connector would; one batch or two."""

    def __init__(self, rng: random.Random, names: dict[str, list[str]]) -> None:
        self._rng, self._names = rng, names

    def cursor(self) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        return None

    def execute(self, query: str, _: object = None) -> None:
        names = self._names[query]
        self._batches = _batches(self._rng, names)
        self.description = [SimpleNamespace(name=name.upper(), type_code=2) for name in names]
        self.rowcount = 8 * len(self._batches)

    def fetch_arrow_batches(self, **_: object) -> list[pa.Table]:
        return self._batches

    def close(self) -> None:
        return None


def land_snowflake(home: Path, count: int, connect: Any) -> Tally:
    """Damaged answers of every declared shape, landed and framed.

    `connect(connection)` puts a connection in the place of the real one.
    """
    rng = random.Random("snowflake")
    tally = Tally()
    said: list[tuple[str, str]] = []
    names: dict[str, list[str]] = {}
    for number, extract in enumerate(EXTRACTS):
        columns = [value for key, value in extract.items() if key.endswith("_column")]
        columns += [metric["column"] for metric in extract.get("metrics", [])]
        extract = {**extract, "query": f"select {number} from t"}
        names[extract["query"]] = list(dict.fromkeys(columns))
        path = home / f"{extract['name']}.yml"
        path.write_text(yaml.safe_dump({"snowflake": {"extracts": [extract]}}))
    connect(FakeConnection(rng, names))
    for run in range(count):
        extract = EXTRACTS[run % len(EXTRACTS)]
        settings = settings_of(home, sources_file=home / f"{extract['name']}.yml",
                               snowflake_account="a", snowflake_user="u",
                               snowflake_password="p")  # fmt: skip
        landing = Landing(home / f"snowflake-{run}")
        tally.counts["damaged"] += 1
        try:
            if extract.get("shape") in ("people", "identity_map"):
                land_snapshots(settings, landing, valid.DAY)
            else:
                land_extracts(settings, landing, valid.DAY, valid.DAY, "America/Los_Angeles")
        except NightquestError as error:
            said.append((extract["name"], str(error)))
            tally.counts["extract refused"] += 1
            continue
        tally.counts["extract landed"] += 1
        for state in landing.states().filter(pl.col("row_count") > 0).iter_rows(named=True):
            content = landing.content(state["payload"])
            payload = Payload(state["scope"], state["day"], "load", content)
            framed = FRAMERS[state["dataset"]]([payload])
            tally.add("snowflake", state["dataset"], framed)
            _account(tally, extract, state, framed)
    assert all(name in message for name, message in said)
    return tally


def _account(tally: Tally, extract: dict[str, Any], state: dict[str, Any], framed: Framed) -> None:
    """Each row once, but for metrics: there a row has up to two numbers."""
    (table,) = framed.tables.values()
    refused = len(framed.quarantined)
    assert len({row["row_number"] for row in framed.quarantined}) == refused
    if "metrics" in extract:
        assert table.height <= 2 * (state["row_count"] - refused)
    elif extract.get("shape") != "leave":
        assert table.height + refused == state["row_count"]
    tally.counts["rows"] += table.height
    tally.counts["in quarantine"] += refused
