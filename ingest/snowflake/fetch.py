"""Fetch the declared extracts in Arrow batches and land them, by day or as tonight's snapshot."""

import logging
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs

from ingest.errors import SettingsError, SourceError
from ingest.guard import Guard
from ingest.landing import Landing, LandingReport, Load
from ingest.progress import Progress
from ingest.settings import Settings
from ingest.snowflake.connection import connect, said
from ingest.snowflake.declared import (
    DECLARATION,
    SOURCE,
    ChallengeAttemptsExtract,
    DailyExtract,
    Extract,
    LeaveExtract,
    MetricsExtract,
    SnapshotExtract,
    amount_columns,
    columns,
    day_column,
    load_extracts,
)
from ingest.tables import MOMENT

log = logging.getLogger("nightquest.ingest")

#: Kept beside the extract's own columns while a day's parts wait on disk.
DAY = "nightquest_day"
#: The connector's type code of a VARIANT, which arrives as JSON text.
VARIANT = 5


def land_extracts(
    settings: Settings, landing: Landing, first_day: date, last_day: date, time_zone: str = "UTC"
) -> LandingReport:
    """Land every declared extract that has days for first_day..last_day, each day whole.

    Challenge attempts, and rows whose day column is a time with a zone, fall on the local day in
    `time_zone` (IANA name). One day more is asked for on both sides, because a local day begins and
    ends on another UTC day.

    Raises:
        SettingsError: a declaration or a setting of the connection is wrong.
        SourceError: Snowflake is unreachable, or refuses the login or a query.
    """
    extracts = [one for one in load_extracts(settings) if isinstance(one, DailyExtract)]
    with landing.load(SOURCE) as load, _connection(settings, extracts) as connection:
        for extract in extracts:
            guard = Guard.of(settings, may_empty=True)
            _land_days(connection, load, guard, extract, first_day, last_day, time_zone)
    return load.report


def land_snapshots(settings: Settings, landing: Landing, snapshot_day: date) -> LandingReport:
    """Land the declared people and identity maps as they are tonight, under `snapshot_day`.

    Raises:
        SettingsError, SourceError: as for `land_extracts`.
    """
    extracts = [one for one in load_extracts(settings) if isinstance(one, SnapshotExtract)]
    with landing.load(SOURCE) as load, _connection(settings, extracts) as connection:
        for extract in extracts:
            frames = _batches(connection, extract, snapshot_day, snapshot_day)
            metadata = {DECLARATION: extract.model_dump_json()}
            load.put_frames_snapshot(
                extract.shape, extract.name, snapshot_day, frames, metadata,
                Guard.of(settings, may_empty=False),
            )  # fmt: skip
            load.report.of(extract.shape).requests += 1
    return load.report


def _land_days(
    connection: Any, load: Load, guard: Guard, extract: DailyExtract, first_day: date,
    last_day: date, time_zone: str,
) -> None:  # fmt: skip
    """Batches come in no order of days: each day's pieces of them wait on disk for the last."""
    margin = timedelta(days=1)
    days = [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]
    progress = Progress(f"Snowflake extract {extract.name}", "day", len(days))
    metadata = {DECLARATION: extract.model_dump_json()}
    counts = load.report.of(extract.shape)
    with tempfile.TemporaryDirectory(prefix="nightquest-") as folder:
        pieces: dict[date, list[Path]] = defaultdict(list)
        dateless = 0
        batches = _batches(connection, extract, first_day - margin, last_day + margin, time_zone)
        for number, batch in enumerate(batches):
            frame = _with_day(batch, extract, time_zone)
            dateless += frame[DAY].null_count()
            frame = frame.filter(pl.col(DAY).is_between(first_day, last_day))
            for (day,), piece in frame.partition_by(DAY, as_dict=True, include_key=False).items():
                path = Path(folder) / f"{day}-{number}.arrow"
                piece.write_ipc(path)
                pieces[day].append(path)
        if dateless:
            log.warning(
                "Snowflake extract %s: %s rows without a day in %s are left out.",
                extract.name, f"{dateless:,}", day_column(extract),
            )  # fmt: skip
        for day in days:
            before = counts.rows
            frames = (pl.read_ipc(path) for path in pieces[day])
            load.put_frames(extract.shape, extract.name, day, frames, metadata, guard)
            progress.step(counts.rows - before, at=day)
    counts.requests += 1


