"""Mistakes and outages as one sentence: in Dagster's UI as in the terminal."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from dagster import Failure

from ingest.errors import NightquestError, disk_failure, is_disk_failure


def told_plainly(body: Callable[..., Any]) -> Callable[..., Any]:
    """An asset body whose expected errors fail the step with their sentence, without a trace."""

    @wraps(body)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            yield from body(*args, **kwargs)
        except NightquestError as error:
            raise Failure(description=str(error), allow_retries=False) from None
        except OSError as error:
            if not is_disk_failure(error):
                raise
            raise Failure(description=str(disk_failure(error)), allow_retries=False) from None

    return guarded
