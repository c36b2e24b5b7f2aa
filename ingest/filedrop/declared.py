"""What the settings file says of metrics that files bring: unit and meaning, for the registry."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from ingest.errors import SettingsError
from ingest.rules.metrics import Metric
from ingest.settings import Settings
from ingest.sources_file import declared_entries

Name = Annotated[str, StringConstraints(pattern=r"^(file\.)?[a-z0-9_]{1,100}$")]


class _DeclaredMetric(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    unit: str = Field(min_length=1)
    description: str = Field(min_length=1)


METRICS = TypeAdapter(list[_DeclaredMetric])


def file_metrics(settings: Settings) -> list[Metric]:
    """The metrics under `filedrop: metrics:` of NIGHTQUEST_SOURCES_FILE; none without it.

    Raises:
        SettingsError: names the file, the metric and the field, and what is allowed.
    """
    path = settings.sources_file
    try:
        declared = METRICS.validate_python(declared_entries(settings, "filedrop"))
    except ValidationError as error:
        raise SettingsError(f"{path}, {_said(error)}.") from None
    metrics = [
        Metric(f"file.{entry.name.removeprefix('file.')}", entry.unit, "file", entry.description)
        for entry in declared
    ]
    names = [metric.metric for metric in metrics]
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"{path}: the metric {name} is declared more than once.")
    return metrics


def _said(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = [part + 1 if isinstance(part, int) else part for part in first["loc"]]
    steps = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return f"filedrop.metrics{steps}: {first['msg']}"
