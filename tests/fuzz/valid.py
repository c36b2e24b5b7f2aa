"""One valid payload of each kind, by hand or from the simulator, for `damage` to begin with."""

import random
from datetime import date
from typing import Any

from ingest.simulator.copilot_rows import copilot_row

DAY = date(2026, 10, 29)
MOMENT = "2026-10-29T10:00:00Z"

ACTOR = {"__typename": "User", "login": "ada", "databaseId": 1}
REPOSITORY = {"nameWithOwner": "acme/api"}
PULL_REQUEST: dict[str, Any] = {
    "id": "PR_1", "number": 1, "state": "MERGED", "createdAt": MOMENT, "mergedAt": MOMENT,
    "additions": 5, "deletions": 1, "changedFiles": 2, "repository": REPOSITORY, "author": ACTOR,
    "mergedBy": ACTOR, "labels": {"nodes": [{"name": "bug"}]},
}  # fmt: skip
REVIEW = {
    "id": "PRR_1", "state": "APPROVED", "submittedAt": MOMENT, "author": ACTOR,
    "pullRequest": {"id": "PR_1", "number": 1, "author": ACTOR, "repository": REPOSITORY},
}  # fmt: skip
USER = {"id": 1, "login": "ada", "type": "User", "node_id": "U_1"}
ISSUE = {
    "node_id": "I_1", "repository": "acme/api", "number": 2, "state": "closed",
    "state_reason": "completed", "closed_at": MOMENT, "assignees": [USER], "closed_by": USER,
}  # fmt: skip
TEAM = {"id": 5, "slug": "core", "name": "Core", "parent": {"id": 4}}
TEAM_MEMBER = {"team": {"id": 5, "slug": "core"}, **USER}
MEMBER_EMAILS = {
    "databaseId": 1, "login": "ada", "organizationVerifiedDomainEmails": ["ada@acme.test"],
}  # fmt: skip
USER_TEAM = {
    "user_id": 1, "user_login": "ada", "day": str(DAY), "organization_id": "1", "team_id": 5,
    "slug": "core",
}  # fmt: skip
SEAT = {
    "assignee": USER, "created_at": MOMENT, "last_activity_at": "2026-10-29T10:00:00+02:00",
    "last_activity_editor": "vscode", "plan_type": "business", "pending_cancellation_date": None,
}  # fmt: skip


def user_day(rng: random.Random, user_id: int) -> dict[str, Any]:
    """A row of a users-1-day report, with all the fields that GitHub documents."""
    return copilot_row(rng, DAY, user_id, f"user-{user_id}", rng.random() < 0.7, rng.random())


def searched(node: dict[str, Any]) -> dict[str, Any]:
    """A pull request as a search answers it, with one review."""
    review = {key: value for key, value in REVIEW.items() if key != "pullRequest"}
    reviews = {"nodes": [review], "pageInfo": {"hasNextPage": False, "endCursor": None}}
    return {**node, "updatedAt": MOMENT, "reviews": reviews}
