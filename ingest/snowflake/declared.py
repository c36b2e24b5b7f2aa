"""The extracts that the settings file declares, validated before anything is asked for.

A declaration's fields that end in `_column` name columns of the query's answer.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import sqlglot
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
from ingest.sources_file import declared_entries

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
        if any(_does_more_than_read(node) for node in statements[0].walk()):
            raise ValueError("must be a single SELECT that writes nothing")
        return query


def _does_more_than_read(node: exp.Expr) -> bool:
    """SYSTEM$ functions count: some of them end other sessions."""
    if isinstance(node, exp.Anonymous):
        return node.name.upper().startswith("SYSTEM$")
    writing = (exp.DML, exp.DDL, exp.Command, exp.Into, exp.Lock)
    return isinstance(node, writing) and not isinstance(node, exp.Query)


class _Keyed(_Extract):
    key_column: Column
    key_kind: Literal["login", "email", "employee_id", "github_user_id"]


class MetricsExtract(_Keyed):
    """People's daily numbers: rows of one person, day and metric are added up."""

    shape: Literal["metrics"] = "metrics"
    day_column: Column
    metrics: Annotated[list[DeclaredMetric], Field(min_length=1)]


class ChallengeAttemptsExtract(_Keyed):
    """Submissions of challenges, with a score of 0 to 100."""

    shape: Literal["challenge_attempts"]
    challenge_column: Column
    score_column: Column
    submitted_column: Column


class LeaveExtract(_Keyed):
    """Days on which a person is away."""

    shape: Literal["leave"]
    day_column: Column


class PeopleExtract(_Keyed):
    """Who there is, as of tonight: it ties a person's names in several places to each other."""

    shape: Literal["people"]
    name_column: Column | None = None
    email_column: Column | None = None
    employee_id_column: Column | None = None
    github_login_column: Column | None = None
    github_user_id_column: Column | None = None


class IdentityMapExtract(_Extract):
    """Which GitHub account a key of another source belongs to, as of tonight."""

    shape: Literal["identity_map"]
    source_column: Column | None = None
    source_key_column: Column
    github_user_id_column: Column


#: Extracts with days, and those that are taken whole every night.
DailyExtract = MetricsExtract | ChallengeAttemptsExtract | LeaveExtract
SnapshotExtract = PeopleExtract | IdentityMapExtract
Extract = DailyExtract | SnapshotExtract
SHAPES: dict[str, TypeAdapter[Any]] = {
    "metrics": TypeAdapter(MetricsExtract),
    "challenge_attempts": TypeAdapter(ChallengeAttemptsExtract),
    "leave": TypeAdapter(LeaveExtract),
    "people": TypeAdapter(PeopleExtract),
    "identity_map": TypeAdapter(IdentityMapExtract),
}


def day_column(extract: DailyExtract) -> str:
    """The column that decides a row's day."""
    if isinstance(extract, ChallengeAttemptsExtract):
        return extract.submitted_column
    return extract.day_column


def amount_columns(extract: Extract) -> list[str]:
    """The columns that hold numbers."""
    if isinstance(extract, MetricsExtract):
        return [metric.column for metric in extract.metrics]
    return [extract.score_column] if isinstance(extract, ChallengeAttemptsExtract) else []


def columns(extract: Extract) -> list[str]:
    """The columns that the extract's answer must have, each once: those of the declaration."""
    declared = [
        value for field, value in extract if field.endswith("_column") and value is not None
    ]
    return list(dict.fromkeys([*declared, *amount_columns(extract)]))


def parsed_extract(text: str) -> Extract:
    """An extract from the JSON that its landed files carry."""
    shape = TypeAdapter(dict[str, Any]).validate_json(text)["shape"]
    return SHAPES[shape].validate_json(text)


def load_extracts(settings: Settings) -> list[Extract]:
    """The declared extracts; none without NIGHTQUEST_SOURCES_FILE.

    Raises:
        SettingsError: names the file, the extract and the field, and what is allowed.
    """
    entries = declared_entries(settings, "snowflake")
    path = settings.sources_file or Path()
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
