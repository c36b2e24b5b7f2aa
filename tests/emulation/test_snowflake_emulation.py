"""What the wrapper mends of fakesnow 0.12.1, one test each, through the unmodified connector."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pyarrow as pa
import pytest

from tests.emulation.snowflake import CHUNK_HEADERS, SnowflakeEmulation


def rows(connection: Any, query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        return cursor.execute(query).fetchall()


@pytest.mark.parametrize("kind", ["timestamp_ntz", "timestamp_ltz", "timestamp_tz"])
def test_a_null_timestamp_is_null(connection: Any, kind: str) -> None:
    query = f"select '2026-05-04 10:00:00'::{kind} as t union all select null::{kind} order by t"
    ((first,), (second,)) = rows(connection, query)
    assert first.replace(tzinfo=UTC) == datetime(2026, 5, 4, 10, tzinfo=UTC)
    assert second is None


def test_statements_at_once_wait_for_each_other(connection: Any) -> None:
    query = "select count(*) from table(generator(rowcount => 1000000))"
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: rows(connection, query), range(8)))
    assert answers == [[(1_000_000,)]] * 8


def test_an_answer_comes_in_chunks(connection: Any) -> None:
    query = "select column1 as n from (values (1), (2), (3), (4), (5)) order by n"
    with connection.cursor() as cursor:
        batches = list(cursor.execute(query).fetch_arrow_batches())
    assert [batch["N"].to_pylist() for batch in batches] == [[1, 2], [3, 4], [5]]


def test_a_chunk_is_for_those_with_its_header_and_not_for_the_session_token(
    connection: Any, emulation: SnowflakeEmulation
) -> None:
    rows(connection, "select column1 from (values (1), (2), (3))")
    link = f"{emulation.host}/chunks/{list(emulation.chunks)[-1]}"
    token = {"authorization": "Snowflake Token"}
    assert httpx.get(link).status_code == 403
    assert httpx.get(link, headers=CHUNK_HEADERS | token).status_code == 403
    assert httpx.get(link, headers=CHUNK_HEADERS).status_code == 200


def test_numbers_come_as_narrow_scaled_integers(connection: Any) -> None:
    query = "select 7::number(38, 0) as a, 300::number(38, 0) as b, 1.25::number(18, 4) as c"
    with connection.cursor() as cursor:
        (batch,) = cursor.execute(query).fetch_arrow_batches()
    # A scaled integer is a float, unless the connector is asked for decimals.
    assert batch.schema.types == [pa.int8(), pa.int16(), pa.float64()]
    assert rows(connection, query) == [(7, 300, Decimal("1.2500"))]
