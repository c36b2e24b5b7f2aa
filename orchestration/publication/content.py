"""One hash of all that is published, kept up to date by what a night changes."""

import hashlib
from collections.abc import Mapping

from ingest.warehouse import Warehouse
from orchestration.publication.marts import Mart
from orchestration.publication.tables import is_empty

#: Say how and when, not what: outside of the content hash, and no reason to rewrite a row. Seats
#: are no result of the game: they change daily while it stands still.
UNHASHED_TABLES = frozenset(
    {
        "data_status",
        "run_status",
        "quarantine_counts",
        "fct_corrections",
        "fct_seats",
        "fct_seat_days",
    }
)


UNHASHED_COLUMNS = frozenset({"run_id", "load_id"})


#: Rows outside of the content hash: told of a correction was who saw the night before it.
UNHASHED_ROWS = {"fct_notifications": "type = 'correction'"}


#: Of each mart: its rows, and the sums of their hashes. A night adds and takes away its change,
#: so that the content hash costs nothing that grows with the history.
SUMS_DDL = """
create table if not exists ops.content_sums (
    table_name varchar, row_count bigint, sum_a varchar, sum_b varchar
)
"""


#: SQL for the hash of a text, in the form that each engine takes numbers from soonest.
HASHES = {
    "duckdb": "md5_number({text})",
    "postgres": "decode(md5({text}), 'hex')",
    "snowflake": "md5({text})",
}


def sums_of(warehouse: Warehouse, place: str, table: str, columns: Mapping[str, str]) -> list[int]:
    """Of the rows of a place: how many, and the sums of both halves of their hashes.

    Each row's text is hashed and the hashes are summed: order does not matter, and a row counts as
    often as it occurs.
    """
    texts = ", ".join(
        canonical(name, kind)
        for name, kind in sorted(columns.items())
        if name not in UNHASHED_COLUMNS
    )
    skipped = UNHASHED_ROWS.get(table, "1 = 0")
    hashed = HASHES[warehouse.target].format(text=f"concat_ws('|', {texts})")
    # Postgres would compute the hash anew for each of the 14 bytes that are taken from it.
    once = " offset 0" if warehouse.target == "postgres" else ""
    row = warehouse.query(
        f"select count(*) as n, cast(sum({half_of_hash(warehouse, 0)}) as varchar) as a, "
        f"cast(sum({half_of_hash(warehouse, 1)}) as varchar) as b "
        f"from (select {hashed} as h from {place} where not ({skipped}){once}) as hashed"
    ).row(0)
    return [int(number or 0) for number in row]


def reset_sums(warehouse: Warehouse, table: str, columns: Mapping[str, str]) -> int:
    """Note the sums of a table that was filled anew; the number of its rows."""
    note_sums(warehouse, table, sums_of(warehouse, f"core.{table}", table, columns))
    return warehouse.query(f"select count(*) as n from core.{table}").item()


def adjust_sums(warehouse: Warehouse, table: str, columns: Mapping[str, str]) -> int:
    """Bring the noted sums of a table up to its change; the number of rows written."""
    gone, fresh = (
        [0, 0, 0] if is_empty(warehouse, place) else sums_of(warehouse, place, table, columns)
        for place in (f"gone_{table}", f"fresh_{table}")
    )
    noted = warehouse.query(
        "select row_count, sum_a, sum_b from ops.content_sums where table_name = $1", [table]
    )
    if noted.is_empty():  # published by a version that did not note them
        reset_sums(warehouse, table, columns)
    elif any(gone) or any(fresh):
        sums = zip(noted.row(0), gone, fresh, strict=True)
        note_sums(warehouse, table, [int(before) - a + b for before, a, b in sums])
    return gone[0] + fresh[0]


def note_sums(warehouse: Warehouse, table: str, sums: list[int]) -> None:
    warehouse.execute("delete from ops.content_sums where table_name = $1", [table])
    warehouse.execute(
        "insert into ops.content_sums values ($1, $2, $3, $4)",
        [table, sums[0], str(sums[1]), str(sums[2])],
    )


def hash_content(warehouse: Warehouse, marts: Mapping[str, Mart]) -> str:
    """One hash of the game's columns of all marts, equal on every engine and in any row order."""
    digest = hashlib.sha256()
    sums = {
        table: sums
        for table, *sums in warehouse.query(
            "select table_name, row_count, sum_a, sum_b from ops.content_sums"
        ).iter_rows()
    }
    for table, mart in sorted(marts.items()):
        if table not in UNHASHED_TABLES and not mart.is_private:
            digest.update(f"{table}:{':'.join(map(str, sums[table]))}\n".encode())
    return digest.hexdigest()


def canonical(column: str, kind: str) -> str:
    """SQL for a column as text, the same on every engine; null is not the empty text."""
    if kind.lower() == "boolean":
        return f"case when {column} then 't' when not {column} then 'f' else '~' end"
    return f"coalesce(cast({column} as varchar), '~')"


def half_of_hash(warehouse: Warehouse, half: int) -> str:
    """SQL for the first seven bytes of a half of `h`, the last of them first, as a whole number."""
    if warehouse.target == "duckdb":
        return f"cast((h >> {64 * half}) & {2**56 - 1} as bigint)"
    if warehouse.target == "postgres":
        return " + ".join(
            f"(cast(get_byte(h, {8 * half + place}) as bigint) << {8 * place})"
            for place in range(7)
        )
    # The place of each digit among all: Snowflake has no cast from hexadecimal text to a number
    # that another engine would understand.
    first = 16 * half + 1
    digits = " + ".join(
        f"(position(substr(h, {first + place}, 1), '0123456789abcdef') - 1) "
        f"* {16 ** (place + 1 - 2 * (place % 2))}"
        for place in range(14)
    )
    return f"cast({digits} as bigint)"
