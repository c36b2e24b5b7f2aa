"""The tables of `core`, in the shape that the models promise."""

from collections.abc import Mapping

from ingest.warehouse import Warehouse, make_anew
from orchestration.publication.marts import Mart
from orchestration.publication.slices import REBUILT, SLICES
from orchestration.publication.views import drop_view


def create_core_table(
    warehouse: Warehouse,
    table: str,
    mart: Mart,
    columns: Mapping[str, str],
    held: Mapping[str, str],
) -> None:
    """A table of tonight's shape, in place of one of another version's; what only earlier nights
    could write stays.
    """
    kept = [name for name in columns if name in held] if mart.slice in REBUILT else []
    drop_view(warehouse, table)
    make_anew(warehouse, f"core.{table}", empty_copy(warehouse, table, columns), kept)


def index_core_tables(warehouse: Warehouse, marts: Mapping[str, Mart]) -> None:
    """Make the indexes that tables of `core` lack: what the night's changes and readers look rows
    up by. DuckDB's files are sorted instead.

    To be called when the tables are filled: an index grown row by row takes a random page for each.
    """
    if warehouse.target != "postgres":
        return
    found = warehouse.query("select tablename, indexdef from pg_indexes where schemaname = 'core'")
    held = {(table, definition.split(" USING btree ")[-1]) for table, definition in found.rows()}
    for table, mart in marts.items():
        looked_up = {", ".join(mart.key), ", ".join(mart.sorted_by), *found_by(mart)} - {""}
        missing = [columns for columns in looked_up if (table, f"({columns})") not in held]
        for columns in missing:
            warehouse.execute(f"create index on core.{table} ({columns})")
        if missing:
            # Else the first night plans without statistics, until the server gathers some itself.
            warehouse.execute(f"analyze core.{table}")


def fill_core_table(
    warehouse: Warehouse, table: str, mart: Mart, columns: Mapping[str, str]
) -> None:
    """All rows of the build, by day, as nights add them: a night on Postgres then reads its own
    days and not the history (14 ms instead of 667 ms for 4.5 million rows of the ledger). DuckDB
    gained nothing from it.
    """
    names = ", ".join(columns)
    by_day = warehouse.target != "duckdb" and found_by(mart)
    order = f" order by {by_day[0]}" if by_day else ""
    warehouse.execute(
        f"insert into core.{table} ({names}) select {names} from build.{table}{order}"
    )


def found_by(mart: Mart) -> tuple[str, ...]:
    """The columns by which a night finds what it computes anew, the day first; none: it reads all
    rows, or those of developers."""
    return SLICES[mart.slice].found_by if mart.slice else ()


def empty_copy(warehouse: Warehouse, table: str, columns: Mapping[str, str]) -> str:
    """The statement that makes `core.<table>` with the columns of `build.<table>`."""
    if warehouse.target == "duckdb":
        # DuckDB 2.0.0: a table made by `as select ... where 1 = 0` and filled with more than a row
        # group in the same transaction shows no rows until it is reopened.
        return core_ddl(table, columns)
    return f"create table core.{table} as select * from build.{table} where 1 = 0"


def core_ddl(table: str, columns: Mapping[str, str]) -> str:
    """The statement that makes `core.<table>` with these columns, by name with their types."""
    typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    return f"create table core.{table} ({typed})"
