"""`POST /graphql`: a true subset of GitHub's schema, executed by graphql-core.

What the subset lacks is an error, as at GitHub, and only selected fields come back. A few things
differ on purpose: a search qualifier that is not understood is an error (GitHub takes it for a
word to look for, and silently finds something else); a search finds pull requests only; and
`databaseId` may exceed 32 bits, because replayed Copilot rows bring ids of their own.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from ingest.simulator.organisation import Organisation, parsed_moment, token_of

#: At most this many results of a search can be reached, and so many rows of a page asked for.
REACHABLE, LARGEST_PAGE = 1000, 100

SCHEMA = build_schema("""
scalar DateTime
scalar URI

interface Node { id: ID! }
interface Actor { login: String!  url: URI! }
type User implements Node & Actor {
  id: ID!  login: String!  url: URI!  databaseId: Int
  organizationVerifiedDomainEmails(login: String!): [String!]!
}
type Bot implements Node & Actor { id: ID!  login: String!  url: URI!  databaseId: Int }

type PageInfo {
  endCursor: String  hasNextPage: Boolean!  hasPreviousPage: Boolean!  startCursor: String
}
type Label implements Node { id: ID!  name: String! }
type LabelConnection { nodes: [Label]  pageInfo: PageInfo!  totalCount: Int! }
type Repository implements Node { id: ID!  name: String!  nameWithOwner: String!  url: URI! }

type OrganizationMemberConnection { nodes: [User]  pageInfo: PageInfo!  totalCount: Int! }
type Organization implements Node & Actor {
  id: ID!  login: String!  url: URI!
  membersWithRole(after: String, first: Int): OrganizationMemberConnection!
}

enum PullRequestState { CLOSED MERGED OPEN }
enum PullRequestReviewState { APPROVED CHANGES_REQUESTED COMMENTED DISMISSED PENDING }
type PullRequestReview implements Node {
  id: ID!  author: Actor  state: PullRequestReviewState!  submittedAt: DateTime
}
type PullRequestReviewConnection {
  nodes: [PullRequestReview]  pageInfo: PageInfo!  totalCount: Int!
}
type PullRequest implements Node {
  id: ID!
  number: Int!
  title: String!
  url: URI!
  state: PullRequestState!
  merged: Boolean!
  isDraft: Boolean!
  createdAt: DateTime!
  updatedAt: DateTime!
  mergedAt: DateTime
  closedAt: DateTime
  additions: Int!
  deletions: Int!
  changedFiles: Int!
  author: Actor
  mergedBy: Actor
  repository: Repository!
  labels(after: String, first: Int): LabelConnection
  reviews(after: String, first: Int): PullRequestReviewConnection
}

enum SearchType { DISCUSSION ISSUE REPOSITORY USER }
union SearchResultItem = PullRequest | Repository | User
type SearchResultItemConnection {
  issueCount: Int!  nodes: [SearchResultItem]  pageInfo: PageInfo!
}
type RateLimit { cost: Int!  limit: Int!  remaining: Int!  resetAt: DateTime!  used: Int! }
type Query {
  node(id: ID!): Node
  organization(login: String!): Organization
  rateLimit(dryRun: Boolean = false): RateLimit
  search(after: String, first: Int, query: String!, type: SearchType!): SearchResultItemConnection!
}
""")


@dataclass
class Context:
    """What a query sees: the organisation and how much of the rate limit is left."""

    organisation: Organisation
    limits: dict[str, Any] = field(default_factory=dict)


@lru_cache(maxsize=64)
def _checked(query: str) -> tuple[DocumentNode | None, list[GraphQLError]]:
    """The parsed query, or its errors; a client sends the same few texts all the time."""
    try:
        document = parse(query)
    except GraphQLError as error:
        return None, [error]
    return document, validate(SCHEMA, document)


def answer(query: str, variables: dict[str, Any] | None, context: Context) -> dict[str, Any]:
    """The reply's body: `data`, and `errors` where there are some."""
    document, errors = _checked(query)
    if document is None or errors:
        return {"errors": [error.formatted for error in errors]}
    result = execute_sync(
        SCHEMA,
        document,
        context_value=context,
        variable_values=variables,
        field_resolver=_selected,
    )
    reply: dict[str, Any] = {"data": result.data}
    if result.errors:
        reply["errors"] = [error.formatted for error in result.errors]
    return reply


def _selected(source: dict[str, Any], info: GraphQLResolveInfo, **_: object) -> Any:
    return source[info.field_name]


def _page(
    items: Sequence[dict[str, Any]], name: str, first: int | None, after: str | None
) -> dict[str, Any]:
    """A connection's page. Cursors are offsets, wrapped so that nobody computes with them."""
    if first is None:
        raise GraphQLError(
            f"You must provide a `first` or `last` value to properly paginate the "
            f"`{name}` connection."
        )
    if not 1 <= first <= LARGEST_PAGE:
        raise GraphQLError(
            f"Requesting {first} records on the `{name}` connection exceeds the `first` limit "
            f"of {LARGEST_PAGE} records."
        )
    start = _offset(after)
    nodes = items[start : start + first]
    end = start + len(nodes)
    return {
        "nodes": nodes,
        "totalCount": len(items),
        "pageInfo": {
            "hasNextPage": end < len(items),
            "hasPreviousPage": start > 0,
            "startCursor": _cursor(start + 1) if nodes else None,
            "endCursor": _cursor(end) if nodes else None,
        },
    }


def _cursor(position: int) -> str:
    return base64.b64encode(f"cursor:{position}".encode()).decode()


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return int(base64.b64decode(cursor).decode().removeprefix("cursor:"))
    except ValueError:
        raise GraphQLError(f"`{cursor}` does not appear to be a valid cursor.") from None


