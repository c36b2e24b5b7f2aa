"""Landed lines of GitHub's answers as typed rows: pure; a wrong field quarantines its row."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ingest.framing import Framed, Payload, in_utc, own_columns, readable_rows
from ingest.tables import (
    GITHUB_ISSUES,
    GITHUB_MEMBER_EMAILS,
    GITHUB_MEMBERS,
    GITHUB_PULL_REQUESTS,
    GITHUB_REVIEWS,
    GITHUB_TEAM_MEMBERS,
    GITHUB_TEAMS,
    Table,
)


def _without_nul(text: str) -> str:
    """Postgres holds no NUL in text."""
    return text.replace("\x00", "\ufffd")


Text = Annotated[str, AfterValidator(_without_nul)]
Whole = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Moment = Annotated[datetime, AfterValidator(in_utc)]
#: Rows of a landed line: one, but for the addresses of a member.
Rows = Iterator[dict[str, Any]]


class _Node(BaseModel):
    model_config = ConfigDict(strict=True)


class _Actor(_Node):
    """GraphQL's author; null for a deleted user."""

    login: Text
    databaseId: Whole | None = None
    kind: Text = Field(alias="__typename")


class _Repository(_Node):
    nameWithOwner: Text


class _PullRequest(_Node):
    id: Text
    number: Whole
    mergedAt: Moment
    additions: Whole
    deletions: Whole
    changedFiles: Whole
    author: _Actor | None
    repository: _Repository


class _ReviewedPullRequest(_Node):
    id: Text
    number: Whole
    author: _Actor | None
    repository: _Repository


class _Review(_Node):
    id: Text
    state: Text
    submittedAt: Moment
    author: _Actor | None
    pullRequest: _ReviewedPullRequest


class _User(_Node):
    """REST's simple user; null for a deleted one."""

    id: Whole
    login: Text
    type: Text | None = None


class _Issue(_Node):
    node_id: Text
    repository: Text
    number: Whole
    state_reason: Text | None = None
    closed_at: Moment
    assignees: list[_User | None] | None = None
    closed_by: _User | None = None


class _Parent(_Node):
    id: Whole


class _Team(_Node):
    id: Whole
    slug: Text
    name: Text
    parent: _Parent | None = None


class _TeamMember(_Node):
    team: _Parent
    id: Whole
    login: Text


class _MemberEmails(_Node):
    databaseId: Whole
    login: Text
    organizationVerifiedDomainEmails: list[Text]


def frame_pull_requests(payloads: Sequence[Payload]) -> Framed:
    return _framed(payloads, GITHUB_PULL_REQUESTS, _PullRequest, _pull_request_rows)


def frame_reviews(payloads: Sequence[Payload]) -> Framed:
    return _framed(payloads, GITHUB_REVIEWS, _Review, _review_rows)


def frame_issues(payloads: Sequence[Payload]) -> Framed:
    return _framed(payloads, GITHUB_ISSUES, _Issue, _issue_rows)


def frame_members(payloads: Sequence[Payload]) -> Framed:
    return _framed(payloads, GITHUB_MEMBERS, _User, _member_rows)


def frame_teams(payloads: Sequence[Payload]) -> Framed:
    return _framed(payloads, GITHUB_TEAMS, _Team, _team_rows)


def frame_team_members(payloads: Sequence[Payload]) -> Framed:
    return _framed(payloads, GITHUB_TEAM_MEMBERS, _TeamMember, _team_member_rows)


def frame_member_emails(payloads: Sequence[Payload]) -> Framed:
    return _framed(payloads, GITHUB_MEMBER_EMAILS, _MemberEmails, _member_email_rows)


def _framed(
    payloads: Sequence[Payload], table: Table, model: type[BaseModel],
    rows_of: Callable[[Any], Rows],
) -> Framed:  # fmt: skip
    rows: list[dict[str, Any]] = []
    quarantined: list[dict[str, Any]] = []
    for payload in payloads:
        nodes, _, refused = readable_rows(model, payload, payload.lines)
        quarantined.extend(refused)
        own = own_columns(payload, table)
        rows.extend(own | row for node in nodes for row in rows_of(node))
    return Framed({table: table.frame(rows)}, quarantined)


def _pull_request_rows(node: _PullRequest) -> Rows:
    yield {
        "node_id": node.id,
        "repository": node.repository.nameWithOwner,
        "number": node.number,
        "author_id": node.author and node.author.databaseId,
        "author_login": node.author and node.author.login,
        "author_type": node.author and node.author.kind,
        "merged_at": node.mergedAt,
        "additions": node.additions,
        "deletions": node.deletions,
        "changed_files": node.changedFiles,
    }


def _review_rows(node: _Review) -> Rows:
    pull_request = node.pullRequest
    yield {
        "node_id": node.id,
        "pull_request_node_id": pull_request.id,
        "repository": pull_request.repository.nameWithOwner,
        "pull_request_number": pull_request.number,
        "pull_request_author_id": pull_request.author and pull_request.author.databaseId,
        "pull_request_author_login": pull_request.author and pull_request.author.login,
        "reviewer_id": node.author and node.author.databaseId,
        "reviewer_login": node.author and node.author.login,
        "reviewer_type": node.author and node.author.kind,
        "state": node.state,
        "submitted_at": node.submittedAt,
    }


def _issue_rows(issue: _Issue) -> Rows:
    """The assignee is named only where there is exactly one: who else would it count for?"""
    assignees = [user for user in issue.assignees or [] if user]
    assignee = assignees[0] if len(assignees) == 1 else None
    closer = issue.closed_by
    yield {
        "node_id": issue.node_id,
        "repository": issue.repository,
        "number": issue.number,
        "state_reason": issue.state_reason,
        "closed_at": issue.closed_at,
        "assignee_count": len(assignees),
        "assignee_id": assignee and assignee.id,
        "assignee_login": assignee and assignee.login,
        "assignee_type": assignee and assignee.type,
        "closer_id": closer and closer.id,
        "closer_login": closer and closer.login,
        "closer_type": closer and closer.type,
    }


def _member_rows(user: _User) -> Rows:
    yield {"user_id": user.id, "login": user.login, "type": user.type}


def _team_rows(team: _Team) -> Rows:
    yield {
        "team_id": team.id,
        "slug": team.slug,
        "name": team.name,
        "parent_team_id": team.parent and team.parent.id,
    }


def _team_member_rows(member: _TeamMember) -> Rows:
    yield {"team_id": member.team.id, "user_id": member.id, "login": member.login}


def _member_email_rows(member: _MemberEmails) -> Rows:
    """Each address once, in lower case: other sources write it in another."""
    for email in sorted({email.lower() for email in member.organizationVerifiedDomainEmails}):
        yield {"user_id": member.databaseId, "login": member.login, "email": email}
