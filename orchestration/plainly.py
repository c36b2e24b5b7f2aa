"""Mistakes and outages as one sentence: in Dagster's UI as in the terminal."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from dagster import Failure

from ingest.errors import NightquestError


def told_plainly(body: Callable[..., Any]) -> Callable[..., Any]:
    """An asset body whose expected errors fail the step with their sentence, without a trace."""

    @wraps(body)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            yield from body(*args, **kwargs)
        except NightquestError as error:
            raise Failure(description=str(error), allow_retries=False) from None

    return guarded
