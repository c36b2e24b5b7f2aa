"""Damaged lines through the frames: each is a row, or in quarantine with a reason."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ingest.copilot import frames as copilot
from ingest.copilot.files import IncompleteFileError, row_lines
from ingest.framing import Framed, Framer, Payload, quarantine_frame
from ingest.github import frames as github
from ingest.tables import OPS_QUARANTINE, Table
from tests.fuzz import valid
from tests.fuzz.damage import as_json, damaged, damaged_bytes

FILES_A_BATCH = 15


@dataclass
class Tally:
    """How often each outcome occurred, and all that is to be loaded, by table."""

    counts: Counter[str] = field(default_factory=Counter)
    frames: dict[Table, list[pl.DataFrame]] = field(default_factory=dict)

    def add(self, source: str, dataset: str, framed: Framed) -> None:
        """Keep what is to be loaded; a row of quarantine without a reason is an error."""
        for row in framed.quarantined:
            assert row["reason"], row
        for table, frame in framed.tables.items():
            self.frames.setdefault(table, []).append(frame)
        rows = quarantine_frame(source, dataset, framed.quarantined)
        self.frames.setdefault(OPS_QUARANTINE, []).append(rows)


@dataclass(frozen=True)
class Kind:
    """A dataset whose landed lines are JSON; `valid` makes a good one."""

    source: str
    dataset: str
    frame: Framer
    valid: Callable[[random.Random], dict[str, Any]]
    is_one_row_a_line: bool = True


def _fixed(value: dict[str, Any]) -> Callable[[random.Random], dict[str, Any]]:
    return lambda _: value


KINDS = (
    Kind("copilot", "user-teams-1-day", copilot.frame_user_teams,
         lambda rng: valid.USER_TEAM | {"user_id": rng.randrange(10**9)}),
    Kind("copilot", "seats", copilot.frame_seats, _fixed(valid.SEAT)),
    Kind("github", "pull_requests", github.frame_pull_requests, _fixed(valid.PULL_REQUEST)),
    Kind("github", "reviews", github.frame_reviews, _fixed(valid.REVIEW)),
    Kind("github", "issues", github.frame_issues, _fixed(valid.ISSUE)),
    Kind("github", "members", github.frame_members, _fixed(valid.USER)),
    Kind("github", "teams", github.frame_teams, _fixed(valid.TEAM)),
    Kind("github", "team_members", github.frame_team_members, _fixed(valid.TEAM_MEMBER)),
    Kind("github", "member_emails", github.frame_member_emails, _fixed(valid.MEMBER_EMAILS),
         is_one_row_a_line=False),
)  # fmt: skip


def damaged_line(rng: random.Random, value: dict[str, Any]) -> bytes:
    """One line that is no longer what it was; never blank, as landing leaves no blank line."""
    if rng.random() < 0.75:
        line = as_json(rng, damaged(rng, value))
    else:
        line = damaged_bytes(rng, as_json(rng, value))
    return line.replace(b"\n", b" ").strip() or b"?"


def _payload(scope: str, lines: list[bytes]) -> Payload:
    return Payload(scope, valid.DAY, "load", b"".join(line + b"\n" for line in lines))


def frame_lines(kind: Kind, count: int, seed: str = "lines") -> Tally:
    """Damaged lines of a dataset, 20 a payload, with good ones between them."""
    rng = random.Random(f"{seed} {kind.dataset}")
    tally = Tally()
    while tally.counts["damaged"] < count:
        lines = []
        for _ in range(20):
            is_good = rng.random() < 0.1
            value = kind.valid(rng)
            lines.append(as_json(rng, value) if is_good else damaged_line(rng, value))
            tally.counts["good" if is_good else "damaged"] += 1
        payload = _payload(f"scope-{tally.counts['damaged']}", lines)
        framed = kind.frame([payload])
        tally.add(kind.source, kind.dataset, framed)
        refused = {row["row_number"] for row in framed.quarantined}
        assert len(refused) == len(framed.quarantined)
        assert refused <= set(range(1, len(lines) + 1))
        tally.counts["in quarantine"] += len(refused)
        rows = sum(frame.height for frame in framed.tables.values())
        tally.counts["rows"] += rows
        if kind.is_one_row_a_line:
            assert rows + len(refused) == len(lines)
    return tally


def frame_reports(count: int, seed: str = "reports") -> Tally:
    """Damaged users-1-day files, several a batch, from the bytes of the download on."""
    rng = random.Random(seed)
    tally = Tally()
    while tally.counts["damaged"] < count:
        payloads = []
        for number in range(FILES_A_BATCH):
            body = _report(rng, tally)
            try:
                lines = row_lines(body)
            except IncompleteFileError:
                tally.counts["file broken off: pending"] += 1
                continue
            tally.counts["lines"] += len(lines)
            payloads.append(_payload(f"scope-{tally.counts['damaged']}-{number}", lines))
        if not payloads:
            continue
        framed = copilot.frame_user_days(payloads)
        tally.add("copilot", "users-1-day", framed)
        _account(tally, payloads, framed)
    assert tally.counts["lines"] == tally.counts["rows"] + tally.counts["in quarantine"]
    return tally


def _report(rng: random.Random, tally: Tally) -> bytes:
    """A file of up to 12 rows; a third of the files are whole and readable, for the fast way."""
    is_good = rng.random() < 0.3
    rows = [valid.user_day(rng, user_id) for user_id in range(1, rng.randint(2, 13))]
    lines = []
    for row in rows:
        is_hit = not is_good and rng.random() < 0.5
        tally.counts["damaged" if is_hit else "good"] += 1
        lines.append(damaged_line(rng, row) if is_hit else as_json(rng, row))
    if rng.random() < 0.1:
        tally.counts["damaged"] += 1
        lines.append(lines[0])
    shape = rng.random()
    if shape < 0.1:
        body = b"[" + b",".join(lines) + b"]"
    elif shape < 0.2:
        body = b'{"day_totals":[' + b",".join(lines) + b"]}"
    else:
        body = b"".join(line + rng.choice((b"\n", b"\n", b"\r\n", b"\n\n")) for line in lines)
    if not is_good and rng.random() < 0.2:
        tally.counts["damaged"] += 1
        body = damaged_bytes(rng, body)
    return body


def _account(tally: Tally, payloads: list[Payload], framed: Framed) -> None:
    """Each line once: as a row of its scope, or in quarantine under its number."""
    rows = framed.tables[copilot.COPILOT_USER_DAYS]["scope"].to_list()
    for payload in payloads:
        refused = [row for row in framed.quarantined if row["scope"] == payload.scope]
        numbers = {row["row_number"] for row in refused}
        assert len(numbers) == len(refused)
        assert rows.count(payload.scope) + len(refused) == len(payload.lines)
    tally.counts["rows"] += len(rows)
    tally.counts["in quarantine"] += len(framed.quarantined)
    duplicates = sum(row["reason"] == copilot.DUPLICATE for row in framed.quarantined)
    tally.counts["of these a user's second row"] += duplicates
