"""The GraphQL queries. Every field is one that frames or a later mart reads."""

_FRAGMENTS = """
fragment actor on Actor {
  __typename
  login
  ... on User { databaseId }
  ... on Bot { databaseId }
}
fragment reviews on PullRequestReviewConnection {
  pageInfo { hasNextPage endCursor }
  nodes { id state submittedAt author { ...actor } }
}
"""

#: One search serves both datasets: whoever is merged or reviewed in a window is updated in it or
#: later. Few pull requests have more than 20 reviews; the others' come by `MORE_REVIEWS`.
PULL_REQUESTS = (
    """
query ($search: String!, $after: String) {
  search(type: ISSUE, query: $search, first: 100, after: $after) {
    issueCount
    pageInfo { hasNextPage endCursor }
    nodes {
      ... on PullRequest {
        id
        number
        state
        createdAt
        updatedAt
        mergedAt
        additions
        deletions
        changedFiles
        repository { nameWithOwner }
        author { ...actor }
        mergedBy { ...actor }
        labels(first: 20) { nodes { name } }
        reviews(first: 20) { ...reviews }
      }
    }
  }
}
"""
    + _FRAGMENTS
)

MORE_REVIEWS = (
    """
query ($id: ID!, $after: String) {
  node(id: $id) { ... on PullRequest { reviews(first: 100, after: $after) { ...reviews } } }
}
"""
    + _FRAGMENTS
)

#: Addresses in the organisation's verified domains alone: GitHub shows no others.
MEMBER_EMAILS = """
query ($org: String!, $after: String) {
  organization(login: $org) {
    membersWithRole(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { databaseId login organizationVerifiedDomainEmails(login: $org) }
    }
  }
}
"""
