"""The tables of `core`, in the shape that the models promise."""

from collections.abc import Mapping

from ingest.warehouse import Warehouse, make_anew
from orchestration.publication.marts import Mart
from orchestration.publication.slices import REBUILT
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


def index_core_table(warehouse: Warehouse, table: str, mart: Mart) -> None:
    """What the night's changes and readers look rows up by, of a table that was filled; DuckDB's
    files are sorted instead.
    """
    if warehouse.target == "postgres":
        for columns in {", ".join(mart.key), ", ".join(mart.sorted_by)} - {""}:
            warehouse.execute(f"create index on core.{table} ({columns})")
        # Else the first night plans without statistics, until the server gathers some by itself.
        warehouse.execute(f"analyze core.{table}")


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
