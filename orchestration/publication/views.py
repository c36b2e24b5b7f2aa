"""The views of `marts`: what readers see of `core`."""

from collections.abc import Mapping

from ingest.settings import Settings
from ingest.warehouse import Warehouse
from orchestration.publication.marts import Mart
from orchestration.publication.tables import view_names

#: What each view of `marts` says. A view is written only when that changes: until the publishing
#: transaction ends, readers would wait for one that is written.
VIEWS_DDL = "create table if not exists ops.published_views (view_name varchar, definition varchar)"


#: How a view is made. Nobody's function looks at a row before the policy has hidden it.
VIEW_OF_TARGET = {
    "duckdb": "view {name}",
    "postgres": "view {name} with (security_barrier)",
    "snowflake": "or replace secure view {name} copy grants",
}


def shown_marts(settings: Settings, marts: Mapping[str, Mart]) -> dict[str, str]:
    """The views that readers see instead of the tables of `core`: a select for each."""
    return {
        table: f"select * from core.{table} as c where {mart.policy(settings)[0]}"
        for table, mart in marts.items()
        if not mart.is_private
    }


def create_views(warehouse: Warehouse, views: Mapping[str, str]) -> bool:
    """Bring the views of `marts` to what `views` says of each, in its order; whether any was
    written or dropped.
    """
    warehouse.execute(VIEWS_DDL)
    recorded = warehouse.query("select view_name, definition from ops.published_views").rows()
    kept = set(recorded) & set(views.items())
    shown = set(view_names(warehouse, "marts"))
    ours = {*dict(recorded), *(shown & views.keys())}
    stale = [name for name in ours if (name, views.get(name)) not in kept]
    for name in stale:
        drop_view(warehouse, name)
    # What lay over a dropped view went with it, on Postgres.
    shown = set(view_names(warehouse, "marts"))
    missing = [name for name in views if name not in shown]
    made = VIEW_OF_TARGET[warehouse.target]
    for name in missing:
        warehouse.execute(f"create {made.format(name=f'marts.{name}')} as {views[name]}")
    warehouse.execute("delete from ops.published_views")
    for name, text in sorted(views.items()):
        warehouse.execute("insert into ops.published_views values ($1, $2)", [name, text])
    return bool(missing or stale)


def drop_view(warehouse: Warehouse, name: str) -> None:
    """Drop a view of `marts`, and those over it where the engine knows of any."""
    cascade = "" if warehouse.target == "snowflake" else " cascade"
    warehouse.execute(f"drop view if exists marts.{name}{cascade}")
