"""Landed lines of GitHub as typed rows."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import pytest

from ingest.framing import Framed, Payload
from ingest.github.frames import (
    frame_issues,
    frame_member_emails,
    frame_members,
    frame_pull_requests,
    frame_reviews,
    frame_team_members,
    frame_teams,
)
from tests.unit.ingest.conftest import ndjson

DAY = date(2026, 5, 4)
ADA = {"__typename": "User", "login": "ada", "databaseId": 1}
PULL_REQUEST = {
    "id": "PR1", "number": 5, "mergedAt": "2026-05-04T10:00:00Z", "additions": 10,
    "deletions": 2, "changedFiles": 3, "author": ADA, "repository": {"nameWithOwner": "acme/web"},
    "labels": {"nodes": [{"name": "x"}]},
}  # fmt: skip
REVIEW = {
    "id": "R1", "state": "APPROVED", "submittedAt": "2026-05-04T12:00:00+02:00",
    "author": {"__typename": "Bot", "login": "helper", "databaseId": 3},
    "pullRequest": PULL_REQUEST,
}  # fmt: skip
USER = {"id": 1, "login": "ada", "type": "User"}
BOB = {"id": 2, "login": "bob", "type": "User"}
ISSUE = {
    "node_id": "I1", "repository": "acme/web", "number": 8, "state_reason": "completed",
    "closed_at": "2026-05-04T10:00:00Z", "assignees": [USER], "closed_by": BOB,
}  # fmt: skip
EMAILS = {"databaseId": 1, "login": "ada", "organizationVerifiedDomainEmails": ["a@acme.test"]}
Frame = Callable[[Sequence[Payload]], Framed]


def framed(frame: Frame, *rows: Any) -> Framed:
    return frame([Payload("org:acme", DAY, "load-1", ndjson(*rows))])


def only_row(frame: Frame, row: Any) -> dict[str, Any]:
    (table,) = framed(frame, row).tables.values()
    (found,) = table.to_dicts()
    return found


def test_a_merged_pull_request_is_a_row() -> None:
    assert only_row(frame_pull_requests, PULL_REQUEST) == {
        "scope": "org:acme", "activity_date": DAY, "node_id": "PR1", "repository": "acme/web",
        "number": 5, "author_id": 1, "author_login": "ada", "author_type": "User",
        "merged_at": datetime(2026, 5, 4, 10), "additions": 10, "deletions": 2,
        "changed_files": 3, "load_id": "load-1",
    }  # fmt: skip


def test_a_deleted_author_is_null() -> None:
    row = only_row(frame_pull_requests, PULL_REQUEST | {"author": None})
    assert (row["author_id"], row["author_login"], row["author_type"]) == (None, None, None)


def test_a_review_names_reviewer_and_reviewed_and_its_time_is_utc() -> None:
    assert only_row(frame_reviews, REVIEW) == {
        "scope": "org:acme", "activity_date": DAY, "node_id": "R1", "pull_request_node_id": "PR1",
        "repository": "acme/web", "pull_request_number": 5, "pull_request_author_id": 1,
        "pull_request_author_login": "ada", "reviewer_id": 3, "reviewer_login": "helper",
        "reviewer_type": "Bot", "state": "APPROVED", "submitted_at": datetime(2026, 5, 4, 10),
        "load_id": "load-1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("assignees", "count", "login"),
    [([USER], 1, "ada"), ([], 0, None), (None, 0, None), ([USER, BOB], 2, None)],
)
def test_an_issues_assignee_is_named_only_where_there_is_exactly_one(
    assignees: Any, count: int, login: str | None
) -> None:
    row = only_row(frame_issues, ISSUE | {"assignees": assignees})
    assert (row["assignee_count"], row["assignee_login"]) == (count, login)
    assert (row["closer_id"], row["closer_login"], row["closer_type"]) == (2, "bob", "User")
    assert (row["state_reason"], row["closed_at"]) == ("completed", datetime(2026, 5, 4, 10))


def test_members_teams_and_team_members_are_rows_of_the_snapshot() -> None:
    assert only_row(frame_members, USER) == {
        "scope": "org:acme", "snapshot_date": DAY, "user_id": 1, "login": "ada", "type": "User",
        "load_id": "load-1",
    }  # fmt: skip
    team = {"id": 9, "slug": "core", "name": "Core", "parent": {"id": 7, "slug": "all"}}
    row = only_row(frame_teams, team)
    assert (row["team_id"], row["slug"], row["name"], row["parent_team_id"]) == (
        9, "core", "Core", 7,
    )  # fmt: skip
    row = only_row(frame_team_members, USER | {"team": {"id": 9, "slug": "core"}})
    assert (row["team_id"], row["user_id"], row["login"]) == (9, 1, "ada")


def test_each_verified_address_of_a_member_is_a_row_in_lower_case() -> None:
    addresses = ["Bob@acme.test", "Ada@Acme.Test", "ada@acme.test"]
    member = {"databaseId": 1, "login": "ada", "organizationVerifiedDomainEmails": addresses}
    (table,) = framed(frame_member_emails, member).tables.values()
    assert table.to_dicts() == [
        {"scope": "org:acme", "snapshot_date": DAY, "user_id": 1, "login": "ada",
         "email": email, "load_id": "load-1"}
        for email in ("ada@acme.test", "bob@acme.test")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "row", "reason"),
    [
        (frame_pull_requests, PULL_REQUEST | {"additions": "10"}, "additions"),
        (frame_pull_requests, PULL_REQUEST | {"mergedAt": "soon"}, "mergedAt"),
        (frame_pull_requests, {"id": "PR1"}, "number is missing"),
        (frame_reviews, REVIEW | {"pullRequest": None}, "pullRequest"),
        (frame_issues, ISSUE | {"assignees": [{"login": "x"}]}, "assignees.0.id is missing"),
        (frame_members, {"id": 10**30, "login": "x"}, "id"),
        (frame_teams, [], "the row"),
        (frame_member_emails, EMAILS | {"databaseId": None}, "databaseId"),
        (frame_member_emails, EMAILS | {"organizationVerifiedDomainEmails": [1]}, "organization"),
    ],
)
def test_a_wrong_row_goes_to_quarantine_and_the_rest_goes_on(
    frame: Frame, row: Any, reason: str
) -> None:
    good = {
        frame_pull_requests: PULL_REQUEST,
        frame_reviews: REVIEW,
        frame_issues: ISSUE,
        frame_members: USER,
        frame_teams: {"id": 1, "slug": "a", "name": "A"},
        frame_member_emails: EMAILS,
    }[frame]
    result = framed(frame, row, good)
    (table,) = result.tables.values()
    assert table.height == 1
    assert [found["row_number"] for found in result.quarantined] == [1]
    assert result.quarantined[0]["reason"].startswith(reason)
