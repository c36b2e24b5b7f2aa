"""Who was erased: what stands in their place, and what is landed of them later."""

import gzip
import io
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ingest.copilot.frames import frame_user_days
from ingest.erasure import rewrite
from ingest.filedrop.frames import frame_activity, frame_adjustments
from ingest.framing import Payload
from ingest.github.frames import frame_issues, frame_member_emails, frame_pull_requests
from ingest.landing import Landing
from ingest.snowflake.declared import DECLARATION
from ingest.snowflake.frames import frame_metrics
from ingest.store import Store
from ingest.tables import (
    COPILOT_USER_DAYS,
    FILEDROP_ACTIVITY,
    FILEDROP_ADJUSTMENTS,
    GITHUB_ISSUES,
    GITHUB_MEMBER_EMAILS,
    GITHUB_PULL_REQUESTS,
    SNOWFLAKE_METRICS,
)
from ingest.tombstones import Tombstone, Tombstones

LAST_DAY, LATER = date(2026, 3, 6), date(2026, 3, 7)
#: Alice, erased after 6 March; Bob works on. Her id is another team's id as well.
ALICE = {
    ("github_user_id", "123"), ("login", "alice-a"), ("email", "alice@corp.example"),
    ("employee_id", "E-1"), ("any", "a.a"), ("name", "Alice Archer"),
}  # fmt: skip
USER = {"__typename": "User", "databaseId": 123, "login": "Alice-A"}
BOB = {"__typename": "User", "databaseId": 1234, "login": "bob"}
REST_USER = {
    "login": "alice-a", "id": 123, "node_id": "U_1", "type": "User",
    "html_url": "https://github.com/alice-a", "team": {"id": 123, "slug": "search"},
}  # fmt: skip


@pytest.fixture
def tombstone(tmp_path: Path) -> Tombstone:
    return Tombstones(Store(tmp_path)).bury(ALICE, LAST_DAY, has_account=True)


@pytest.fixture
def tombstones(tombstone: Tombstone, tmp_path: Path) -> Tombstones:
    return Tombstones(Store(tmp_path))


def kept(tombstones: Tombstones, row: dict[str, Any], day: date = LAST_DAY) -> list[Any]:
    return [json.loads(line) for line in tombstones.lines([json.dumps(row).encode()], day)]


def framed(framer: Any, table: Any, lines: list[bytes], day: date = LAST_DAY) -> list[dict]:
    content = b"".join(line + b"\n" for line in lines)
    result = framer([Payload("scope", day, "load", content)])
    assert result.quarantined == []
    return result.tables[table].to_dicts()


def test_a_tombstone_names_nobody(tombstone: Tombstone, tmp_path: Path) -> None:
    written = b"".join(path.read_bytes() for path in (tmp_path / "_erased").iterdir())
    for _, value in ALICE:  # as a word: the digits of an id occur in hashes by chance
        assert not re.search(rb"\b%s\b" % re.escape(value.encode()), written, re.IGNORECASE)
    assert tombstone.key == f"erased:{tombstone.number}"


def test_a_key_is_known_in_any_case_and_only_as_what_it_is(
    tombstone: Tombstone, tombstones: Tombstones
) -> None:
    for kind, value in [
        ("login", "ALICE-a"), ("email", "Alice@Corp.example "), ("github_user_id", "0123"),
        ("github_user_id", "123.0"), ("employee_id", "e-1"), ("login", "a.a"), ("email", "a.a"),
    ]:  # fmt: skip
        assert tombstones.of(kind, value) == tombstone, (kind, value)
    for kind, value in [
        ("login", "123"), ("github_user_id", "12"), ("employee_id", "123"), ("login", "alice"),
        ("login", "alice archer"),
    ]:  # fmt: skip
        assert tombstones.of(kind, value) is None, (kind, value)


def test_a_line_that_names_nobody_stays_byte_for_byte(tombstones: Tombstones) -> None:
    line = b'{ "user_id":1234,"user_login": "bob","alice-a":  "alice-a" }'
    assert tombstones.lines([line], LATER) == [line]


