"""A company of three people and eight days, small enough to be counted by hand."""

from datetime import date, timedelta

from tests.reference import rows
from tests.reference.facts import Facts

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY, AS_OF = (
    date(2026, 3, 2) + timedelta(days=n) for n in range(8)
)
ENTERPRISE = "enterprise:acme"
#: 28 days before the seats were listed.
IDLE_SINCE = rows.noon(AS_OF - timedelta(days=28))


def company() -> Facts:
    """Ann (1) reviews, Bob (2) works on tasks, Cleo (3) was there on one Saturday; Dave (4) has a
    Copilot seat and nothing else.

    The Copilot report of the as-of day, a Monday, is not there yet.
    """
    facts = Facts()
    facts.add("raw_rules.packs", rows.pack())
    facts.add("raw_rules.working_days", *({"iso_weekday": n} for n in range(1, 6)))
    facts.add(
        "raw_rules.metrics",
        *map(rows.metric, (
            "copilot.active_day", "copilot.interactions", "copilot.features_used",
            "github.reviews_given", "github.colleagues_reviewed",
            "github.pull_requests_merged", "github.issues_closed", "github.repositories_active",
            "snowflake.tasks", "file.talks",
        )),
    )  # fmt: skip
    facts.add(
        "raw_rules.qualifying_metrics",
        {"metric": "copilot.active_day"},
        {"metric": "github.reviews_given"},
    )
    facts.add(
        "raw_rules.xp_rules",
        rows.rule("copilot_day", "copilot.active_day", 10),
        rows.rule("review", "github.reviews_given", 15, daily_cap=60),
        rows.rule("colleague", "github.colleagues_reviewed", 1),
        rows.rule("merge", "github.pull_requests_merged", 20),
        rows.rule("task", "snowflake.tasks", 10, daily_cap=30),
        rows.rule("talk", "file.talks", 5),
    )
    facts.add(
        "raw_rules.missions",
        rows.mission("weekly_reviewer", "github.reviews_given", 3, "week"),
        rows.mission("speaker", "file.talks", 10, "month"),
        rows.mission("team_week", "github.reviews_given", 9, "week", scope="team"),
        rows.challenge("sql", base_xp=50),
    )
    for badge in (
        rows.badge("reviewer", {"type": "metric", "metric": "github.reviews_given", "target": 3}),
        rows.badge("finisher", {"type": "attempt_count", "status": "passed", "target": 1}),
        rows.badge("worker", {"type": "metric", "metric": "snowflake.tasks", "target": 20}),
    ):
        for path, found in badge.items():
            facts.add(path, *found)
    facts.add(
        "raw_github.members",
        *(rows.member(MONDAY, n, login) for n, login in enumerate(("Ann", "bob", "cleo"), 1)),
    )
    for path, given in (
        ("raw_github.teams", {"slug": "web", "name": "Web"}),
        ("raw_github.team_members", {"user_id": 1, "login": "Ann"}),
    ):
        facts.add(
            path,
            rows.row(path, scope="org:acme", snapshot_date=MONDAY, team_id=5, load_id="t", **given),
        )
    facts.add(
        "raw_copilot.user_days",
        rows.copilot_day(MONDAY, 1, "Ann", load_id="load-o", interactions=9),
        rows.copilot_day(MONDAY, 1, "Ann", scope=ENTERPRISE, load_id="load-e", interactions=7),
        rows.copilot_day(SATURDAY, 3, "cleo"),
    )
    facts.add(
        "raw_copilot.user_day_values",
        rows.copilot_value(MONDAY, 1, "feature", "chat", 3, scope=ENTERPRISE),
    )
    facts.add(
        "raw_copilot.seats",
        rows.seat(AS_OF, 1, "Ann", last_activity_at=rows.noon(AS_OF - timedelta(days=27))),
        rows.seat(AS_OF, 2, "bob", last_activity_at=IDLE_SINCE),
        rows.seat(AS_OF, 4, "dave", last_activity_at=None, pending_cancellation_date=SATURDAY),
    )
    bob, bot = (2, "bob"), (99, "dependabot[bot]")
    facts.add(
        "raw_github.reviews",
        rows.review(TUESDAY, "RV1", "PR9", 1, "Ann", *bob, pull_request_number=9),
        rows.review(TUESDAY, "RV2", "PR9", 1, "Ann", *bob, pull_request_number=9),
        rows.review(TUESDAY, "RV3", "PR10", 1, "Ann", *bob, pull_request_number=10),
        rows.review(TUESDAY, "RV4", "PR11", 1, "Ann", *bot, pull_request_number=11),
        rows.review(TUESDAY, "RV5", "PR12", 1, "Ann", 1, "Ann", pull_request_number=12),
    )
    facts.add(
        "raw_github.pull_requests",
        rows.pull_request(MONDAY, "PR1", *bot, author_type="Bot"),
        rows.pull_request(MONDAY, "PR9", *bob, number=9),
    )
    facts.add(
        "raw_snowflake.metrics",
        rows.amount(WEDNESDAY, "bob", "snowflake.tasks", 3, load_id="load-s"),
        rows.amount(WEDNESDAY, "bob", "snowflake.tasks", 2, load_id="load-s"),
        rows.amount(THURSDAY, "E7", "snowflake.tasks", 1, key_kind="employee_id"),
    )
    facts.add("raw_snowflake.challenge_attempts", rows.submission(WEDNESDAY, "bob", "sql", 80))
    facts.add(
        "raw_filedrop.activity",
        rows.amount(THURSDAY, "a@corp.example", "file.talks", 2, key_kind="email"),
    )
    facts.add("raw_github.member_emails", rows.member_email(MONDAY, 1, "Ann", "a@corp.example"))
    facts.add(
        "raw_filedrop.adjustments",
        rows.adjustment(THURSDAY, "A-1", "ann", -10, reason_text="counted twice"),
    )
    facts.add("ops.sources", rows.source("copilot", "user_days", "org:acme"))
    facts.add(
        "ops.source_days",
        *(
            rows.source_day("copilot", "user_days", "org:acme", MONDAY + timedelta(days=n), n < 7)
            for n in range(8)
        ),
    )
    facts.add("ops.nights", rows.night(AS_OF))
    return facts
