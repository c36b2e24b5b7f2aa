"""Fetch the declared extracts in Arrow batches and land them by day."""

import logging
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from ingest.errors import SettingsError, SourceError
from ingest.landing import Landing, LandingReport, Load
from ingest.progress import Progress
from ingest.settings import Settings
from ingest.snowflake.declared import (
    DECLARATION,
    SOURCE,
    ChallengeAttemptsExtract,
    Extract,
    columns,
    day_column,
    load_extracts,
)

log = logging.getLogger("nightquest.ingest")

QUERY_TAG = "nightquest"
#: Kept beside the extract's own columns while a day's parts wait on disk.
DAY = "nightquest_day"


def land_extracts(
    settings: Settings, landing: Landing, first_day: date, last_day: date, time_zone: str = "UTC"
) -> LandingReport:
    """Land every declared extract for first_day..last_day, each day whole.

    Challenge attempts fall on the local day in `time_zone` (IANA name); for them one day more is
    asked for on both sides, because a local day begins and ends on another UTC day.

    Raises:
        SettingsError: a declaration or a setting of the connection is wrong.
        SourceError: Snowflake is unreachable, or refuses the login or a query.
    """
    extracts = load_extracts(settings)
    with landing.load(SOURCE) as load:
        if extracts:
            with _connection(settings) as connection:
                for extract in extracts:
                    _land(connection, load, extract, first_day, last_day, time_zone)
    return load.report


def _land(
    connection: Any, load: Load, extract: Extract, first_day: date, last_day: date, time_zone: str
) -> None:
    margin = timedelta(days=isinstance(extract, ChallengeAttemptsExtract))
    days = [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]
    progress = Progress(f"Snowflake extract {extract.name}", "day", len(days))
    metadata = {DECLARATION: extract.model_dump_json()}
    with tempfile.TemporaryDirectory(prefix="nightquest-") as folder:
        parts: dict[date, list[Path]] = defaultdict(list)
        for number, batch in enumerate(
            _batches(connection, extract, first_day - margin, last_day + margin)
        ):
            frame = _with_day(batch, extract, time_zone)
            dateless = frame[DAY].null_count()
            if dateless:
                log.warning(
                    "Snowflake extract %s: %s rows without a day in %s are left out.",
                    extract.name, dateless, day_column(extract),
                )  # fmt: skip
            frame = frame.filter(pl.col(DAY).is_between(first_day, last_day))
            for (day,), part in frame.partition_by(DAY, as_dict=True).items():
                path = Path(folder) / f"{day}-{number}.parquet"
                part.drop(DAY).write_parquet(path)
                parts[day].append(path)
        for day in days:
            frames = [pl.read_parquet(path) for path in parts[day]] or [pl.DataFrame()]
            # Relaxed: Snowflake picks the narrowest integer type for each batch.
            frame = pl.concat(frames, how="vertical_relaxed")
            load.put_frame(extract.shape, extract.name, day, frame, metadata)
            progress.step(frame.height)
    load.report.of(extract.shape).requests += 1


def _batches(
    connection: Any, extract: Extract, first_day: date, last_day: date
) -> Iterator[pl.DataFrame]:
    """The answer in batches, its column names in lower case."""
    from snowflake.connector.errors import Error

    parameters = {"from_day": first_day, "to_day": last_day}
    with connection.cursor() as cursor:
        try:
            cursor.execute(extract.query, parameters)
            found = [column.name.lower() for column in cursor.description]
            if missing := [name for name in columns(extract) if name not in found]:
                raise SettingsError(
                    f"Snowflake extract {extract.name}: its query answers no column "
                    f"{missing[0]}; there are {', '.join(found)}."
                )
            for table in cursor.fetch_arrow_batches():
                frame = pl.from_arrow(table)
                assert isinstance(frame, pl.DataFrame)
                yield frame.rename(str.lower)
        except Error as error:
            raise SourceError(
                f"Snowflake refuses the extract {extract.name}: {_said(error)}"
            ) from None