def test_a_copilot_day_keeps_its_numbers_until_the_last_day(
    tombstone: Tombstone, tombstones: Tombstones
) -> None:
    row = {
        "user_id": 123, "user_login": "alice-a", "day": "2026-03-06", "organization_id": "123",
        "code_generation_activity_count": 5, "loc_added_sum": 70,
    }  # fmt: skip
    lines = list(tombstones.lines([json.dumps(row).encode()], LAST_DAY))
    (found,) = framed(frame_user_days, COPILOT_USER_DAYS, lines)
    assert (found["user_id"], found["user_login"]) == (-tombstone.number, tombstone.key)
    assert (found["generations"], found["lines_added"], found["is_active"]) == (5, 70, True)
    assert json.loads(lines[0])["organization_id"] == "123"
    assert kept(tombstones, row, LATER) == []


def test_a_pull_request_stays_and_its_author_becomes_a_pseudonym_then_nobody(
    tombstone: Tombstone, tombstones: Tombstones
) -> None:
    row = {
        "id": "PR_1", "number": 123, "mergedAt": "2026-03-06T10:00:00Z", "additions": 123,
        "deletions": 0, "changedFiles": 1, "author": USER, "mergedBy": BOB,
        "repository": {"nameWithOwner": "acme/search"},
    }  # fmt: skip
    lines = list(tombstones.lines([json.dumps(row).encode()], LAST_DAY))
    (found,) = framed(frame_pull_requests, GITHUB_PULL_REQUESTS, lines)
    assert (found["author_id"], found["author_login"]) == (-tombstone.number, tombstone.key)
    assert (found["author_type"], found["number"], found["additions"]) == ("User", 123, 123)
    (later,) = kept(tombstones, row, LATER)
    assert later["author"] is None
    assert later["mergedBy"] == BOB


def test_an_issue_loses_addresses_and_mentions_too(
    tombstone: Tombstone, tombstones: Tombstones
) -> None:
    row = {
        "node_id": "I_1", "repository": "acme/search", "number": 7, "state_reason": "completed",
        "closed_at": "2026-03-06T10:00:00Z", "assignee": REST_USER, "assignees": [REST_USER],
        "closed_by": {"login": "bob", "id": 1234, "type": "User"},
        "body": "Thanks @alice-a, and @alice-ab!",
    }  # fmt: skip
    (issue,) = kept(tombstones, row)
    assert "alice-a," not in json.dumps(issue)
    assert "github.com/alice-a" not in json.dumps(issue)
    assert issue["body"] == f"Thanks @{tombstone.key}, and @alice-ab!"
    (found,) = framed(frame_issues, GITHUB_ISSUES, [json.dumps(issue).encode()])
    assert (found["assignee_id"], found["assignee_count"]) == (-tombstone.number, 1)
    assert found["closer_id"] == 1234
    (later,) = kept(tombstones, row, LATER)
    assert later["assignees"] == [None]
    assert later["assignee"] is None


def test_a_member_stays_in_old_snapshots_and_misses_in_new_ones(
    tombstone: Tombstone, tombstones: Tombstones
) -> None:
    assert kept(tombstones, REST_USER) == [
        {
            "login": tombstone.key, "id": -tombstone.number, "type": "User",
            "team": {"id": 123, "slug": "search"},
        }
    ]  # fmt: skip
    assert kept(tombstones, REST_USER, LATER) == []


def test_a_members_addresses_go(tombstones: Tombstones) -> None:
    row = {
        "databaseId": 123, "login": "alice-a",
        "organizationVerifiedDomainEmails": ["alice@corp.example"],
    }  # fmt: skip
    lines = list(tombstones.lines([json.dumps(row).encode()], LAST_DAY))
    assert framed(frame_member_emails, GITHUB_MEMBER_EMAILS, lines) == []
    assert b"alice" not in b"".join(lines)


def test_a_seat_stays_under_the_pseudonym_and_goes_later(
    tombstone: Tombstone, tombstones: Tombstones
) -> None:
    row = {"assignee": REST_USER, "plan_type": "business", "last_activity_at": None}
    (seat,) = kept(tombstones, row)
    assert seat["assignee"]["login"] == tombstone.key
    assert kept(tombstones, row, LATER) == []


def test_an_id_decides_before_a_login(tombstones: Tombstones) -> None:
    namesake = {"login": "alice-a", "id": 999, "type": "User"}
    assert kept(tombstones, namesake, LATER) == [namesake]


