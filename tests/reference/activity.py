"""From raw rows to activity: (subject, day, metric, value) and the values behind the counts.

A subject is `github:<user_id>` or, where a key matches nobody, `<source>:<key>` (section 11).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .facts import Facts, Row
from .people import People, counted_for

COUNTERS = {
    "copilot.interactions": "interactions",
    "copilot.generations": "generations",
    "copilot.acceptances": "acceptances",
    "copilot.lines_suggested": "lines_suggested",
    "copilot.lines_added": "lines_added",
}
KINDS = {
    "feature": "copilot.features_used",
    "language": "copilot.languages_used",
    "model": "copilot.models_used",
}
DayMetrics = dict[date, dict[str, Decimal]]


def github_subject(user_id: int) -> str:
    return f"github:{user_id}"


def known_metrics(facts: Facts) -> list[Row]:
    """The registry, and what dropped files bring beside it."""
    declared = facts["raw_rules.metrics"]
    names = {row["metric"] for row in declared}
    brought = {row["metric"] for row in facts.until_as_of("raw_filedrop.activity")}
    return declared + [
        {
            "metric": metric,
            "unit": "count",
            "source": "file",
            "description": "Brought by a dropped file",
        }
        for metric in brought - names
    ]


@dataclass
class Activity:
    """What each subject did, by day and metric; bots and unmatched keys are subjects as well.

    `values[subject][metric][day]` holds the different values of the day with their counts;
    `uncounted[reason][subject]` what counts for nothing, and would have been worth something
    (reasons `own_pull_request`, `excluded_repository`, `duplicate`).
    """

    daily: dict[str, DayMetrics] = field(default_factory=lambda: defaultdict(dict))
    values: dict[str, dict[str, dict[date, dict[str, int]]]] = field(default_factory=dict)
    uncounted: dict[str, dict[str, DayMetrics]] = field(default_factory=dict)

    def add(
        self,
        subject: str,
        day: date,
        metric: str,
        value: Decimal | int | None,
        reason: str | None = None,
    ) -> None:
        """Count a value, or with a reason: note that it does not count."""
        days = (
            self.daily[subject]
            if reason is None
            else self.uncounted.setdefault(reason, {}).setdefault(subject, {})
        )
        of_day = days.setdefault(day, {})
        of_day[metric] = of_day.get(metric, Decimal(0)) + (value or 0)

    def add_value(self, subject: str, day: date, metric: str, text: str, count: int) -> None:
        of_day = self.values.setdefault(subject, {}).setdefault(metric, {}).setdefault(day, {})
        if text not in of_day:
            self.add(subject, day, metric, 1)
        of_day[text] = of_day.get(text, 0) + count

    def drop_zeros(self) -> None:
        """Activity rows of value 0 do not exist."""
        for subject, days in self.daily.items():
            kept = {
                day: {metric: value for metric, value in metrics.items() if value > 0}
                for day, metrics in days.items()
            }
            self.daily[subject] = {day: metrics for day, metrics in kept.items() if metrics}


def first_of_each(rows: Iterable[Row], *key: str) -> list[Row]:
    """One row of each key: the latest day, then the first scope in text order."""
    kept: dict[tuple, Row] = {}
    for row in sorted(rows, key=lambda row: (-row["activity_date"].toordinal(), row["scope"])):
        kept.setdefault(tuple(row[column] for column in key), row)
    return list(kept.values())


def judged(rows: list[Row], excluded: set[str], *key: str) -> Iterator[tuple[Row, str | None]]:
    """One row of each key with why it does not count, if so; of those that count, further ones of
    the day as duplicates.
    """
    inside = [row for row in rows if row["repository"].lower() in excluded]
    for row in first_of_each(inside, *key):
        yield row, "excluded_repository"
    outside = [row for row in rows if row["repository"].lower() not in excluded]
    kept = {tuple(row[column] for column in key): row for row in first_of_each(outside, *key)}
    for row in outside:
        first = kept[tuple(row[column] for column in key)]
        if row is first:
            yield row, None
        elif row["activity_date"] == first["activity_date"]:
            yield row, "duplicate"


def add_copilot(facts: Facts, activity: Activity) -> None:
    """A person's day counts once: the enterprise's row before those of organisations."""
    reported: set[tuple[str, int, date]] = set()
    chosen: dict[tuple[int, date], Row] = {}
    for row in sorted(
        facts.until_as_of("raw_copilot.user_days"),
        key=lambda row: (not row["scope"].startswith("enterprise:"), row["scope"]),
    ):
        user_id, day = row["user_id"], row["activity_date"]
        reported.add((row["scope"], user_id, day))
        reason = None if chosen.setdefault((user_id, day), row) is row else "duplicate"
        subject = github_subject(user_id)
        if row["is_active"]:
            activity.add(subject, day, "copilot.active_day", 1, reason)
        for metric, column in COUNTERS.items():
            activity.add(subject, day, metric, row[column], reason)
    repeated: set[tuple[str, int, date, str, str]] = set()
    for row in facts.until_as_of("raw_copilot.user_day_values"):
        scope, user_id, day = row["scope"], row["user_id"], row["activity_date"]
        if (scope, user_id, day) not in reported or (row["use_count"] or 0) <= 0:
            continue
        subject, metric, text = github_subject(user_id), KINDS[row["kind"]], row["value_text"]
        if chosen[user_id, day]["scope"] == scope:
            activity.add_value(subject, day, metric, text, row["use_count"])
        elif (scope, user_id, day, metric, text) not in repeated:
            repeated.add((scope, user_id, day, metric, text))
            activity.add(subject, day, metric, 1, "duplicate")


def add_github(facts: Facts, people: People, activity: Activity) -> None:
    excluded = {row["repository"].lower() for row in facts["raw_rules.excluded_repositories"]}

    def count(user_id: int | None, row: Row, metric: str, reason: str | None) -> None:
        if user_id is None:
            return
        subject, day = github_subject(user_id), row["activity_date"]
        activity.add(subject, day, metric, 1, reason)
        if reason is None:
            activity.add_value(subject, day, "github.repositories_active", row["repository"], 1)

    pulls = facts.until_as_of("raw_github.pull_requests")
    for pull, reason in judged(pulls, excluded, "node_id"):
        count(pull["author_id"], pull, "github.pull_requests_merged", reason)

    reviews = facts.until_as_of("raw_github.reviews")
    own = [row for row in reviews if row["pull_request_author_id"] == row["reviewer_id"]]
    others = [row for row in reviews if row["pull_request_author_id"] != row["reviewer_id"]]
    once = ("pull_request_node_id", "reviewer_id", "activity_date")
    for review, reason in judged(own, excluded, *once):
        if reason != "duplicate":
            why = reason or "own_pull_request"
            count(review["reviewer_id"], review, "github.reviews_given", why)
    for review, reason in judged(others, excluded, *once):
        reviewer_id, author_id = review["reviewer_id"], review["pull_request_author_id"]
        count(reviewer_id, review, "github.reviews_given", reason)
        if None in (reviewer_id, author_id) or author_id in people.bots or reason is not None:
            continue
        activity.add_value(
            github_subject(reviewer_id),
            review["activity_date"],
            "github.colleagues_reviewed",
            github_subject(author_id),
            1,
        )

    issues = facts.until_as_of("raw_github.issues")
    completed = [row for row in issues if row["state_reason"] == "completed"]
    for issue, reason in judged(completed, excluded, "node_id"):
        count(counted_for(issue), issue, "github.issues_closed", reason)


def add_declared(facts: Facts, people: People, activity: Activity) -> None:
    """Metrics of Snowflake and of dropped files; one that several bring is summed."""
    for source, path in (("snowflake", "raw_snowflake.metrics"), ("file", "raw_filedrop.activity")):
        for row in facts.until_as_of(path):
            user_id = people.find(source, row)
            subject = (
                f"{source}:{row['person_key']}" if user_id is None else github_subject(user_id)
            )
            activity.add(subject, row["activity_date"], row["metric"], row["value"])


def read_activity(facts: Facts, people: People) -> Activity:
    activity = Activity()
    add_copilot(facts, activity)
    add_github(facts, people, activity)
    add_declared(facts, people, activity)
    activity.drop_zeros()
    return activity
