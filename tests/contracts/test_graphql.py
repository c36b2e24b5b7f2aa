"""Our queries, and the simulator's types, against GitHub's own GraphQL schema."""

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    parse,
    validate,
)

from ingest.github import queries
from ingest.simulator import graph
from tests.contracts.npm import Unavailable, files_of

QUERIES = {
    name: text
    for name, text in vars(queries).items()
    if isinstance(text, str) and name.isupper() and not name.startswith("_")
}


@pytest.fixture(scope="module")
def github() -> GraphQLSchema:
    try:
        (schema,) = files_of("@octokit/graphql-schema", "15.26.1", "schema.graphql")
    except Unavailable as reason:
        pytest.skip(f"GitHub's GraphQL schema cannot be fetched: {reason}")
    return build_schema(schema.read_text(), assume_valid_sdl=True)


def test_there_are_queries_to_check() -> None:
    assert set(QUERIES) == {"PULL_REQUESTS", "MORE_REVIEWS", "MEMBER_EMAILS"}


@pytest.mark.parametrize("name", QUERIES)
def test_github_understands_the_query(github: GraphQLSchema, name: str) -> None:
    assert validate(github, parse(QUERIES[name])) == []


@pytest.mark.parametrize("name", QUERIES)
def test_the_simulator_understands_the_query(name: str) -> None:
    assert validate(graph.SCHEMA, parse(QUERIES[name])) == []


@pytest.mark.parametrize(
    ("name", "right", "wrong", "said"),
    [
        ("PULL_REQUESTS", "mergedAt", "mergeddAt", "Cannot query field 'mergeddAt'"),
        ("PULL_REQUESTS", "search(type", "search(kind", "Unknown argument 'kind'"),
        ("MORE_REVIEWS", "$id: ID!", "$id: Int!", "expecting type 'ID!'"),
        ("MEMBER_EMAILS", "DomainEmails", "DomainEmail", "DomainEmail'"),
    ],
)
def test_a_misspelt_field_is_refused(
    github: GraphQLSchema, name: str, right: str, wrong: str, said: str
) -> None:
    assert right in QUERIES[name]
    errors = validate(github, parse(QUERIES[name].replace(right, wrong)))
    assert any(said in error.message for error in errors)


def test_what_the_simulator_serves_is_a_part_of_what_github_serves(github: GraphQLSchema) -> None:
    for name, ours in graph.SCHEMA.type_map.items():
        if name.startswith("__"):
            continue
        theirs = github.type_map[name]
        if isinstance(ours, GraphQLObjectType | GraphQLInterfaceType):
            for field, served in ours.fields.items():
                real = theirs.fields[field]
                # Wider on purpose: see the module's docstring.
                assert field == "databaseId" or str(served.type) == str(real.type), (name, field)
                for argument, given in served.args.items():
                    assert str(given.type) == str(real.args[argument].type), (name, field, argument)
        elif isinstance(ours, GraphQLEnumType):
            assert set(ours.values) <= set(theirs.values), name
        elif isinstance(ours, GraphQLUnionType):
            assert {t.name for t in ours.types} <= {t.name for t in theirs.types}, name
