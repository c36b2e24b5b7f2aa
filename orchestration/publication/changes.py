"""What a build has otherwise than what is published, and how that is brought up to it."""

from collections.abc import Mapping

from ingest.warehouse import Warehouse
from orchestration.publication.content import UNHASHED_COLUMNS, adjust_sums, reset_sums
from orchestration.publication.core import fill_core_table
from orchestration.publication.marts import Mart
from orchestration.publication.tables import is_empty

#: Key columns that may be null. Postgres joins by hash on equality only, so the others are compared
#: as they are.
NULLABLE_KEYS = frozenset({"season", "period_start"})


def find_change(
    warehouse: Warehouse,
    table: str,
    mart: Mart,
    scopes: Mapping[str, str],
    columns: Mapping[str, str],
) -> str | None:
    """Find what `build.<table>` has otherwise than `core.<table>`, and stage it in the session as
    `gone_<table>` and `fresh_<table>`, for `core` and for the published file.

    A row whose columns are all as before keeps the run that wrote it.

    Returns:
        SQL for the rows of `core.<table>` that were looked at; None where it is still empty.
    """
    if is_empty(warehouse, f"core.{table}"):
        return None
    names = ", ".join(columns)
    same_row = " and ".join(
        equal(column, column not in mart.key or column in NULLABLE_KEYS)
        for column in columns
        if column not in UNHASHED_COLUMNS
    )
    scope = scopes.get(mart.slice or "", "1 = 1")
    kept = f"select * from core.{table} as c where {scope}"
    for leftover in (f"gone_{table}", f"fresh_{table}"):
        warehouse.execute(f"drop table if exists {leftover}")
    warehouse.execute(
        f"create temporary table gone_{table} as select c.* from ({kept}) as c "
        f"where not exists (select 1 from build.{table} as b where {same_row})"
    )
    held = f"core.{table}" if mart.slice == "appended" else f"({kept})"
    warehouse.execute(
        f"create temporary table fresh_{table} as select {names} from build.{table} as b "
        f"where not exists (select 1 from {held} as c where {same_row})"
    )
    return scope


def apply_change(
    warehouse: Warehouse, table: str, mart: Mart, scope: str | None, columns: Mapping[str, str]
) -> int:
    """Bring `core.<table>` to the content of `build.<table>`; the number of rows written.

    Args:
        scope: what `find_change` has answered.
    """
    if scope is None:
        fill_core_table(warehouse, table, mart, columns)
        return reset_sums(warehouse, table, columns)
    replace_rows(warehouse, f"core.{table}", table, mart, scope)
    return adjust_sums(warehouse, table, columns)


def replace_rows(
    warehouse: Warehouse, place: str, table: str, mart: Mart, scope: str, shown: str = "1 = 1"
) -> None:
    """Delete what is gone and insert what is fresh; the scope spares a look at all other days."""
    same_key = " and ".join(equal(column, column in NULLABLE_KEYS) for column in mart.key)
    if not is_empty(warehouse, f"gone_{table}"):
        warehouse.execute(
            f"delete from {place} as c where {scope} and exists "
            f"(select 1 from gone_{table} as b where {same_key or '1 = 1'})"
        )
    if not is_empty(warehouse, f"fresh_{table}"):
        # Both have the columns of the build, in its order.
        warehouse.execute(f"insert into {place} select * from fresh_{table} as c where {shown}")


def equal(column: str, is_nullable: bool) -> str:
    return f"b.{column} {'is not distinct from' if is_nullable else '='} c.{column}"
