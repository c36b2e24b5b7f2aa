"""What Dagster's catalogue says of the assets: owner, columns, and how old they may be."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from dagster import FreshnessPolicy, TableColumn, TableSchema

from ingest.settings import Settings

OWNERS = ["team:nightquest"]
#: What writes the warehouse is in this pool: Dagster's queue starts one such run at a time. (The
#: night's lock refuses a second one however it was started; the pool makes it wait instead.)
POOL = "warehouse"


def table_metadata(path: str, columns: Iterable[tuple[str, str, str | None]]) -> dict[str, Any]:
    """Metadata of an asset that is a table; `columns`: name, type, description."""
    return {
        "dagster/table_name": path,
        "dagster/column_schema": TableSchema(
            [TableColumn(name, type=kind, description=words) for name, kind, words in columns]
        ),
    }


def freshness(settings: Settings) -> FreshnessPolicy:
    """Published tables warn when one night is missing, and fail where `nightquest status` does."""
    fails = timedelta(days=settings.stale_after_days)
    return FreshnessPolicy.time_window(
        fail_window=fails, warn_window=min(timedelta(hours=36), fails / 2)
    )
