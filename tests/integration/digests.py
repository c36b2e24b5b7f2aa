"""All that readers see as one hash, counted anew from the rows: not what publication noted."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from ingest.settings import Settings
from orchestration.assets.models import marts_of_project
from orchestration.publication.content import UNHASHED_TABLES, sums_of
from orchestration.publication.tables import columns_of
from orchestration.published import Ask, published_marts


@dataclass(frozen=True)
class Shown:
    """The published marts of one night, asked like a warehouse."""

    target: str
    ask: Ask

    def query(self, sql: str, params: Sequence[Any] = ()) -> pl.DataFrame:
        return pl.DataFrame(self.ask(sql, params), infer_schema_length=None)


def digest(settings: Settings) -> str:
    """One hash of the game's columns of all public marts, equal on every engine."""
    counted = hashlib.sha256()
    with published_marts(settings) as ask:
        shown: Any = Shown(settings.target, ask)
        columns = columns_of(shown, "marts")
        for table, mart in sorted(marts_of_project().items()):
            if not mart.is_private and table not in UNHASHED_TABLES:
                sums = sums_of(shown, f"marts.{table}", table, columns[table])
                counted.update(f"{table}:{sums}\n".encode())
    return counted.hexdigest()
