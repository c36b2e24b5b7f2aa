from collections.abc import Callable, Iterator

import httpx
import pytest

from ingest.simulator import Simulation, simulated_organisation


@pytest.fixture(scope="session")
def simulation() -> Iterator[Simulation]:
    """The made-up organisation, without the emulated Snowflake (2 s to start)."""
    with simulated_organisation(snowflake=False) as running:
        yield running


@pytest.fixture
def github(simulation: Simulation) -> Iterator[httpx.Client]:
    """A client with a token; faults and counts are gone after each test."""
    headers = {"Authorization": "Bearer any"}
    with httpx.Client(base_url=simulation.api_url, headers=headers) as client:
        yield client
        client.post("/_simulator/reset")


@pytest.fixture
def follow(github: httpx.Client) -> Callable[[str], list[dict]]:
    """All items of a list, by the Link header alone."""

    def all_items(url: str) -> list[dict]:
        items: list[dict] = []
        while url:
            response = github.get(url)
            items += response.json()
            url = response.links.get("next", {}).get("url", "")
        return items

    return all_items
