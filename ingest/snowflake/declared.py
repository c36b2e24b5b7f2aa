"""The extracts that the settings file declares, validated before anything is asked for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import sqlglot
import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    field_validator,
)
from sqlglot import exp

from ingest.errors import SettingsError
from ingest.rules.metrics import Metric
from ingest.settings import Settings

#: The bound parameters, and what they are tried with.
PARAMETERS = {"from_day": "'2000-01-01'", "to_day": "'2000-01-01'"}
SOURCE = "snowflake"
#: A landed file's metadata holds its declaration here: the landing alone suffices to frame it.
DECLARATION = "nightquest.extract"

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$")]
#: Snowflake answers unquoted names in upper case; columns are compared in lower case.
Column = Annotated[str, StringConstraints(min_length=1, to_lower=True)]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DeclaredMetric(_Declared):
    """A column that becomes the metric `snowflake.<name>`."""

    column: Column
    name: Name
    unit: str = Field(min_length=1)
    description: str = Field(min_length=1)


class _Extract(_Declared):
    name: Name
    query: str
    key_column: Column
    key_kind: Literal["login", "email", "employee_id"]

    @field_validator("query")
    @classmethod
    def single_select(cls, query: str) -> str:
        """Reading is all that an extract may do; a mistyped parameter is found here too."""
        try:
            text = query % PARAMETERS
        except KeyError as error:
            raise ValueError(
                f"unknown parameter {error}; allowed are %(from_day)s and %(to_day)s"
            ) from None
        except (ValueError, TypeError):
            raise ValueError("a literal % is written %%") from None
        try:
            statements = sqlglot.parse(text, dialect="snowflake")
        except sqlglot.errors.SqlglotError as error:
            first = str(error).splitlines()[0]
            raise ValueError(f"not readable as Snowflake SQL: {first}") from None
        if len(statements) != 1 or not isinstance(statements[0], exp.Query):
            raise ValueError("must be a single SELECT")
        writing = (exp.DML, exp.DDL, exp.Command, exp.Into)
        if any(
            isinstance(node, writing) and not isinstance(node, exp.Query)
            for node in statements[0].walk()
        ):
            raise ValueError("must be a single SELECT that writes nothing")
        return query


class MetricsExtract(_Extract):
    """People's daily numbers: rows of one person, day and metric are added up."""

    shape: Literal["metrics"] = "metrics"
    day_column: Column
    metrics: Annotated[list[DeclaredMetric], Field(min_length=1)]


class ChallengeAttemptsExtract(_Extract):
    """Submissions of challenges, with a score of 0 to 100."""

    shape: Literal["challenge_attempts"]
    challenge_column: Column
    score_column: Column
    submitted_column: Column


class LeaveExtract(_Extract):
    """Days on which a person is away."""

    shape: Literal["leave"]
    day_column: Column


Extract = MetricsExtract | ChallengeAttemptsExtract | LeaveExtract
SHAPES: dict[str, TypeAdapter[Any]] = {
    "metrics": TypeAdapter(MetricsExtract),
    "challenge_attempts": TypeAdapter(ChallengeAttemptsExtract),
    "leave": TypeAdapter(LeaveExtract),
}


def day_column(extract: Extract) -> str:
    """The column that decides a row's day."""
    if isinstance(extract, ChallengeAttemptsExtract):
        return extract.submitted_column
    return extract.day_column


def columns(extract: Extract) -> list[str]:
    """The columns that the extract's answer must have."""
    needed = [extract.key_column, day_column(extract)]
    if isinstance(extract, MetricsExtract):
        needed += [metric.column for metric in extract.metrics]
    if isinstance(extract, ChallengeAttemptsExtract):
        needed += [extract.challenge_column, extract.score_column]
    return needed


def parsed_extract(text: str) -> Extract:
    """An extract from the JSON that its landed files carry."""
    shape = TypeAdapter(dict[str, Any]).validate_json(text)["shape"]
    return SHAPES[shape].validate_json(text)


def load_extracts(settings: Settings) -> list[Extract]:
    """The declared extracts; none without NIGHTQUEST_SOURCES_FILE.

    Raises:
        SettingsError: names the file, the extract and the field, and what is allowed.
    """
    if settings.sources_file is None:
        return []
    path = settings.sources_file
    entries = _entries(path)
    extracts = [_extract(path, number, entry) for number, entry in enumerate(entries, 1)]
    _refuse_doubles(path, "extract name", [extract.name for extract in extracts])
    _refuse_doubles(path, "metric name", [found.metric for found in declared_metrics(extracts)])
    return extracts


def declared_metrics(extracts: Sequence[Extract]) -> list[Metric]:
    """The metrics that the extracts add to the registry."""
    return [
        Metric(f"{SOURCE}.{metric.name}", metric.unit, SOURCE, metric.description)
        for extract in extracts
        if isinstance(extract, MetricsExtract)
        for metric in extract.metrics
    ]


def _entries(path: Path) -> list[Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"NIGHTQUEST_SOURCES_FILE: {path} cannot be read ({error.strerror})."
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise SettingsError(f"{path} is not readable as YAML: {said}.") from None
    snowflake = (content or {}).get("snowflake") if isinstance(content or {}, dict) else content
    entries = (snowflake or {}).get("extracts") if isinstance(snowflake or {}, dict) else snowflake
    if not isinstance(entries or [], list):
        raise SettingsError(f"{path}: snowflake.extracts must be a list of extracts.")
    return entries or []


def _extract(path: Path, number: int, entry: Any) -> Extract:
    name = entry.get("name") if isinstance(entry, dict) else None
    place = f"{path}: extract {name or number}"
    if not isinstance(entry, dict):
        raise SettingsError(f"{place} must be a mapping with name, query, key_column and so on.")
    shape = entry.get("shape", "metrics")
    if not isinstance(shape, str) or shape not in SHAPES:
        raise SettingsError(f"{place}, shape: {shape!r} is not one of {', '.join(SHAPES)}.")
    try:
        return SHAPES[shape].validate_python(entry)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{place}, {field}: {said}.") from None


def _refuse_doubles(path: Path, what: str, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"{path}: the {what} {name} is declared more than once.")
