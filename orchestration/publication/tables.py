"""What tables and views a schema of the warehouse holds."""

from ingest.warehouse import Warehouse


def table_names(warehouse: Warehouse, schema: str, kind: str = "BASE TABLE") -> list[str]:
    found = warehouse.query(
        "select lower(table_name) as table_name from information_schema.tables "
        "where lower(table_schema) = $1 and table_type = $2 order by table_name",
        [schema, kind],
    )
    return found["table_name"].to_list() if len(found) else []


def view_names(warehouse: Warehouse, schema: str) -> list[str]:
    return table_names(warehouse, schema, "VIEW")


def columns_of(warehouse: Warehouse, schema: str) -> dict[str, dict[str, str]]:
    """The columns of each table of a schema, in their order, with their types.

    All tables at once: the catalogue answers for one as slowly as for all (12 ms on DuckDB).
    """
    found = warehouse.query(
        "select lower(table_name) as table_name, lower(column_name) as column_name, data_type "
        "from information_schema.columns where lower(table_schema) = $1 "
        "order by table_name, ordinal_position",
        [schema],
    )
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in found.iter_rows():
        columns.setdefault(table, {})[column] = kind
    return columns


def is_empty(warehouse: Warehouse, table: str) -> bool:
    return warehouse.query(f"select 1 as found from {table} limit 1").is_empty()