def test_a_dropped_row_keeps_its_value_until_the_last_day(
    tombstone: Tombstone, tombstones: Tombstones
) -> None:
    row = {"person_key": "E-1", "key_kind": "employee_id", "metric": "file.talks", "value": "2"}
    other = row | {"person_key": "alice-a"}  # somebody's number, not her login
    lines = list(tombstones.lines([json.dumps(r).encode() for r in (row, other)], LAST_DAY))
    found = framed(frame_activity, FILEDROP_ACTIVITY, lines)
    assert [r["person_key"] for r in found] == [tombstone.key, "alice-a"]
    assert kept(tombstones, row, LATER) == []


def test_a_signature_under_another_persons_correction_is_replaced(
    tombstone: Tombstone, tombstones: Tombstones
) -> None:
    row = {
        "person_key": "bob", "key_kind": "login", "xp": "5", "reason_text": "talk",
        "requested_by": "Alice Archer", "approved_by": "carol", "adjustment_id": "1",
        "badge_id": None, "season": None,
    }  # fmt: skip
    lines = list(tombstones.lines([json.dumps(row).encode()], LATER))
    (found,) = framed(frame_adjustments, FILEDROP_ADJUSTMENTS, lines, LATER)
    assert (found["requested_by"], found["approved_by"]) == (tombstone.key, "carol")


@pytest.mark.parametrize(
    "row",
    [
        {"person_key": "E-1", "key_kind": "employee_id", "display_name": None},
        {"person_key": "x", "key_kind": "login", "display_name": None, "github_login": "alice-a"},
        {"source": "file", "source_key": "a.a", "github_user_id": "5"},
        {"source": "file", "source_key": "z", "github_user_id": "123"},
    ],
)  # fmt: skip
def test_lists_of_people_and_maps_lose_the_row(tombstones: Tombstones, row: dict[str, Any]) -> None:
    assert kept(tombstones, row) == []


def test_what_was_unreadable_is_unreadable_still(tombstones: Tombstones) -> None:
    (line,) = tombstones.lines([b'{"user_login": "alice-a", "user_id": 123'], LAST_DAY)
    assert b"alice" not in line
    framed_line = frame_user_days([Payload("s", LAST_DAY, "l", line + b"\n")])
    assert len(framed_line.quarantined) == 1


def metrics(key_column: str, kind: str) -> dict[str, str]:
    extract = {
        "name": "tasks", "query": "select 1", "shape": "metrics", "key_column": key_column,
        "key_kind": kind, "day_column": "day",
        "metrics": [{"column": "done", "name": "done", "unit": "tasks", "description": "done"}],
    }  # fmt: skip
    return {DECLARATION: json.dumps(extract)}


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("login", ["ALICE-A ", "bob"]),
        ("employee_id", ["E-1", "E-2"]),
        ("github_user_id", [123, 1234]),
    ],
)
def test_an_extracts_rows_keep_their_numbers_until_the_last_day(
    tombstone: Tombstone, tombstones: Tombstones, kind: str, keys: list[Any]
) -> None:
    frame = pl.DataFrame({"who": keys, "day": [LAST_DAY] * 2, "done": [3, 4]})
    (rows,) = tombstones.frames([frame], metrics("who", kind), LAST_DAY)
    buffer = io.BytesIO()
    rows.write_parquet(buffer, metadata=metrics("who", kind))
    framed_rows = frame_metrics([Payload("tasks", LAST_DAY, "load", buffer.getvalue())])
    assert framed_rows.quarantined == []
    found = framed_rows.tables[SNOWFLAKE_METRICS].select("person_key", "value").rows()
    assert [(key, int(value)) for key, value in found] == [
        (tombstone.key, 3), (str(keys[1]).strip(), 4)
    ]  # fmt: skip
    (later,) = tombstones.frames([frame], metrics("who", kind), LATER)
    assert later["who"].to_list() == keys[1:]


def test_a_key_of_nobody_stays_a_key_of_nobody(tmp_path: Path) -> None:
    buried = Tombstones(Store(tmp_path)).bury({("login", "ghost")}, LAST_DAY, has_account=False)
    row = {"person_key": "ghost", "key_kind": "login", "metric": "file.talks", "value": "2"}
    (line,) = kept(Tombstones(Store(tmp_path)), row)
    assert line["person_key"] == buried.key == f"erased-{buried.number}"


