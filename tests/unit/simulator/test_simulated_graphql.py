from typing import Any

import httpx
import pytest

SEARCH = """
query($query: String!, $after: String) {
  search(query: $query, type: ISSUE, first: 100, after: $after) {
    issueCount
    pageInfo { hasNextPage endCursor }
    nodes { ... on PullRequest {
      id number merged mergedAt updatedAt
      repository { nameWithOwner }
      author { __typename login ... on User { databaseId } ... on Bot { databaseId } }
      reviews(first: 100) {
        totalCount
        pageInfo { hasNextPage endCursor }
        nodes { id state submittedAt author { login } }
      }
    } }
  }
}
"""


def ask(github: httpx.Client, document: str, **variables: Any) -> dict[str, Any]:
    response = github.post("/graphql", json={"query": document, "variables": variables})
    assert response.status_code == 200
    return response.json()


def found(github: httpx.Client, query: str) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = []
    after = None
    while True:
        page = ask(github, SEARCH, query=query, after=after)["data"]["search"]
        nodes += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return nodes
        after = page["pageInfo"]["endCursor"]


def count(github: httpx.Client, query: str) -> int:
    return ask(github, SEARCH, query=query)["data"]["search"]["issueCount"]


def problem(github: httpx.Client, query: str) -> str:
    return ask(github, query)["errors"][0]["message"]


def test_at_most_a_thousand_results_can_be_reached(github: httpx.Client) -> None:
    query = "org:acme is:pr is:merged"
    assert count(github, query) > 1000
    assert len({node["id"] for node in found(github, query)}) == 1000


def test_the_windows_of_a_range_add_up_to_it(github: httpx.Client) -> None:
    whole = count(github, "org:acme is:pr is:merged merged:2026-07-01..2026-10-31")
    parts = [
        "2026-07-01..2026-08-31",
        "2026-09-01T00:00:00Z..2026-09-30T23:59:59Z",
        "2026-10-01T02:00:00+02:00..2026-10-15T11:59:59Z",
        ">=2026-10-15T12:00:00Z",
    ]
    assert sum(count(github, f"org:acme is:pr is:merged merged:{p}") for p in parts) == whole


def test_both_ends_of_a_window_belong_to_it(github: httpx.Client) -> None:
    merged_at = found(github, "org:acme is:pr is:merged merged:2026-10-01")[0]["mergedAt"]
    assert count(github, f"is:pr merged:{merged_at}..{merged_at}") >= 1
    parts = [count(github, f"is:pr merged:{sign}{merged_at}") for sign in ("<", "", ">")]
    assert sum(parts) == count(github, "is:pr is:merged")
    assert parts[0] + parts[1] == count(github, f"is:pr merged:<={merged_at}")


def test_updated_finds_open_pull_requests_too(github: httpx.Client) -> None:
    nodes = found(github, "org:acme is:pr updated:>=2026-10-24")
    assert {node["merged"] for node in nodes} == {True, False}
    assert all(node["updatedAt"] >= "2026-10-24" for node in nodes)


def test_only_what_was_selected_comes_back(github: httpx.Client) -> None:
    query = '{ search(query: "is:pr", type: ISSUE, first: 1) { nodes { __typename } } }'
    assert ask(github, query) == {"data": {"search": {"nodes": [{"__typename": "PullRequest"}]}}}


def test_a_bot_is_of_type_bot_and_a_deleted_author_is_null(github: httpx.Client) -> None:
    nodes = found(github, "is:pr is:merged repo:acme/api")
    assert {(n["author"] or {}).get("__typename") for n in nodes} == {"User", "Bot", None}
    assert {n["repository"]["nameWithOwner"] for n in nodes} == {"acme/api"}


def test_reviews_are_given_by_authors_too_and_pending_ones_have_no_time(
    github: httpx.Client,
) -> None:
    nodes = found(github, "is:pr updated:>=2026-09-01")
    reviews = [(node, review) for node in nodes for review in node["reviews"]["nodes"]]
    assert any(n["author"] and r["author"] == {"login": n["author"]["login"]} for n, r in reviews)
    assert all((r["state"] == "PENDING") == (r["submittedAt"] is None) for _, r in reviews)
    assert {r["state"] for _, r in reviews} == {
        "APPROVED",
        "COMMENTED",
        "CHANGES_REQUESTED",
        "PENDING",
    }


def test_further_pages_of_reviews_come_from_the_node(github: httpx.Client) -> None:
    long = max(
        found(github, "is:pr merged:2026-07-01..2026-08-31"),
        key=lambda node: node["reviews"]["totalCount"],
    )
    first = long["reviews"]
    assert len(first["nodes"]) == 100
    rest = ask(
        github,
        "query($id: ID!, $after: String) { node(id: $id) { ... on PullRequest {"
        " reviews(first: 100, after: $after) { nodes { id } } } } }",
        id=long["id"],
        after=first["pageInfo"]["endCursor"],
    )["data"]["node"]["reviews"]["nodes"]
    assert len({r["id"] for r in [*first["nodes"], *rest]}) == first["totalCount"]


def test_a_field_that_github_has_not_is_an_error(github: httpx.Client) -> None:
    message = problem(github, "{ rateLimit { price } }")
    assert message == "Cannot query field 'price' on type 'RateLimit'."


@pytest.mark.parametrize("word", ["label:bug", "merged:yesterday", "is:draft", "refactoring"])
def test_a_search_that_is_not_understood_is_an_error(github: httpx.Client, word: str) -> None:
    query = f'{{ search(query: "is:pr {word}", type: ISSUE, first: 1) {{ issueCount }} }}'
    assert word.partition(":")[2] in problem(github, query)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [("", "You must provide"), (", first: 101", "exceeds the `first` limit")],
)
def test_a_page_has_a_size_of_at_most_a_hundred(
    github: httpx.Client, arguments: str, words: str
) -> None:
    query = f'{{ search(query: "is:pr", type: ISSUE{arguments}) {{ issueCount }} }}'
    assert words in problem(github, query)