def _batches(
    connection: Any, extract: Extract, first_day: date, last_day: date, time_zone: str = "UTC"
) -> Iterator[pl.DataFrame]:
    """The answer's declared columns in batches, by their names in lower case."""
    from snowflake.connector.errors import Error

    parameters = {"from_day": first_day, "to_day": last_day}
    with connection.cursor() as cursor:
        try:
            cursor.execute(extract.query, parameters)
            names, json_names = checked_names(extract, cursor.description)
            fetched = 0
            # Microseconds: in nanoseconds, 9999-12-31 ("for ever") would be another day.
            for table in cursor.fetch_arrow_batches(force_microsecond_precision=True):
                fetched += table.num_rows
                yield _plain(table.select(list(names)), names, json_names, extract, time_zone)
        # OSError: the connector lets those of its downloads through as they are.
        except (Error, OSError) as error:
            raise SourceError(
                f"Snowflake refuses the extract {extract.name}: {said(error)}"
            ) from None
        if fetched != cursor.rowcount:
            raise SourceError(
                f"Snowflake's answer to the extract {extract.name} ended after {fetched:,} of "
                f"{cursor.rowcount:,} rows; nothing of it is landed. Run the night again."
            )


def checked_names(extract: Extract, description: Sequence[Any]) -> tuple[dict[int, str], list[str]]:
    """The places and names of the declared columns, and the names of those that hold JSON.

    Raises:
        SettingsError: the answer lacks a column, or has it twice.
    """
    found = [column.name.lower() for column in description]
    place = f"Snowflake extract {extract.name}: its query answers"
    for name in columns(extract):
        if name not in found:
            raise SettingsError(f"{place} no column {name}; there are {', '.join(found)}.")
        if found.count(name) > 1:
            raise SettingsError(f"{place} more than one column {name}.")
    names = {found.index(name): name for name in columns(extract)}
    return names, [name for n, name in names.items() if description[n].type_code == VARIANT]


def _plain(
    table: Any, names: dict[int, str], json_names: Sequence[str], extract: Extract, time_zone: str
) -> pl.DataFrame:
    """A batch with times in UTC without an offset, and text out of its JSON quotes.

    A time with a zone that tells the day of a row is the local one: only its date is read.

    Raises:
        SettingsError: a column that is declared as a number holds something else.
    """
    frame = pl.from_arrow(table.rename_columns(list(names.values())))
    assert isinstance(frame, pl.DataFrame)
    for name in amount_columns(extract):
        kind = frame.schema[name]
        if not (kind.is_numeric() or kind in (pl.Boolean, pl.String, pl.Null)):
            raise SettingsError(
                f"Snowflake extract {extract.name}: the column {name} is {kind}, and must be a "
                "number."
            )
    dated = [extract.day_column] if isinstance(extract, MetricsExtract | LeaveExtract) else []
    days = cs.by_name(dated)
    zoned = cs.datetime(time_zone="*")
    return frame.with_columns(
        (zoned & days).dt.convert_time_zone(time_zone).dt.replace_time_zone(None),
        (zoned - days).dt.convert_time_zone("UTC").dt.replace_time_zone(None),
    ).with_columns(cs.datetime().cast(MOMENT), *(_out_of_json(name) for name in json_names))


def _out_of_json(name: str) -> pl.Expr:
    """A VARIANT holds text in quotes, and JSON's null; all else stays as it is written."""
    value = pl.col(name)
    text = value.str.json_path_match("$")
    return (
        pl.when(value.str.starts_with('"')).then(text).when(value != "null").then(value).alias(name)
    )


def _with_day(batch: pl.DataFrame, extract: DailyExtract, time_zone: str) -> pl.DataFrame:
    """The batch with the day that each row falls on."""
    name = day_column(extract)
    kind = batch.schema[name]
    day = pl.col(name)
    is_moment = isinstance(extract, ChallengeAttemptsExtract)
    if kind == pl.String and not is_moment:
        day = day.str.to_date("%Y-%m-%d", strict=False)
    elif kind == pl.Datetime and is_moment:
        day = day.dt.replace_time_zone("UTC").dt.convert_time_zone(time_zone).dt.date()
    elif kind in (pl.Date, pl.Datetime):
        day = day.cast(pl.Date)
    else:
        raise SettingsError(
            f"Snowflake extract {extract.name}: the column {name} is {kind}, and must be a date "
            "or a timestamp."
        )
    batch = batch.with_columns(day.alias(DAY))
    unread = batch.filter(pl.col(DAY).is_null() & pl.col(name).is_not_null())
    if unread.height:
        raise SourceError(
            f"Snowflake extract {extract.name}: {name} holds {unread[name][0]!r}, which is no day "
            "like 2026-11-18; nothing of the extract is landed. Cast it to a date in the query."
        )
    return batch


@contextmanager
def _connection(settings: Settings, extracts: Sequence[Extract]) -> Iterator[Any]:
    """A session for these extracts; none for none."""
    if not extracts:
        yield None
        return
    with closing(connect(settings)) as connection:
        yield connection
