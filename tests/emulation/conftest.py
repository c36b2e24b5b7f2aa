from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulation.snowflake import SnowflakeEmulation, snowflake_emulation


@pytest.fixture(scope="module")
def emulation() -> Iterator[SnowflakeEmulation]:
    with snowflake_emulation() as running:
        yield running


@pytest.fixture
def connection(emulation: SnowflakeEmulation) -> Iterator[Any]:
    """The unmodified connector on the emulation."""
    import snowflake.connector

    with snowflake.connector.connect(
        account="fakesnow", user="u", password="p", host="127.0.0.1", port=emulation.port,
        protocol="http", database="db", schema="s", network_timeout=10,
    ) as opened:  # fmt: skip
        yield opened