def landed(folder: Path) -> Landing:
    """Two loads of one day, the second in force, and payloads that no record names."""
    landing = Landing(folder)
    for generations in (1, 2):
        rows = [
            {"user_id": user, "user_login": login, "code_generation_activity_count": generations}
            for user, login in ((123, "alice-a"), (1234, "bob"))
        ]
        with landing.load("copilot") as load:
            lines = [json.dumps(row).encode() for row in rows]
            load.put_lines("users-1-day", "org:acme", LAST_DAY, lines)
    with landing.load("snowflake") as load:
        frames = [pl.DataFrame({"who": [name], "day": [LAST_DAY], "done": [1]})
                  for name in ("alice-a", "bob")]  # fmt: skip
        load.put_frames("metrics", "tasks", LAST_DAY, frames, metrics("who", "login"))
    place = folder / "copilot.users-1-day" / "org%3Aacme" / str(LAST_DAY)
    (place / "torn.ndjson.gz").write_bytes(gzip.compress(b'{"user_login":"alice-a"}\n'))
    return landing


def everything(folder: Path) -> str:
    texts = []
    for path in sorted(folder.rglob("*.*")):
        if path.suffix == ".gz":
            texts.append(gzip.decompress(path.read_bytes()).decode())
        elif path.suffix == ".parquet":
            texts.append(str(pl.read_parquet(path).to_dicts()))
        elif path.is_file():
            texts.append(path.read_text())
    return "\n".join(texts)


def test_all_that_was_landed_is_rewritten_with_its_records(tmp_path: Path) -> None:
    landing = landed(tmp_path)
    before = landing.states()
    assert "alice" in everything(tmp_path)
    Tombstones(landing.store).bury(ALICE, LAST_DAY, has_account=True)
    assert rewrite(landing) == 4
    assert "alice" not in everything(tmp_path)
    assert everything(tmp_path).count("bob") == 3
    after = landing.states()
    assert after["row_count"].to_list() == before["row_count"].to_list() == [2, 2]
    assert set(after["content_hash"]).isdisjoint(before["content_hash"])
    assert rewrite(landing) == 0


def test_the_same_rows_again_are_no_change(tmp_path: Path) -> None:
    landing = landed(tmp_path)
    Tombstones(landing.store).bury(ALICE, LAST_DAY, has_account=True)
    rewrite(landing)
    before = everything(tmp_path)
    rows = [
        {"user_id": user, "user_login": login, "code_generation_activity_count": 2}
        for user, login in ((123, "alice-a"), (1234, "bob"))
    ]
    with landing.load("copilot") as load:
        load.put_lines(
            "users-1-day", "org:acme", LAST_DAY, [json.dumps(row).encode() for row in rows]
        )
    assert load.report.of("users-1-day").changed_days == 0
    assert everything(tmp_path) == before


@pytest.mark.parametrize("writes", range(8))
def test_a_rewriting_that_was_killed_ends_as_an_undisturbed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    landing = landed(tmp_path)
    Tombstones(landing.store).bury(ALICE, LAST_DAY, has_account=True)
    count = 0

    def write_until_killed(store: Store, *arguments: Any, **options: Any) -> None:
        nonlocal count
        if count == writes:
            raise KeyboardInterrupt
        count += 1
        write(store, *arguments, **options)

    write = Store.write
    with monkeypatch.context() as killed:
        killed.setattr(Store, "write", write_until_killed)
        with pytest.raises(KeyboardInterrupt):
            rewrite(landing)
    rewrite(landing)
    assert "alice" not in everything(tmp_path)
    hashes = dict(landing.states().select("source", "content_hash").iter_rows())
    rows = [
        {"user_id": user, "user_login": login, "code_generation_activity_count": 2}
        for user, login in ((123, "alice-a"), (1234, "bob"))
    ]
    with landing.load("copilot") as load:
        lines = [json.dumps(row).encode() for row in rows]
        load.put_lines("users-1-day", "org:acme", LAST_DAY, lines)
    assert load.report.of("users-1-day").changed_days == 0
    assert hashes == dict(landing.states().select("source", "content_hash").iter_rows())
