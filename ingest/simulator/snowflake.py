"""An emulated Snowflake (fakesnow) with the company's own tables about the same people.

Emulated: it checks no password, answers a query in one chunk, returns NULL timestamps as
1970-01-01, sums of NUMBER as floats, and accepts SQL that Snowflake refuses. The tables here have
no NULL timestamp, and the declared queries no sum.

fakesnow keeps its databases per process, so one emulated Snowflake runs in a process at a time.
"""

import importlib
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from ingest.simulator.organisation import Company
from ingest.simulator.server import listening, running

DATABASE, SCHEMA = "COMPANY", "METRICS"
TABLES = {
    "tasks": {
        "assignee": "text",
        "done_on": "date",
        "tasks_completed": "number(18, 0)",
        "review_hours": "number(18, 4)",
        "incidents_resolved": "number(18, 0)",
    },
    "training": {
        "login": "text",
        "challenge": "text",
        "score": "number(5, 2)",
        "submitted_at": "timestamp_ntz",
    },
    "absences": {"login": "text", "leave_day": "date"},
}


@contextmanager
def emulated_snowflake(company: Company) -> Iterator[dict[str, str]]:
    """A running emulation with the company's tables.

    Yields:
        The connection's settings, by their names without the prefix `NIGHTQUEST_SNOWFLAKE_`.
    """
    from fakesnow.instance import FakeSnow

    # By its name, because the package has a function `server` beside the module.
    fake: Any = importlib.import_module("fakesnow.server")
    logging.getLogger("fakesnow.server").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", category=UserWarning, module=r"fakesnow\.cursor")
    fake.shared_fs = FakeSnow()
    listener = listening()
    settings = {
        "ACCOUNT": "fakesnow",
        "USER": "nightquest",
        "PASSWORD": "emulated",
        "ROLE": "NIGHTQUEST",
        "WAREHOUSE": "NIGHTQUEST",
        "DATABASE": DATABASE,
        "SCHEMA": SCHEMA,
        "HOST": "127.0.0.1",
        "PORT": str(listener.getsockname()[1]),
        "PROTOCOL": "http",
    }
    with running(fake.app, [listener]):
        _fill(company, settings)
        yield settings


def connect(settings: dict[str, str]) -> Any:
    """The unmodified connector on the emulation; gives up after seconds instead of minutes."""
    import snowflake.connector

    given: dict[str, Any] = {name.lower(): value for name, value in settings.items()}
    given["port"] = int(given["port"])
    return snowflake.connector.connect(
        **given,
        network_timeout=10,
        session_parameters={"CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED": False},
    )


def _fill(company: Company, settings: dict[str, str]) -> None:
    """One INSERT a table, its rows as one JSON text: 0.2 s, where fakesnow took 3.4 s to parse
    the VALUES of `executemany`."""
    with connect(settings) as connection, connection.cursor() as cursor:
        for table, columns in TABLES.items():
            name = f"{DATABASE}.{SCHEMA}.{table}"
            declared = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            values = ", ".join(f"value[{i}]::{kind}" for i, kind in enumerate(columns.values()))
            rows = [[str(value) for value in row] for row in getattr(company, table)]
            cursor.execute(f"create table {name} ({declared})")
            cursor.execute(
                f"insert into {name} select {values} from table(flatten(input => parse_json(%s)))",
                (json.dumps(rows),),
            )


def write_sources(path: Path) -> Path:
    """Write the settings file that declares the extracts of the tables; returns its path."""
    path.write_text(yaml.safe_dump(SOURCES, sort_keys=False), encoding="utf-8")
    return path


SOURCES = {
    "snowflake": {
        "extracts": [
            {
                "name": "tasks",
                "shape": "metrics",
                "query": "select assignee, done_on, tasks_completed, review_hours, "
                "incidents_resolved from company.metrics.tasks "
                "where done_on between %(from_day)s and %(to_day)s",
                "key_column": "assignee",
                "key_kind": "login",
                "day_column": "done_on",
                "metrics": [
                    {
                        "column": "tasks_completed",
                        "name": "tasks_completed",
                        "unit": "tasks",
                        "description": "Tasks completed",
                    },
                    {
                        "column": "review_hours",
                        "name": "review_hours",
                        "unit": "hours",
                        "description": "Hours spent on reviews of documents and designs",
                    },
                    {
                        "column": "incidents_resolved",
                        "name": "incidents_resolved",
                        "unit": "incidents",
                        "description": "Incidents resolved",
                    },
                ],
            },
            {
                "name": "training",
                "shape": "challenge_attempts",
                "query": "select login, challenge, score, submitted_at "
                "from company.metrics.training where submitted_at >= %(from_day)s "
                "and submitted_at < dateadd(day, 1, %(to_day)s)",
                "key_column": "login",
                "key_kind": "login",
                "challenge_column": "challenge",
                "score_column": "score",
                "submitted_column": "submitted_at",
            },
            {
                "name": "absences",
                "shape": "leave",
                "query": "select login, leave_day from company.metrics.absences "
                "where leave_day between %(from_day)s and %(to_day)s",
                "key_column": "login",
                "key_kind": "login",
                "day_column": "leave_day",
            },
        ]
    }
}
