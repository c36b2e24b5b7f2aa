"""Mistakes and outages as one sentence: in Dagster's UI as in the terminal."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from dagster import Failure, RetryRequested

from ingest.errors import NightquestError, disk_failure, is_disk_failure
from orchestration.logs import steps


def told_plainly(body: Callable[..., Any]) -> Callable[..., Any]:
    """An asset body whose expected errors fail the step with their sentence, without a trace.

    When it begins and ends, and whatever ends it, stands in the night's log.
    """

    @wraps(body)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        steps.info("begins")
        try:
            yield from body(*args, **kwargs)
        except NightquestError as error:
            raise failure(error) from None
        except RetryRequested as later:
            steps.warning("asks again in %.0f s", later.seconds_to_wait or 0)
            raise
        except Exception as error:
            if is_disk_failure(error):
                raise failure(disk_failure(error)) from None
            steps.exception("failed")
            raise
        steps.info("has ended")

    return guarded


def failure(error: NightquestError) -> Failure:
    steps.error("failed: %s", error)
    return Failure(description=str(error), allow_retries=False)
