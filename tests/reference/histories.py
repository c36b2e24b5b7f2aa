"""Generated histories: a company's half year and a rule pack made to bite, from one seed.

Every history holds, beside ordinary people, the awkward ones: bots of all three kinds, leavers,
returners, renamed accounts and logins that change hands, outsiders, weekend workers, twins that
tie, members of two organisations, keys that match nobody, and people whom only maps, tables of
people or addresses tie to their accounts. A whole one has teams as well, in which people are
several at once and move, missions of teams, people who opt out and back in, and revoked badges.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from . import rows
from .days import days_between, season_of
from .facts import Facts

ACME, GLOBEX, ENTERPRISE = "org:acme", "org:globex", "enterprise:acme"
REPOSITORIES = {ACME: ("acme/app", "acme/docs", "acme/legacy"), GLOBEX: ("globex/core",)}
EXCLUDED = "acme/legacy"
METRICS = (
    "copilot.active_day",
    "copilot.interactions",
    "copilot.generations",
    "copilot.acceptances",
    "copilot.lines_suggested",
    "copilot.lines_added",
    "copilot.features_used",
    "copilot.languages_used",
    "copilot.models_used",
    "github.pull_requests_merged",
    "github.reviews_given",
    "github.issues_closed",
    "github.colleagues_reviewed",
    "github.repositories_active",
    "snowflake.tasks_completed",
    "snowflake.deployments",
    "file.talks",
)
VALUES = {
    "feature": ("chat", "completion", "agent", "review", "cli"),
    "language": ("python", "sql", "go", "rust", "typescript", "yaml"),
    "model": ("small", "large", "reasoning"),
}
#: (source, dataset, scopes) with a state for every day.
DATASETS = (
    ("copilot", "user_days", (ENTERPRISE, ACME, GLOBEX)),
    ("github", "pull_requests", (ACME, GLOBEX)),
    ("github", "reviews", (ACME, GLOBEX)),
    ("github", "issues", (ACME, GLOBEX)),
    ("snowflake", "metrics", ("tasks", "deployments")),
)
#: Chance to be active on a working day and at the weekend.
STYLES = {
    "steady": (0.95, 0.02),
    "eager": (0.97, 0.6),
    "half": (0.55, 0.1),
    "bursty": (0.9, 0.1),
    "weekend": (0.0, 0.6),
    "rare": (0.04, 0.01),
    "silent": (0.0, 0.0),
}
AMOUNTS = ("0", "0.5", "1", "1", "2.25", "3", "0.333333", "4.5")
SCORES = ("0", "35", "69.5", "69.9999", "70", "85", "92.25", "100", "100")


@dataclass
class Person:
    """An account. `luck` seeds what it does: twins share it."""

    user_id: int
    names: list[tuple[date, str]]
    style: str
    luck: str
    scopes: tuple[str, ...] = (ACME,)
    type: str = "User"
    is_member: bool = True
    absent: tuple[date, date] | None = None
    company: int = 0
    member_until: date = date.max

    def login(self, day: date) -> str:
        return [name for since, name in self.names if since <= day][-1]

    def is_there(self, day: date) -> bool:
        return self.absent is None or not self.absent[0] <= day <= self.absent[1]


class History:
    """One history in the making: `random` decides everything, the facts collect it."""

    def __init__(self, seed: int, people: int, days: int | None) -> None:
        self.random = Random(f"nightquest-{seed}")
        self.seed = seed
        self.start = date(2024, 1, 1) + timedelta(days=self.random.randrange(900))
        self.as_of = self.start + timedelta(days=(days or self.random.randint(120, 196)) - 1)
        if days is None and self.random.random() < 0.5:  # just after the end of a month
            next_month = (self.as_of.replace(day=1) + timedelta(days=31)).replace(day=1)
            self.as_of = min(
                next_month + timedelta(days=self.random.randint(0, 3)),
                self.start + timedelta(days=199),
            )
        self.facts = Facts()
        self.people = self.make_people(people)
        self.missing = self.make_missing_days()
        self.serial = 0
        self.pull_requests: list[dict[str, Any]] = []

    def day(self, share: float) -> date:
        """The day that lies at a share of the history."""
        return self.start + timedelta(days=int(share * (self.as_of - self.start).days))

    def next_id(self, kind: str) -> str:
        self.serial += 1
        return f"{kind}_{self.serial:06}"

    # --- people and days ---------------------------------------------------------------------

    def make_people(self, count: int) -> list[Person]:
        ordinary = ("steady", "eager", "half", "bursty", "weekend", "rare", "silent")
        people = [
            Person(
                1000 + n,
                [(date.min, f"Dev-{n}")],
                ordinary[n % len(ordinary)],
                f"{self.seed}-{n}",
                self.random.choice(((ACME,), (GLOBEX,), (ACME, GLOBEX))),
            )
            for n in range(max(count, 21))
        ]
        people[7].luck, people[7].scopes = people[0].luck, people[0].scopes  # twins
        people[8].absent = (self.day(0.6), date.max)  # leaves
        people[1].member_until = self.day(0.55)  # leaves, and goes on contributing
        people[9].absent = (self.day(0.3), self.day(0.5))  # returns
        people[10].absent = (date.min, self.day(0.4))  # joins late
        people[14].is_member = people[15].is_member = False  # outsiders
        people[16].names.append((self.day(0.5), "Renamed"))
        people[17].names.append((self.day(0.3), "dev-17-old"))  # gives its login
        people[2].names.append((self.day(0.6), "Dev-17"))  # ... to this one
        people[18].type, people[18].style = "Bot", "steady"
        people[19].names, people[19].style = [(date.min, "Renovate[bot]")], "half"
        people[20].names, people[20].style = [(date.min, "SVC-deploy")], "half"
        return people

    def make_missing_days(self) -> set[tuple[str, str, str, date]]:
        """Datasets of a scope that have not delivered a day: young ones, old ones, at the edge."""
        missing = set()
        newest_copilot = self.random.randint(0, 3)
        for source, dataset, scopes in DATASETS:
            for scope in scopes:
                late = set(range(newest_copilot)) if source == "copilot" else set()
                if self.random.random() < 0.25:
                    late.add(self.random.randint(0, 9))
                if self.random.random() < 0.3:
                    late.add(self.random.randint(8, 60))
                missing |= {
                    (source, dataset, scope, self.as_of - timedelta(days=ago)) for ago in late
                }
        return missing

    def add_source_days(self) -> None:
        """States of all days; a missing day has a row or none. One history in seven has no
        Snowflake configured (its facts came by hand), so that nothing waits for it.
        """
        learnt_late = self.random.random() < 0.5
        is_snowflake_configured = self.seed % 7 != 3
        for source, dataset, scopes in DATASETS:
            if source == "snowflake" and not is_snowflake_configured:
                continue
            for scope in scopes:
                since = self.day(0.1) if learnt_late and scope == ENTERPRISE else None
                self.facts.add("ops.sources", rows.source(source, dataset, scope, since))
                for day in days_between(self.start, self.as_of):
                    is_complete = (source, dataset, scope, day) not in self.missing
                    if since is not None and day < since:
                        continue
                    if is_complete or self.random.random() < 0.5:
                        self.facts.add(
                            "ops.source_days",
                            rows.source_day(source, dataset, scope, day, is_complete),
                        )

    def add_members(self) -> None:
        """Snapshots every ten days or so; one history in eleven has none."""
        if self.seed % 11 == 10:
            return
        day = self.start + timedelta(days=self.random.randint(0, 9))
        while day <= self.as_of:
            for person in self.people:
                is_member = person.is_member and day <= person.member_until
                if not is_member or not person.is_there(day):
                    continue
                for scope in person.scopes:
                    self.facts.add(
                        "raw_github.members",
                        rows.member(
                            day, person.user_id, person.login(day), scope, type=person.type
                        ),
                    )
            day += timedelta(days=self.random.randint(5, 15))

    # --- what people do ----------------------------------------------------------------------

    def add_work(self) -> None:
        """Day by day, so that reviews find the pull requests of the days before.

        Three days after the as-of day are there as well: the game must not see them.
        """
        luck = {person.user_id: Random(person.luck) for person in self.people}
        for number in range(12):
            self.open_pull_request(self.people[number % 5], ACME)
        self.open_pull_request(None, ACME)
        for day in days_between(self.start, self.as_of + timedelta(days=3)):
            for person in self.people:
                dice = luck[person.user_id]
                at_work, at_weekend = STYLES[person.style]
                chance = at_weekend if day.isoweekday() > 5 else at_work
                is_pause = person.style == "bursty" and (day - self.start).days % 25 > 14
                if dice.random() < chance and not is_pause and person.is_there(day):
                    self.work(person, day, dice)
                elif dice.random() < 0.2:
                    self.add_copilot(person, day, dice, is_active=False)

    def work(self, person: Person, day: date, dice: Random) -> None:
        is_idle = True
        if dice.random() < 0.7:
            self.add_copilot(person, day, dice, is_active=True)
            is_idle = False
        for _ in range(dice.choice((0, 0, 1, 1, 2, 4))):
            self.merge(person, day, dice)
            is_idle = False
        for _ in range(dice.choice((0, 0, 1, 2, 3))):
            self.review(person, day, dice)
            is_idle = False
        if is_idle or dice.random() < 0.3:
            self.close_issue(person, day, dice)
        if dice.random() < 0.5:
            self.add_tasks(person, day, dice)

    def delivered(self, source: str, dataset: str, scope: str, day: date) -> bool:
        return (source, dataset, scope, day) not in self.missing

    def deliver(self, path: str, row: dict[str, Any], scope: str, dice: Random) -> None:
        """Write a GitHub fact if its day has come; a few arrive in both organisations' lists."""
        dataset = path.removeprefix("raw_github.")
        for listed in [scope] if dice.random() < 0.93 else [ACME, GLOBEX]:
            if self.delivered("github", dataset, listed, row["activity_date"]):
                self.facts.add(path, row | {"scope": listed})

    def add_copilot(self, person: Person, day: date, dice: Random, is_active: bool) -> None:
        """A row in each scope of the person, with numbers of its own; some are all zero."""
        for scope in (ENTERPRISE, *person.scopes):
            is_in = scope != ENTERPRISE or person.user_id % 2 == 0
            if not is_in or not self.delivered("copilot", "user_days", scope, day):
                continue
            counters = {
                name: dice.randint(0, highest) if is_active else 0
                for name, highest in (
                    ("interactions", 30),
                    ("generations", 40),
                    ("acceptances", 20),
                    ("lines_suggested", 300),
                    ("lines_added", 250),
                )
            }
            self.facts.add(
                "raw_copilot.user_days",
                rows.copilot_day(
                    day,
                    person.user_id,
                    person.login(day),
                    scope=scope,
                    is_active=is_active,
                    **counters,
                ),
            )
            if not is_active:
                continue
            for kind, texts in VALUES.items():
                used = dice.sample(texts, dice.choice((0, 1, 1, 2, 3)))
                self.facts.add(
                    "raw_copilot.user_day_values",
                    *(
                        rows.copilot_value(
                            day, person.user_id, kind, text, dice.randint(0, 5), scope
                        )
                        for text in used
                    ),
                )

    def open_pull_request(self, author: Person | None, scope: str) -> dict[str, Any]:
        pull_request = {
            "node_id": self.next_id("PR"),
            "author": author,
            "scope": scope,
            "repository": self.random.choice(REPOSITORIES[scope]),
        }
        self.pull_requests.append(pull_request)
        return pull_request

    def latest_pull_requests(self, person: Person) -> list[dict[str, Any]]:
        """What the person may be asked to review."""
        return self.pull_requests[-25:]

    def merge(self, person: Person, day: date, dice: Random) -> None:
        """A pull request of one's own, sometimes of an author deleted since."""
        pull = self.open_pull_request(person, dice.choice(person.scopes))
        is_deleted = dice.random() < 0.02
        merged = rows.pull_request(
            day,
            pull["node_id"],
            None if is_deleted else person.user_id,
            None if is_deleted else person.login(day),
            repository=pull["repository"],
            author_type=None if is_deleted else person.type,
        )
        self.deliver("raw_github.pull_requests", merged, pull["scope"], dice)

    def review(self, person: Person, day: date, dice: Random) -> None:
        """One of the latest pull requests, own ones included, sometimes twice a day."""
        pull = dice.choice(self.latest_pull_requests(person))
        author: Person | None = pull["author"]
        for _ in range(dice.choice((1, 1, 1, 2))):
            review = rows.review(
                day,
                self.next_id("RV"),
                pull["node_id"],
                person.user_id,
                person.login(day),
                None if author is None else author.user_id,
                None if author is None else author.login(day),
                repository=pull["repository"],
                reviewer_type=person.type,
                state=dice.choice(("APPROVED", "COMMENTED", "CHANGES_REQUESTED")),
            )
            self.deliver("raw_github.reviews", review, pull["scope"], dice)

    def close_issue(self, person: Person, day: date, dice: Random) -> None:
        scope = dice.choice(person.scopes)
        assignee = dice.choice(self.people)
        count = dice.choice((0, 1, 1, 2))
        closed = rows.issue(
            day,
            self.next_id("IS"),
            person.user_id,
            person.login(day),
            repository=dice.choice(REPOSITORIES[scope]),
            assignee_count=count,
            state_reason=dice.choice(("completed", "completed", "completed", "not_planned")),
            assignee_id=assignee.user_id if count else None,
            assignee_login=assignee.login(day) if count else None,
            assignee_type=assignee.type if count else None,
            closer_type=person.type,
        )
        self.deliver("raw_github.issues", closed, scope, dice)

    def add_tasks(self, person: Person, day: date, dice: Random) -> None:
        """Amounts under the person's login in any case; a metric may come from two extracts."""
        login = dice.choice((person.login(day), person.login(day).upper()))
        for scope, metric in (
            ("tasks", "snowflake.tasks_completed"),
            ("deployments", "snowflake.deployments"),
            ("deployments", "snowflake.tasks_completed"),
        ):
            if dice.random() < 0.6 and self.delivered("snowflake", "metrics", scope, day):
                self.facts.add(
                    "raw_snowflake.metrics",
                    rows.amount(day, login, metric, dice.choice(AMOUNTS), scope=scope),
                )

    def add_strangers(self) -> None:
        """Keys that match nobody: an unknown login, and an e-mail address that is a login."""
        for share in (0.1, 0.5, 0.9):
            self.facts.add(
                "raw_snowflake.metrics",
                rows.amount(self.day(share), "Stranger", "snowflake.tasks_completed", "3"),
                rows.amount(
                    self.day(share),
                    "dev-1",
                    "snowflake.tasks_completed",
                    "2.5",
                    key_kind="email",
                ),
            )

    def add_leave(self) -> None:
        for person in self.random.sample(self.people, len(self.people) // 2):
            first = self.day(self.random.random())
            for day in days_between(first, first + timedelta(days=self.random.randint(0, 12))):
                self.facts.add(
                    "raw_snowflake.leave", rows.leave(day, person.login(self.as_of).lower())
                )
        self.facts.add("raw_snowflake.leave", rows.leave(self.day(0.5), "stranger"))

    def add_submissions(self) -> None:
        for person in self.people:
            for challenge_id in ("sql_basics", "advanced_sql", "testing", "draft", "unknown"):
                first = self.day(self.random.random())
                for _ in range(self.random.choice((0, 0, 1, 1, 2, 3, 4))):
                    first += timedelta(days=self.random.choice((0, 0, 1, 9)))
                    self.facts.add(
                        "raw_snowflake.challenge_attempts",
                        rows.submission(
                            first,
                            person.login(self.as_of),
                            challenge_id,
                            self.random.choice(SCORES),
                            submitted_at=rows.noon(first)
                            + timedelta(seconds=self.random.randrange(9_000)),
                        ),
                    )

    def add_adjustments(self) -> None:
        """Gifts and takings, among them one below zero, one unsigned, one of nobody's."""
        for person in self.random.sample(self.people, len(self.people) // 2):
            day = self.day(self.random.random())
            by_id = self.random.random() < 0.3
            self.facts.add(
                "raw_filedrop.adjustments",
                rows.adjustment(
                    day,
                    self.next_id("AD"),
                    str(person.user_id) if by_id else person.login(self.as_of),
                    self.random.choice((-40, -15, -1, 0, 5, 25, 120)),
                    key_kind="github_user_id" if by_id else "login",
                ),
            )
        low = self.people[6].login(self.as_of)
        self.facts.add(
            "raw_filedrop.adjustments",
            rows.adjustment(self.day(0.2), self.next_id("AD"), low, -400),
            rows.adjustment(self.day(0.4), self.next_id("AD"), low, 40),
            rows.adjustment(self.day(0.4), self.next_id("AD"), low, 500, requested_by="bob"),
            rows.adjustment(self.day(0.4), self.next_id("AD"), "stranger", 500),
            rows.adjustment(
                self.day(0.4), self.next_id("AD"), "999999", 500, key_kind="github_user_id"
            ),
        )

    # --- who is who --------------------------------------------------------------------------

    def email(self, number: int) -> str:
        return f"dev-{number}@acme.example"

    def add_emails(self) -> None:
        """Verified addresses, one of two people at once, one that changes hands, one of a stranger
        to all other lists.
        """
        for day in (self.day(0.15), self.day(0.75)):
            for person in self.people[:6]:
                number = person.user_id - 1000
                address = self.email(number).title() if number % 2 else self.email(number)
                self.add_email(day, person, address)
            self.add_email(day, self.people[3], "pair@acme.example")
            self.add_email(day, self.people[4], "Pair@acme.example")
        self.add_email(self.day(0.15), self.people[5], "desk@acme.example")
        self.add_email(self.day(0.75), self.people[0], "desk@acme.example")
        self.facts.add(
            "raw_github.member_emails",
            rows.member_email(self.day(0.75), 1900, "newcomer", "newcomer@acme.example"),
        )

    def add_email(self, day: date, person: Person, address: str) -> None:
        self.facts.add(
            "raw_github.member_emails",
            rows.member_email(day, person.user_id, person.login(day), address),
        )

    def add_people(self) -> None:
        """Tables of people: Snowflake's by number, a file's by address. Number 8 has left the
        later snapshot; number 6 was another one's in the earlier; number 10 is another one's in the
        file; 777001 GitHub never shows.
        """
        for day in (self.day(0.2), self.day(0.8)):
            is_later = day > self.day(0.5)
            for number in range(6, 12):
                if number == 8 and is_later:
                    continue
                known: dict[str, Any] = {"display_name": f"Person {number}"}
                if number in (6, 8, 10):
                    known["github_user_id"] = 1000 + number
                if number == 6 and not is_later:
                    known["github_user_id"] = 1005
                if number in (7, 11):
                    known["github_login"] = self.people[number].login(day).upper()
                if number == 9 and is_later:
                    known["email"] = self.email(2)
                self.facts.add("raw_snowflake.people", rows.person(day, f"E{number:02}", **known))
            self.facts.add(
                "raw_snowflake.people",
                rows.person(
                    day,
                    "E77",
                    display_name="Uma Unseen",
                    email="uma@acme.example",
                    github_login="uma",
                    github_user_id=777001,
                ),
                rows.person(day, "E78", github_login="svc-uma", github_user_id=777002),
                rows.person(day, "E79", display_name="Nobody at GitHub"),
            )
        day = self.day(0.6)
        listed = (
            (
                "six@acme.example",
                {"employee_id": "E06", "github_user_id": 1006, "display_name": "Six of the file"},
            ),
            ("ten@acme.example", {"employee_id": "E10", "github_login": "dev-0"}),
            ("DEV-12@acme.example", {"github_login": "Dev-12", "display_name": "Twelve, Ms"}),
            ("mapped@acme.example", {"employee_id": "E13", "display_name": "By Map"}),
        )
        self.facts.add(
            "raw_filedrop.people",
            *(rows.person(day, key, "email", scope="people.csv", **said) for key, said in listed),
            rows.person(day, "Dev-3", "login", scope="people.csv", email="three@acme.example"),
        )

    def add_maps(self) -> None:
        """Identity maps: Snowflake's learns keys late and forgets one; a file's contradicts it."""
        early, late = self.day(0.1), self.day(0.7)
        snapshots = {
            early: (("snowflake", "M1", 1001), ("snowflake", "M2", 1002), ("file", "M3", 1003)),
            late: (
                ("snowflake", "M1", 1001),
                ("snowflake", "late@home.example", 1012),
                ("snowflake", "M4", 1004),
                ("file", "M3", 1003),
                ("file", "M4", 777003),
                ("file", "m5", 1005),
                ("snowflake", "M6", 1018),
            ),
            self.as_of + timedelta(days=1): (("snowflake", "M9", 1001),),
        }
        for day, lines in snapshots.items():
            self.facts.add(
                "raw_snowflake.identity_map", *(rows.mapping(day, *line) for line in lines)
            )
        self.facts.add(
            "raw_filedrop.identity_map",
            rows.mapping(early, "snowflake", "M1", 1013, scope="other.csv"),
            rows.mapping(late, "filedrop", "M3", 1014, scope="map.csv"),
            rows.mapping(late, "file", "mapped@ACME.example", 1015, scope="map.csv"),
            rows.mapping(early, "snowflake", "M4", 1017, scope="other.csv"),
            rows.mapping(late, "snowflake", "M4", 1016, scope="map.csv"),
            rows.mapping(late, "snowflake", "M4", 1019, scope="map.csv"),
            rows.mapping(late, "file", "1003", 1004, scope="map.csv"),
        )

    def add_keyed_facts(self) -> None:
        """What Snowflake and files say of people by all kinds of keys."""
        keys = [
            *((f"E{number:02}", "employee_id") for number in (6, 7, 8, 9, 10, 11, 13, 77, 78, 79)),
            *((self.email(number).upper(), "email") for number in (0, 1, 2, 12, 20)),
            *(
                (address, "email")
                for address in (
                    "pair@acme.example",
                    "desk@acme.example",
                    "six@acme.example",
                    "ten@acme.example",
                    "three@acme.example",
                    "uma@acme.example",
                    "newcomer@acme.example",
                    "late@home.example",
                    "mapped@acme.example",
                )
            ),
            *((f"M{number}", "employee_id") for number in (1, 2, 3, 4, 5, 6, 9)),
            ("m5", "employee_id"),
            ("M5", "login"),
            *((key, "github_user_id") for key in ("1003", "1007", "777004", "01007", "x")),
            ("dev-4", "login"),
        ]
        for key, kind in keys:
            for _ in range(self.random.randint(1, 6)):
                self.add_keyed_fact(key, kind, self.day(self.random.random()))
            self.add_keyed_fact(key, kind, self.start)

    def add_keyed_fact(self, key: str, kind: str, day: date) -> None:
        pick = self.random.choice
        schema, scope = pick((("raw_snowflake", "training"), ("raw_filedrop", "inbox.csv")))
        metrics = ("snowflake.tasks_completed", "file.talks", "file.talks", "file.mentoring")
        for table, fact in (
            (None, rows.amount(day, key, pick(metrics), pick(AMOUNTS), key_kind=kind)),
            (
                "challenge_attempts",
                rows.submission(
                    day,
                    key,
                    pick(("sql_basics", "advanced_sql", "testing")),
                    pick(SCORES),
                    key_kind=kind,
                    submitted_at=rows.noon(day) + timedelta(seconds=pick(range(9_000))),
                ),
            ),
            ("leave", rows.leave(day, key, kind)),
        ):
            if table is None:
                is_file = fact["metric"].startswith("file.")
                path = "raw_filedrop.activity" if is_file else "raw_snowflake.metrics"
                self.facts.add(path, fact)
            elif self.random.random() < 0.3:
                self.facts.add(f"{schema}.{table}", fact | {"scope": scope})

    def add_seats(self) -> None:
        """Snapshots of seats, in both organisations and the enterprise; one holder is deleted."""
        for day in (self.day(0.5), self.day(0.9), self.as_of + timedelta(days=1)):
            for person in self.people[:12]:
                for scope in (*person.scopes, ENTERPRISE)[person.user_id % 2 :]:
                    self.facts.add(
                        "raw_copilot.seats",
                        rows.seat(
                            day,
                            person.user_id,
                            person.login(day),
                            scope=scope,
                            plan_type="enterprise" if scope == ENTERPRISE else "business",
                            last_activity_at=self.random.choice((None, rows.noon(day))),
                            pending_cancellation_date=self.random.choice((None, None, day)),
                        ),
                    )
            self.facts.add(
                "raw_copilot.seats",
                rows.seat(day, None, None),
                rows.seat(day, 1901, "never-worked"),
            )

    # --- teams, and who wants to be left out --------------------------------------------------

    def add_teams(self, scope: str, team_ids: tuple[int, ...], people: list[Person]) -> None:
        """Snapshots in which people are in up to three teams at once and move; the last comes
        after the as-of day. The third team lies under the first.
        """
        dice = Random(f"teams-{self.seed}-{scope}")

        def drawn() -> list[int]:
            return dice.sample(team_ids, min(len(team_ids), dice.choice((0, 1, 1, 1, 2, 3))))

        teams_of = {person.user_id: drawn() for person in people}
        day = self.start + timedelta(days=dice.randint(0, 9))
        while day <= self.as_of + timedelta(days=12):
            for place, team_id in enumerate(team_ids):
                parent = team_ids[0] if place == 2 else None
                name = f"Team {team_id} of {day.month}"
                self.facts.add(
                    "raw_github.teams",
                    rows.team(day, team_id, scope, name=name, parent_team_id=parent),
                )
            for person in people:
                if dice.random() < 0.15:
                    teams_of[person.user_id] = drawn()
                if not person.is_there(day) or day > person.member_until:
                    continue
                self.facts.add(
                    "raw_github.team_members",
                    *(
                        rows.team_member(
                            day, team_id, person.user_id, person.login(day), scope=scope
                        )
                        for team_id in teams_of[person.user_id]
                    ),
                )
            day += timedelta(days=dice.randint(4, 12))

    def add_opting(self, people: list[Person]) -> None:
        """Out; out, then in; in, then out; both on one day; one of nobody's, one to come."""
        statements = (
            (("out", 0.3),),
            (("out", 0.3), ("in", 0.75)),
            (("in", 0.2), ("out", 0.8)),
            (("out", 0.5), ("in", 0.5)),
            (("in", 0.6),),
        )
        for number, person in enumerate(people):
            for way, share in statements[number % len(statements)]:
                by_id = number % 2 == 1
                key = str(person.user_id) if by_id else person.login(self.as_of).upper()
                self.facts.add(
                    f"raw_filedrop.opt_{way}s",
                    rows.opting(self.day(share), key, "github_user_id" if by_id else "login"),
                )
        later = self.as_of + timedelta(days=1)
        self.facts.add(
            "raw_filedrop.opt_outs",
            rows.opting(self.day(0.2), "stranger"),
            rows.opting(later, self.people[0].login(self.as_of)),
        )

    def add_revocations(self, people: list[Person]) -> None:
        """Of badges that most people have, in a season and not; one that nobody else signed."""
        for number, person in enumerate(people):
            badge_id = ("xp_once", "streak_season", "days", "merges")[number % 4]
            season = season_of(self.day(0.4)) if badge_id == "streak_season" else None
            self.facts.add(
                "raw_filedrop.adjustments",
                rows.adjustment(
                    self.day(0.6 + 0.05 * (number % 8)),
                    self.next_id("RE"),
                    person.login(self.as_of),
                    -50,
                    badge_id=badge_id,
                    season=season,
                    requested_by="bob" if number % 6 == 5 else "ann",
                ),
            )

    def add_team_missions(self) -> None:
        """Of all periods and both aggregates."""
        pick = Random(f"team-missions-{self.seed}").choice
        merged, reviewed = "github.pull_requests_merged", "github.reviews_given"

        def mission(*args: Any, **given: Any) -> None:
            self.facts.add("raw_rules.missions", rows.mission(*args, **given, scope="team"))

        mission("team_day", reviewed, pick((3, 5)), "day", base_xp=15, badge_id="by_team")
        mission("team_day_days", merged, 2, "day", aggregate="days", base_xp=25)
        mission("team_week", merged, pick((6, 9)), "week", pass_threshold=Decimal(60))
        mission("team_week_days", "copilot.active_day", pick((7, 11)), "week", aggregate="days")
        mission("team_month", "snowflake.tasks_completed", pick((40, 90)), "month", base_xp=75)
        mission("team_month_days", reviewed, pick((12, 30)), "month", aggregate="days")
        mission("team_once", "copilot.lines_added", pick((3_000, 20_000)), "once", base_xp=200)
        mission("team_once_days", merged, pick((25, 500)), "once", aggregate="days")
        mission(
            "team_clipped",
            "github.issues_closed",
            "4.5",
            "week",
            base_xp=33,
            valid_from=self.day(0.3),
            valid_to=self.day(0.8),
        )
        mission("team_draft", merged, 1, "week", is_published=False)
        by_team = {"type": "mission", "mission_id": "team_week"}
        for path, badge_rows in rows.badge("of_team", by_team, repeat="season").items():
            self.facts.add(path, *badge_rows)
        never = {"type": "xp", "target": 1_000_000}
        for path, badge_rows in rows.badge("by_team", never).items():
            self.facts.add(path, *badge_rows)

    def add_whole(self) -> None:
        """What makes the game whole: nobody's dice of the rest fall otherwise for it."""
        self.add_team_missions()
        for scope, ids in ((ACME, (9, 10, 11, 200)), (GLOBEX, (9_000, 10_000))):
            self.add_teams(scope, ids, [p for p in self.people if scope in p.scopes])
        self.add_opting(self.people[3:8])
        self.add_revocations(self.people[:3] + self.people[7:17])

    # --- the rule pack -----------------------------------------------------------------------

    def add_pack(self) -> None:
        pick = self.random.choice
        bonus = pick(((5, 50), (5, 50), (3, 12), (None, None)))
        self.facts.add(
            "raw_rules.packs",
            rows.pack(
                level_curve=pick(("sqrt_100", "geometric_115")),
                daily_activity_cap=pick((None, 25, 60, 150)),
                xp_requires_pass=pick((True, True, False)),
                freezes_start=pick((0, 1, 3)),
                freezes_cap=pick((3, 3, 5)),
                freezes_refill_every=pick((5, 20)),
                streak_bonus_per_day=bonus[0],
                streak_bonus_cap=bonus[1],
                max_pending_days=pick((0, 3, 7, 7, 7)),
            ),
        )
        self.facts.add("raw_rules.metrics", *map(rows.metric, METRICS))
        qualifying = pick(
            (
                (
                    "copilot.active_day",
                    "github.pull_requests_merged",
                    "github.reviews_given",
                    "github.issues_closed",
                ),
                ("copilot.active_day",),
                ("github.reviews_given", "snowflake.tasks_completed"),
            )
        )
        self.facts.add("raw_rules.qualifying_metrics", *({"metric": m} for m in qualifying))
        weekdays = pick(((1, 2, 3, 4, 5), (1, 2, 3, 4, 5), (7, 1, 2, 3, 4)))
        self.facts.add("raw_rules.working_days", *({"iso_weekday": n} for n in weekdays))
        holidays = {self.day(self.random.random()) for _ in range(5)}
        self.facts.add(
            "raw_rules.holidays",
            *({"date_day": day, "holiday_name": f"Holiday {day}"} for day in sorted(holidays)),
        )
        patterns = pick((("svc-*",), ("*[bot]", "svc-*")))  # `[bot]` holds without a pattern
        self.facts.add(
            "raw_rules.bot_patterns",
            *({"pattern": p, "like_pattern": p.replace("*", "%")} for p in patterns),
        )
        self.facts.add("raw_rules.excluded_repositories", {"repository": EXCLUDED})

    def add_rules(self) -> None:
        middle = self.day(0.5)
        after_gap = middle + timedelta(days=6)
        cap = self.random.choice
        self.facts.add(
            "raw_rules.xp_rules",
            rows.rule(
                "merged",
                "github.pull_requests_merged",
                20,
                daily_cap=cap((40, 60)),
                priority=20,
                valid_to=middle,
            ),
            rows.rule(
                "merged",
                "github.pull_requests_merged",
                "22.5",
                daily_cap=40,
                priority=cap((5, 20)),
                version=2,
                valid_from=middle + timedelta(days=1),
            ),
            rows.rule("reviewed", "github.reviews_given", 15, daily_cap=30, priority=10),
            rows.rule("closed", "github.issues_closed", "7.25", priority=20),
            rows.rule("copilot_day", "copilot.active_day", 10, priority=30, valid_to=middle),
            rows.rule(
                "copilot_day", "copilot.active_day", 4, priority=30, version=2, valid_from=after_gap
            ),
            rows.rule("lines", "copilot.lines_added", 1, per=37, daily_cap=5),
            rows.rule(
                "features",
                "copilot.features_used",
                "2.5",
                valid_from=self.day(0.2),
                valid_to=self.day(0.9),
            ),
            rows.rule("tasks", "snowflake.tasks_completed", 3, per=2, daily_cap=cap((6, None))),
            rows.rule("colleagues", "github.colleagues_reviewed", "0.5"),
            rows.rule("again", "github.reviews_given", 1, priority=10),
            rows.rule("talks", "file.talks", 4, daily_cap=10),
        )

    def add_missions(self) -> None:
        inside = self.day(0.45)
        pick = self.random.choice
        self.facts.add(
            "raw_rules.missions",
            rows.mission(
                "day_reviews",
                "github.reviews_given",
                pick((2, 3)),
                "day",
                base_xp=50,
                pass_threshold=Decimal(50),
            ),
            rows.mission(
                "day_tasks",
                "snowflake.tasks_completed",
                "3.2",
                "day",
                base_xp=33,
                badge_id="by_mission",
            ),
            rows.mission("week_merges", "github.pull_requests_merged", pick((3, 6)), "week"),
            rows.mission(
                "week_copilot", "copilot.active_day", 4, "week", aggregate="days", base_xp=75
            ),
            rows.mission(
                "week_lines",
                "copilot.lines_added",
                500,
                "week",
                base_xp=50,
                pass_threshold=Decimal("66.6667"),
            ),
            rows.mission(
                "week_changed", "github.reviews_given", 6, "week", base_xp=75, valid_to=inside
            ),
            rows.mission(
                "week_changed",
                "github.reviews_given",
                "4.5",
                "week",
                base_xp=75,
                version=2,
                valid_from=inside + timedelta(days=1),
            ),
            rows.mission("week_tasks", "snowflake.tasks_completed", "7.5", "week", base_xp=200),
            rows.mission(
                "month_days",
                "github.pull_requests_merged",
                9,
                "month",
                aggregate="days",
                base_xp=200,
            ),
            rows.mission("month_issues", "github.issues_closed", 6, "month", valid_from=inside),
            rows.mission(
                "once_merges",
                "github.pull_requests_merged",
                pick((15, 40)),
                "once",
                base_xp=200,
                badge_id="by_condition",
            ),
            rows.mission(
                "once_short",
                "copilot.languages_used",
                30,
                "once",
                valid_from=self.day(0.2),
                valid_to=self.day(0.7),
            ),
            rows.mission("month_mentor", "file.mentoring", "5.5", "month", base_xp=75),
            rows.mission("draft_week", "github.reviews_given", 1, "week", is_published=False),
            rows.challenge("sql_basics", base_xp=50),
            rows.challenge("advanced_sql", base_xp=75, badge_id="by_challenge"),
            rows.challenge(
                "testing",
                base_xp=200,
                pass_threshold=Decimal(85),
                valid_from=self.day(0.3),
                valid_to=self.day(0.8),
            ),
            rows.challenge("draft", is_published=False),
        )

    def badges(self) -> Iterator[dict[str, list[dict[str, Any]]]]:
        pick = self.random.choice
        merges = {"type": "metric", "metric": "github.pull_requests_merged"}
        tasks = {"type": "metric", "metric": "snowflake.tasks_completed"}
        languages = {"type": "distinct_values", "metric": "copilot.languages_used"}
        colleagues = {"type": "distinct_values", "metric": "github.colleagues_reviewed"}
        passed = {"type": "attempt_count", "status": "passed"}
        streak = {"type": "consecutive_days"}
        days = {"type": "distinct_days"}
        season = {"repeat": "season"}
        yield rows.badge("xp_once", {"type": "xp", "target": pick((100, 500))})
        yield rows.badge("xp_season", {"type": "xp", "target": pick((200, 900))}, **season)
        yield rows.badge("merges", merges | {"target": pick((10, 30))})
        yield rows.badge(
            "merges_soon", merges | {"target": 8, "window_days": 10}, valid_from=self.day(0.5)
        )
        yield rows.badge("tasks_season", tasks | {"target": "20.25"}, **season)
        yield rows.badge("tasks_soon_season", tasks | {"target": "9.5", "window_days": 5}, **season)
        yield rows.badge("mentor", {"type": "metric", "metric": "file.mentoring", "target": 6})
        yield rows.badge("languages", languages | {"target": 5})
        yield rows.badge("languages_soon", languages | {"target": 4, "window_days": 7}, **season)
        yield rows.badge("colleagues", colleagues | {"target": pick((4, 8))})
        yield rows.badge("passed", passed | {"target": pick((3, 20))}, xp_reward=150)
        yield rows.badge(
            "completed_season",
            {"type": "attempt_count", "target": 5, "status": "completed"},
            **season,
        )
        yield rows.badge("completed", {"type": "attempt_count", "target": 1, "status": "completed"})
        yield rows.badge("perfect", {"type": "perfect_count", "target": pick((2, 10))})
        yield rows.badge("streak", streak | {"target": pick((5, 20))})
        yield rows.badge("streak_season", streak | {"target": pick((3, 8))}, **season)
        yield rows.badge("days", days | {"target": pick((10, 40))}, valid_to=self.day(0.7))
        yield rows.badge(
            "copilot_days", days | {"target": 15, "metric": "copilot.active_day"}, **season
        )
        yield rows.badge("of_mission", {"type": "mission", "mission_id": "week_changed"})
        yield rows.badge(
            "of_challenge",
            {"type": "mission", "mission_id": "advanced_sql"},
            valid_from=self.day(0.6),
        )
        yield rows.badge(
            "of_mission_season", {"type": "mission", "mission_id": "month_days"}, **season
        )
        yield rows.badge(
            "all",
            merges | {"target": 5, "window_days": 12},
            streak | {"target": 3},
            languages | {"target": 3},
        )
        yield rows.badge(
            "all_season",
            passed | {"target": 2},
            days | {"target": 8},
            {"type": "xp", "target": 60},
            **season,
        )
        yield rows.badge("by_mission", {"type": "xp", "target": 1_000_000}, **season)
        yield rows.badge("by_condition", merges | {"target": 25})
        yield rows.badge(
            "by_challenge", {"type": "perfect_count", "target": 60}, valid_from=self.day(0.4)
        )
        yield rows.badge("changed", tasks | {"target": 60}, valid_to=self.day(0.6))
        yield rows.badge(
            "changed",
            tasks | {"target": 25},
            version=2,
            xp_reward=75,
            valid_from=self.day(0.6) + timedelta(days=1),
        )
        yield rows.badge(
            "not_yet", {"type": "xp", "target": 1}, valid_from=self.as_of + timedelta(days=1)
        )

    def write(self, is_whole: bool = False) -> Facts:
        self.facts.add(
            "ops.nights",
            rows.night(
                self.as_of,
                matches_logins=self.seed % 4 != 1,
                matches_emails=False if self.seed % 5 == 3 else None,
            ),
        )
        self.add_pack()
        self.add_rules()
        self.add_missions()
        for badge in self.badges():
            for path, badge_rows in badge.items():
                self.facts.add(path, *badge_rows)
        self.add_source_days()
        self.add_members()
        self.add_work()
        self.add_strangers()
        self.add_leave()
        self.add_submissions()
        self.add_adjustments()
        self.add_emails()
        self.add_people()
        self.add_maps()
        self.add_keyed_facts()
        self.add_seats()
        if is_whole:
            self.add_whole()
        return self.facts


def generate(
    seed: int,
    people: int = 40,
    days: int | None = None,
    is_whole: bool = False,
) -> Facts:
    """A history of its own for every seed; the same seed gives the same rows.

    Args:
        is_whole: with teams, opt-outs and revocations.
        people: accounts, bots and outsiders included (at least 21).
        days: length up to the as-of day; None: 120 to 200, every second one ending early in a
            month, so that closed months still wait for pending days.
    """
    return History(seed, people, days).write(is_whole)
