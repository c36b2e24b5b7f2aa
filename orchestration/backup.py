"""Backup and restore: all that cannot be computed again.

```
<folder>/<time>/landing/...                 every payload and record, as it was landed
<folder>/<time>/tables/<schema>.<table>.parquet   what readers were told, and by which rules
<folder>/<time>/backup.json                 every file with its size and hash: written last
```

The marts are not in it: `nightquest rebuild` computes them, to the same content hash. A backup
belongs to no target: one of DuckDB is restored to Postgres, which is how a team moves.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ingest.copying import append_parquet, as_parquet
from ingest.errors import NightquestError
from ingest.landing import Landing
from ingest.settings import Settings
from ingest.store import Store, in_parallel
from ingest.tables import RECORDS
from ingest.warehouse import Warehouse, has_table, open_warehouse
from orchestration.assets.models import mart_models
from orchestration.publication.content import UNHASHED_ROWS
from orchestration.publication.core import core_ddl
from orchestration.publication.nights import current_night
from orchestration.publication.tables import columns_of
from orchestration.resources import night_lock

INDEX = "backup.json"
LANDING, TABLES = "landing", "tables"
GENERATION = "%Y%m%dT%H%M%SZ"
#: Rows of marts that only their night could write, as a condition.
TOLD = {"run_status": "1 = 1", "fct_corrections": "1 = 1", **UNHASHED_ROWS}


@dataclass(frozen=True)
class File:
    """A file of a backup: its size in bytes and its SHA-256."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Backup:
    """What a backup says of itself.

    Attributes:
        as_of_day, content_hash: of the night that readers saw; null where none was published.
        files: by name, below the backup's folder.
    """

    made_at: str
    as_of_day: str | None
    content_hash: str | None
    files: dict[str, File]


def back_up(settings: Settings, folder: Path) -> tuple[Path, Backup]:
    """Write a backup of its own into the folder, beside those that are there.

    Returns:
        Where it lies, and what it says of itself.

    Raises:
        NightquestError: a night is at work, or the warehouse or the landing cannot be read.
    """
    now = datetime.now(UTC)
    place = folder.resolve() / now.strftime(GENERATION)
    out = Store(place)
    files: dict[str, File] = {}

    def put(name: str, data: bytes) -> None:
        out.write(name, data)
        files[name] = File(len(data), hashlib.sha256(data).hexdigest())

    with night_lock(settings):
        landing = Landing(settings.landing).store
        names = landing.names()
        for name, data in zip(names, in_parallel(landing.read, names), strict=True):
            put(f"{LANDING}/{name}", data)
        with open_warehouse(settings) as warehouse:
            night = current_night(warehouse)
            for path, rows in told_rows(warehouse):
                put(f"{TABLES}/{path}.parquet", rows)
    backup = Backup(
        now.isoformat(timespec="seconds"),
        str(night.as_of_day) if night else None,
        night.content_hash if night else None,
        files,
    )
    out.write(INDEX, json.dumps(asdict(backup), indent=1).encode(), is_durable=True)
    return place, backup


def told_rows(warehouse: Warehouse) -> Iterator[tuple[str, bytes]]:
    """The tables of a backup, those that there are, with the rows that belong into it (Parquet)."""
    wanted = {table.path: "1 = 1" for table in sorted(RECORDS, key=lambda table: table.path)}
    wanted |= {f"core.{name}": which for name, which in TOLD.items()}
    for path, which in wanted.items():
        if has_table(warehouse, *path.split(".")):
            yield path, as_parquet(warehouse, f"select * from {path} where {which}")


def restore(settings: Settings, folder: Path) -> Backup:
    """Put a backup into an empty home: the newest of the folder, or the one that the folder is.

    Nothing is written before every file of the backup has been read and found whole. What readers
    see is there again after `nightquest rebuild`.

    Raises:
        NightquestError: the folder holds no whole backup, or the home is not empty.
    """
    place = newest(folder)
    backup, source = read_index(place), Store(place)
    with night_lock(settings):
        landing = Landing(settings.landing)
        if landing.states().height:
            raise NightquestError(
                f"The landing {landing.store.place} is not empty. A restore overwrites nothing: "
                "set NIGHTQUEST_HOME (and NIGHTQUEST_LANDING_URL) to an empty place."
            )
        names = sorted(backup.files)
        for name in names:
            check(place, name, source.read(name), backup.files[name])
        with open_warehouse(settings) as warehouse:
            if current_night(warehouse):
                raise NightquestError(
                    "The warehouse has published nights already. A restore overwrites nothing: set "
                    "NIGHTQUEST_HOME, or NIGHTQUEST_POSTGRES_URL, to an empty place."
                )
            with warehouse.transaction():
                for name in names:
                    if name.startswith(f"{TABLES}/"):
                        path = name.removeprefix(f"{TABLES}/").removesuffix(".parquet")
                        fill(warehouse, path, source.read(name))
                # The records of loads last: until then no payload counts.
                payloads = [name for name in names if name.startswith(f"{LANDING}/")]
                for name in sorted(payloads, key=lambda name: f"{LANDING}/_loads/" in name):
                    landing.store.write(name.removeprefix(f"{LANDING}/"), source.read(name))
    return backup


def newest(folder: Path) -> Path:
    """The folder where it is a backup, else the newest whole one in it."""
    if (folder / INDEX).exists():
        return folder.resolve()
    found = sorted(path.parent for path in folder.glob(f"*/{INDEX}"))
    if not found:
        raise NightquestError(
            f"There is no whole backup in {folder}: `nightquest backup` writes {INDEX} last."
        )
    return found[-1].resolve()


def read_index(place: Path) -> Backup:
    try:
        return TypeAdapter(Backup).validate_json((place / INDEX).read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "its text"
        raise NightquestError(
            f"{place / INDEX} is damaged at {where}: {first['msg']}. Nothing was restored."
        ) from None


def check(place: Path, name: str, data: bytes, file: File) -> None:
    """Refuse a file that is not what was backed up."""
    if len(data) != file.size or hashlib.sha256(data).hexdigest() != file.sha256:
        raise NightquestError(
            f"{place / name} is not the file that was backed up ({len(data):,} bytes, "
            f"{file.size:,} then, or another content). Nothing was restored."
        )


def fill(warehouse: Warehouse, path: str, rows: bytes) -> None:
    """Make a table of a backup again, in the shape of this version, with its rows.

    A column that this version has more is null, one that it has no more is left out.
    """
    schema, name = path.split(".")
    warehouse.execute(f"create schema if not exists {schema}")
    if schema == "core":
        (model,) = (model for model in mart_models("table") if model["name"] == name)
        columns = {column: about["data_type"] for column, about in model["columns"].items()}
        warehouse.execute(core_ddl(name, columns))
    else:
        warehouse.execute({table.path: table.ddl for table in RECORDS}[path])
    append_parquet(warehouse, path, rows, columns_of(warehouse, schema)[name])
