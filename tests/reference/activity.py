"""From raw rows to activity: (subject, day, metric, value) and the values behind the counts.

A subject is `github:<user_id>` or, where a key matches nobody, `<source>:<key>` (section 11).
"""

from collections import defaultdict
from collections.abc import Iterable
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
    `own_reviews[subject][day]` the own pull requests that the subject reviewed.
    """

    daily: dict[str, DayMetrics] = field(default_factory=lambda: defaultdict(dict))
    values: dict[str, dict[str, dict[date, dict[str, int]]]] = field(default_factory=dict)
    own_reviews: dict[str, dict[date, set[str]]] = field(default_factory=dict)

    def add(self, subject: str, day: date, metric: str, value: Decimal | int | None) -> None:
        of_day = self.daily[subject].setdefault(day, {})
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
    """One row of each key: the earliest day, then the first scope in text order."""
    kept: dict[tuple, Row] = {}
    for row in sorted(rows, key=lambda row: (row["activity_date"], row["scope"])):
        kept.setdefault(tuple(row[column] for column in key), row)
    return list(kept.values())


def add_copilot(facts: Facts, activity: Activity) -> None:
    """A person's day counts once: the enterprise's row before those of organisations."""
    chosen: dict[tuple[int, date], Row] = {}
    for row in sorted(
        facts.until_as_of("raw_copilot.user_days"),
        key=lambda row: (not row["scope"].startswith("enterprise:"), row["scope"]),
    ):
        chosen.setdefault((row["user_id"], row["activity_date"]), row)
    for (user_id, day), row in chosen.items():
        subject = github_subject(user_id)
        if row["is_active"]:
            activity.add(subject, day, "copilot.active_day", 1)
        for metric, column in COUNTERS.items():
            activity.add(subject, day, metric, row[column])
    for row in facts.until_as_of("raw_copilot.user_day_values"):
        user_id, day = row["user_id"], row["activity_date"]
        of_person = chosen.get((user_id, day))
        if of_person and of_person["scope"] == row["scope"] and (row["use_count"] or 0) > 0:
            activity.add_value(
                github_subject(user_id),
                day,
                KINDS[row["kind"]],
                row["value_text"],
                row["use_count"],
            )


def add_github(facts: Facts, people: People, activity: Activity) -> None:
    excluded = {row["repository"] for row in facts["raw_rules.excluded_repositories"]}

    def of_interest(path: str) -> list[Row]:
        return [row for row in facts.until_as_of(path) if row["repository"] not in excluded]

    def count(subject: str, row: Row, metric: str) -> None:
        activity.add(subject, row["activity_date"], metric, 1)
        activity.add_value(
            subject, row["activity_date"], "github.repositories_active", row["repository"], 1
        )

    for pull in first_of_each(of_interest("raw_github.pull_requests"), "node_id"):
        if pull["author_id"] is not None:
            count(github_subject(pull["author_id"]), pull, "github.pull_requests_merged")

    for review in first_of_each(
        of_interest("raw_github.reviews"),
        "pull_request_node_id",
        "reviewer_id",
        "activity_date",
    ):
        if review["reviewer_id"] is None:
            continue
        reviewer, day = github_subject(review["reviewer_id"]), review["activity_date"]
        author_id = review["pull_request_author_id"]
        if author_id == review["reviewer_id"]:
            own = activity.own_reviews.setdefault(reviewer, {}).setdefault(day, set())
            own.add(review["pull_request_node_id"])
            continue
        count(reviewer, review, "github.reviews_given")
        if author_id is not None and author_id not in people.bots:
            activity.add_value(
                reviewer, day, "github.colleagues_reviewed", github_subject(author_id), 1
            )

    completed = [
        row for row in of_interest("raw_github.issues") if row["state_reason"] == "completed"
    ]
    for issue in first_of_each(completed, "node_id"):
        user_id = counted_for(issue)
        if user_id is not None:
            count(github_subject(user_id), issue, "github.issues_closed")


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