def _with_day(batch: pl.DataFrame, extract: Extract, time_zone: str) -> pl.DataFrame:
    """Timestamps as UTC without an offset, and the day that each row falls on."""
    batch = batch.with_columns(
        pl.col(name).dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        for name, kind in batch.schema.items()
        if isinstance(kind, pl.Datetime) and kind.time_zone
    )
    name = day_column(extract)
    kind = batch.schema[name]
    day = pl.col(name)
    is_moment = isinstance(extract, ChallengeAttemptsExtract)
    if kind == pl.String and not is_moment:
        day = day.str.to_date(strict=False)
    elif isinstance(kind, pl.Datetime) and is_moment:
        day = day.dt.replace_time_zone("UTC").dt.convert_time_zone(time_zone).dt.date()
    elif kind == pl.Date or isinstance(kind, pl.Datetime):
        day = day.cast(pl.Date)
    else:
        raise SettingsError(
            f"Snowflake extract {extract.name}: the column {name} is {kind}, and must be a date "
            "or a timestamp."
        )
    return batch.with_columns(day.alias(DAY))


@contextmanager
def _connection(settings: Settings) -> Iterator[Any]:
    import snowflake.connector
    from snowflake.connector.errors import Error

    # The connector logs each connection and query at INFO.
    logging.getLogger("snowflake").setLevel(logging.WARNING)
    try:
        connection = snowflake.connector.connect(**connection_parameters(settings))
    except Error as error:
        place = settings.snowflake_host or f"the account {settings.snowflake_account}"
        raise SourceError(
            f"Snowflake cannot be reached or refuses the login at {place}: {_said(error)} Check "
            "NIGHTQUEST_SNOWFLAKE_ACCOUNT, _USER and the key, token or password."
        ) from None
    try:
        yield connection
    finally:
        connection.close()


def connection_parameters(settings: Settings) -> dict[str, Any]:
    """What the connector is given; a private key goes before a token, a token before a password.

    Raises:
        SettingsError: names the first setting that is missing.
    """
    for name in ("account", "user"):
        if not getattr(settings, f"snowflake_{name}"):
            raise SettingsError(
                f"NIGHTQUEST_SNOWFLAKE_{name.upper()} is not set, and "
                f"{settings.sources_file} declares Snowflake extracts."
            )
    given: dict[str, Any] = {
        name: getattr(settings, f"snowflake_{name}")
        for name in ("account", "user", "role", "warehouse", "database", "schema", "host", "port")
    }
    if settings.snowflake_private_key_file:
        given["private_key_file"] = str(settings.snowflake_private_key_file)
        if settings.snowflake_private_key_passphrase:
            passphrase = settings.snowflake_private_key_passphrase.get_secret_value()
            given["private_key_file_pwd"] = passphrase
    elif settings.snowflake_token:
        given["authenticator"] = "oauth"
        given["token"] = settings.snowflake_token.get_secret_value()
    elif settings.snowflake_password:
        given["password"] = settings.snowflake_password.get_secret_value()
    else:
        raise SettingsError(
            "Snowflake needs NIGHTQUEST_SNOWFLAKE_PRIVATE_KEY_FILE, NIGHTQUEST_SNOWFLAKE_TOKEN "
            "or, for tests, NIGHTQUEST_SNOWFLAKE_PASSWORD."
        )
    given = {name: value for name, value in given.items() if value is not None}
    return given | {
        "protocol": settings.snowflake_protocol,
        "login_timeout": int(settings.time_out_seconds),
        "network_timeout": settings.snowflake_statement_seconds,
        "session_parameters": {
            "QUERY_TAG": QUERY_TAG,
            "STATEMENT_TIMEOUT_IN_SECONDS": settings.snowflake_statement_seconds,
            "TIMEZONE": "UTC",
        },
    }


def _said(error: Exception) -> str:
    """The connector's message in one line, ending with a full stop."""
    message = " ".join(str(getattr(error, "msg", None) or error).split())[:300]
    return message.rstrip(".") + "."
