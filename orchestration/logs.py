"""The log of nights: a file under the home, as text or, for log collectors, as JSON lines.

Python's own logging writes it, whoever starts the night: the command line, the schedule, the UI.
Dagster's `json_console_logger` is none for it: it knows nothing of what `ingest` and dbt say, and
its lines hold each event whole.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from logging.handlers import TimedRotatingFileHandler
from pathlib import Path

from ingest.settings import Settings

ours = logging.getLogger("nightquest")
#: What dbt says, a line for each model and test, and how steps end: for the log, not the terminal.
dbt = logging.getLogger("nightquest.dbt")
steps = logging.getLogger("nightquest.steps")
#: Older files than so many days are deleted when a new one begins.
KEPT_DAYS = 30
TEXT = "%(asctime)s %(levelname)-7s %(name)s  %(message)s"


def log_file(settings: Settings) -> Path:
    return settings.home / "logs" / "nightquest.log"


class JsonLines(logging.Formatter):
    """A line is an object of time (UTC), level, logger, run_id, step and message."""

    def format(self, record: logging.LogRecord) -> str:
        run_id, step = at_work()
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "run_id": run_id,
            "step": step,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def at_work() -> tuple[str | None, str | None]:
    """The run and the step of Dagster's that is speaking, if any is."""
    from dagster import DagsterInvariantViolationError, OpExecutionContext  # takes seconds

    try:
        context = OpExecutionContext.get().op_execution_context
    except DagsterInvariantViolationError:
        return None, None
    return context.run_id, context.get_step_execution_context().step.key


def formatter_of(
    settings: Settings, text: str = TEXT, time: str | None = None
) -> logging.Formatter:
    return JsonLines() if settings.log_format == "json" else logging.Formatter(text, time)


def is_for_terminal(record: logging.LogRecord) -> bool:
    return record.name not in (dbt.name, steps.name)


class NightLog(TimedRotatingFileHandler):
    """A file for each day; a log that cannot be written stops no night."""

    def handleError(self, record: logging.LogRecord) -> None:
        pass


@contextmanager
def night_log(settings: Settings) -> Iterator[None]:
    """What Nightquest and dbt say while `with` lasts goes to the log.

    Also to standard error where nobody listens there yet: a run that Dagster started shows it in
    the UI, and a container in its own log.
    """
    path, level = log_file(settings), ours.level
    ours.setLevel(logging.INFO)
    handlers: list[logging.Handler] = []

    def listen(handler: logging.Handler) -> None:
        handler.setFormatter(formatter_of(settings))
        ours.addHandler(handler)
        handlers.append(handler)

    if not ours.handlers:
        listen(logging.StreamHandler())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        listen(NightLog(path, when="midnight", backupCount=KEPT_DAYS, encoding="utf-8"))
    except OSError as error:
        ours.warning("The log %s cannot be written: %s", path, error.strerror)
    try:
        yield
    finally:
        ours.setLevel(level)
        for handler in handlers:
            ours.removeHandler(handler)
            handler.close()