def _search(
    _: None, info: GraphQLResolveInfo, query: str, type: str, first: int | None = None,
    after: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    if type != "ISSUE":
        raise GraphQLError(f"The simulator searches type ISSUE only, not {type}.")
    found = find_pull_requests(info.context.organisation, query)
    page = _page(found[:REACHABLE], "search", first, after)
    return page | {"issueCount": len(found)}


def _node(_: None, info: GraphQLResolveInfo, id: str) -> dict[str, Any] | None:
    return info.context.organisation.nodes.get(id)


def _organization(_: None, info: GraphQLResolveInfo, login: str) -> dict[str, Any]:
    """Whatever it is called, as in REST."""
    members = info.context.organisation.members
    return {
        "id": "O_" + token_of("organisation", login), "login": login,
        "url": f"https://github.com/{login}",
        "membersWithRole": [person.actor for person in members if not person.is_bot],
    }  # fmt: skip


def _verified_emails(source: dict[str, Any], info: GraphQLResolveInfo, login: str) -> list[str]:
    """Made-up people have an address, but for every seventh; real ones are given none."""
    is_made_up = info.context.organisation.company is not None
    return [f"{source['login']}@acme.example"] if is_made_up and source["databaseId"] % 7 else []


def _rate_limit(_: None, info: GraphQLResolveInfo, **__: object) -> dict[str, Any]:
    return info.context.limits


def _connection(
    source: dict[str, Any], info: GraphQLResolveInfo, first: int | None = None,
    after: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    return _page(source[info.field_name], info.field_name, first, after)


def _field(type_name: str, name: str) -> GraphQLField:
    return cast(GraphQLObjectType, SCHEMA.type_map[type_name]).fields[name]


_field("Query", "search").resolve = _search
_field("Query", "node").resolve = _node
_field("Query", "rateLimit").resolve = _rate_limit
_field("Query", "organization").resolve = _organization
_field("Organization", "membersWithRole").resolve = _connection
_field("User", "organizationVerifiedDomainEmails").resolve = _verified_emails
_field("PullRequest", "labels").resolve = _connection
_field("PullRequest", "reviews").resolve = _connection
_field("User", "databaseId").type = _field("Bot", "databaseId").type = GraphQLScalarType(
    "WideInt", serialize=int
)


TIMES = {"created": "createdAt", "updated": "updatedAt", "merged": "mergedAt", "closed": "closedAt"}
STATES = {
    "merged": lambda item: item["merged"],
    "unmerged": lambda item: not item["merged"],
    "open": lambda item: item["state"] == "OPEN",
    "closed": lambda item: item["state"] != "OPEN",
}


def find_pull_requests(organisation: Organisation, query: str) -> list[dict[str, Any]]:
    """All pull requests that a search finds, newest first unless it says `sort:`.

    Understood: `org:` and `user:` (any name), `repo:`, `is:` and `type:` pr, `is:merged`,
    `is:unmerged`, `is:open`, `is:closed`, `created:`, `updated:`, `merged:` and `closed:` with
    A..B, >=A, >A, <=B, <B or A, `sort:created|updated-asc|desc`.
    """
    windows: dict[str, tuple[str, str]] = {}
    tests, repositories, order, is_pr = [], set(), "created-desc", False
    for word in query.split():
        name, _, value = word.partition(":")
        value = value.strip('"')
        if name in ("is", "type") and value == "pr":
            is_pr = True
        elif name == "is" and value in STATES:
            tests.append(STATES[value])
        elif name in ("org", "user") and value:
            continue
        elif name == "repo" and "/" in value:
            repositories.add(value.lower())
        elif name in TIMES:
            first, last = _window(value)
            before = windows.get(TIMES[name], ("", "~"))
            windows[TIMES[name]] = (max(before[0], first), min(before[1], last))
        elif name == "sort" and re.fullmatch(r"(created|updated)-(asc|desc)", value):
            order = value
        else:
            raise GraphQLError(f"The simulator does not understand `{word}` in a search.")
    if not is_pr:
        raise GraphQLError("The simulator finds pull requests only: add `is:pr` to the search.")
    found = organisation.pull_requests
    for key, (first, last) in windows.items():
        matching = organisation.times[key].between(first, last)
        ids = {item["id"] for item in matching} if found is not organisation.pull_requests else None
        found = matching if ids is None else [item for item in found if item["id"] in ids]
    if repositories:
        found = [i for i in found if i["repository"]["nameWithOwner"].lower() in repositories]
    found = [item for item in found if all(test(item) for test in tests)]
    field_name, _, direction = order.partition("-")
    key = TIMES[field_name]
    return sorted(found, key=lambda i: (i[key], i["id"]), reverse=direction == "desc")


def _window(value: str) -> tuple[str, str]:
    """The first and last second, inclusive, that a time qualifier covers."""
    if match := re.fullmatch(r"(>=|>|<=|<)(.+)", value):
        sign, (first, last) = match[1], _seconds(match[2])
        return {
            ">=": (first, "~"), ">": (last + "+", "~"), "<=": ("", last), "<": ("", first[:-1]),
        }[sign]  # fmt: skip
    start, dots, end = value.partition("..")
    if not dots:
        return _seconds(value)
    return (
        "" if start == "*" else _seconds(start)[0],
        "~" if end == "*" else _seconds(end)[1],
    )


def _seconds(value: str) -> tuple[str, str]:
    """A date as its first and last second (UTC), a timestamp as itself twice."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return f"{value}T00:00:00Z", f"{value}T23:59:59Z"
    try:
        text = parsed_moment(value)
    except ValueError:
        raise GraphQLError(f"`{value}` is no date or timestamp of a search.") from None
    return text, text
