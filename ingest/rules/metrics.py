"""The registry of metrics that exist whatever is declared: name, unit, source, meaning.

Snowflake extracts and dropped files declare further ones, under `snowflake.` and `file.`.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """A named daily number about a developer; `source` is who delivers it."""

    metric: str
    unit: str
    source: str
    description: str


BUILT_IN: tuple[Metric, ...] = (
    Metric(
        "copilot.active_day",
        "days",
        "copilot",
        "1 on a day with any Copilot interaction, generation, acceptance, CLI or agent use",
    ),
    Metric(
        "copilot.interactions",
        "interactions",
        "copilot",
        "prompts and other interactions that the developer started",
    ),
    Metric(
        "copilot.generations",
        "generations",
        "copilot",
        "times that Copilot generated code for the developer",
    ),
    Metric(
        "copilot.acceptances", "acceptances", "copilot", "generations that the developer accepted"
    ),
    Metric(
        "copilot.lines_suggested",
        "lines",
        "copilot",
        "lines that Copilot suggested to add; edits by its agent are not among them",
    ),
    Metric(
        "copilot.lines_added",
        "lines",
        "copilot",
        "lines that Copilot wrote into files: accepted suggestions and its agent's edits",
    ),
    Metric(
        "copilot.features_used", "features", "copilot", "different Copilot features used that day"
    ),
    Metric(
        "copilot.languages_used",
        "languages",
        "copilot",
        "different programming languages in which Copilot was used that day",
    ),
    Metric(
        "copilot.models_used", "models", "copilot", "different models behind Copilot used that day"
    ),
    Metric(
        "github.pull_requests_merged",
        "pull requests",
        "github",
        "pull requests merged that day, counted for their author",
    ),
    Metric(
        "github.reviews_given",
        "reviews",
        "github",
        "reviews submitted on others' pull requests, at most one a pull request and day",
    ),
    Metric(
        "github.issues_closed",
        "issues",
        "github",
        "issues closed as completed, for the one assignee, else for who closed them",
    ),
    Metric(
        "github.colleagues_reviewed",
        "colleagues",
        "github",
        "different colleagues whose pull requests were reviewed that day",
    ),
    Metric(
        "github.repositories_active",
        "repositories",
        "github",
        "different repositories with a merge, a review or a closed issue that day",
    ),
)

#: Metrics that count different things and keep the things themselves, for `distinct_values`.
WITH_VALUES = frozenset(
    {
        "copilot.features_used",
        "copilot.languages_used",
        "copilot.models_used",
        "github.colleagues_reviewed",
        "github.repositories_active",
    }
)

#: Where a metric may be declared by an extract or a file, and so may be unknown here.
DECLARED_PREFIXES = ("snowflake.", "file.")

#: Units of volume: allowed in XP rules, with a warning, because more of them is not worth more.
VOLUME_UNITS = frozenset({"line", "lines", "loc", "acceptance", "acceptances"})

# "second" is missing on purpose: `snowflake.second_reviews` is no time.
_CLOCK_WORDS = frozenset({"hour", "hours", "hr", "hrs", "minute", "minutes", "seconds", "clock"})
_CLOCK_UNITS = _CLOCK_WORDS | {"h", "min", "mins", "sec", "secs", "second"}


def measures_clock_time(name: str, unit: str = "") -> bool:
    """Whether a metric counts hours, minutes or seconds, by its unit or, undeclared, its name."""
    return bool(_words(unit) & _CLOCK_UNITS or _words(name) & _CLOCK_WORDS)


def measures_volume(name: str, unit: str = "") -> bool:
    """Whether a metric counts lines of code or acceptances, by its unit or its name."""
    return bool((_words(unit) | _words(name)) & VOLUME_UNITS)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))
