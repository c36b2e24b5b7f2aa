"""The made-up organisation of the demo: 60 developers in 8 teams over 120 days, from a seed.

It is uneven like real ones: people differ a lot, weekends are quiet, many Copilot rows are all
zero. Some people are special, so that the demo shows what the rules do with them: a bot, a
part-timer (Monday to Wednesday), a leaver, one who never does anything, one in two teams, one
whose login changed, and a contractor whom only Snowflake knows.
"""

import json
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from ingest.simulator.copilot_rows import copilot_row, user_team_rows
from ingest.simulator.organisation import (
    Company,
    Organisation,
    Person,
    Team,
    moment,
    pull_request_of,
    review_of,
)

DAYS = 120
END_DAY = date(2026, 10, 30)
FIRST_DAY = END_DAY - timedelta(days=DAYS - 1)
END = datetime.combine(END_DAY, time.max, UTC)
HOLIDAYS = {date(2026, 9, 7)}

FIRST_NAMES = (
    "ada", "aiko", "amara", "anton", "bela", "bilal", "carla", "chidi", "clara", "dario", "dina",
    "eero", "elif", "emeka", "esra", "farah", "felix", "fiona", "gita", "goran", "hana", "hugo",
    "ida", "imani", "ines", "ivan", "jaya", "jonas", "kai", "kemal", "lena", "leo", "lina", "luca",
    "maja", "malik", "mara", "mateo", "mila", "nadia", "nils", "noor", "olga", "omar", "paula",
    "petra", "quinn", "rafa", "rosa", "sami", "sara", "sven", "tariq", "tess", "uma", "viktor",
    "wanda", "yara", "yusuf", "zoe",
)  # fmt: skip
SURNAMES = (
    "quill", "brandt", "okafor", "silva", "novak", "haddad", "moreau", "lindqvist", "tanaka",
    "rossi", "keller", "mbeki", "dvorak", "ahmed", "garcia", "virtanen",
)  # fmt: skip
TEAM_NAMES = ("Platform", "Payments", "Search", "Mobile", "Data", "Security", "Web", "Web Growth")
PARENTS = {"web-growth": "web"}
REPOSITORIES = ("api", "web", "mobile", "search", "data-pipelines", "infrastructure")
CHALLENGES = (
    "sql_basics", "git_mastery", "secure_coding", "testing_essentials", "prompt_craft",
    "incident_response", "system_design",
)  # fmt: skip
TIME_ZONES = (-8, -5, -3, 0, 0, 1, 1, 1, 2, 5.5, 9)

RENAMED, LEAVER, PART_TIMER, IDLE, TWO_TEAMS = 11, 17, 23, 41, 3
LEFT_AFTER = FIRST_DAY + timedelta(days=61)
RENAMED_AFTER = FIRST_DAY + timedelta(days=48)
FORMER_LOGIN = "old-handle"
CONTRACTOR = "contractor-jo"
BOT = Person(9_000_001, "acme-updates[bot]", is_bot=True)
#: One pull request is discussed at such length that its reviews fill more than a page.
LONG_DISCUSSION, LONG_DISCUSSION_REVIEWS = 500, 130


@dataclass
class Developer:
    """A person with the rates that make them up (per working day) and the days they work."""

    person: Person
    team: int
    hours_from_utc: float
    pull_request_rate: float
    review_rate: float
    copilot_rate: float
    days: set[date] = field(default_factory=set)
    leave: list[date] = field(default_factory=list)


def seeded_organisation(seed: int) -> Organisation:
    """The organisation `acme` of this seed; the same seed gives the same one on every machine."""
    developers = _developers(random.Random(f"people {seed}"))
    drafts = sorted(
        [
            *_pull_requests(developers, random.Random(f"pull requests {seed}")),
            *_issues(developers, random.Random(f"issues {seed}")),
        ],
        key=lambda draft: (draft["repository"], draft["created_at"]),
    )
    pull_requests: list[dict[str, Any]] = []
    issues: dict[str, list[dict[str, Any]]] = {f"acme/{name}": [] for name in REPOSITORIES}
    for draft in drafts:
        listed = issues[draft["repository"]]
        number = len(listed) + 1
        if "size" in draft:
            pull_requests.append(pull_request_of(number=number, **draft))
            listed.append(_as_issue(pull_requests[-1], draft))
        else:
            listed.append({"number": number, **draft})
    teams = _teams(developers)
    copilot, copilot_teams = _copilot(developers, teams, seed)
    return Organisation(
        first_day=FIRST_DAY,
        last_day=END_DAY,
        members=[d.person for i, d in enumerate(developers) if i != LEAVER],
        pull_requests=pull_requests,
        repositories=list(issues),
        teams=teams,
        issues=issues,
        copilot=copilot,
        copilot_teams=copilot_teams,
        company=_company(developers, random.Random(f"company {seed}")),
    )


def _developers(rng: random.Random) -> list[Developer]:
    developers = []
    for number, name in enumerate(FIRST_NAMES):
        login = f"{name}-{SURNAMES[number % len(SURNAMES)]}"
        energy = rng.lognormvariate(-0.2, 0.6)
        developer = Developer(
            person=Person(1001 + number, login),
            team=number % len(TEAM_NAMES),
            hours_from_utc=rng.choice(TIME_ZONES),
            pull_request_rate=min(0.45 * energy * rng.lognormvariate(0, 0.4), 2.5),
            review_rate=energy * rng.lognormvariate(0, 0.8),
            copilot_rate=rng.betavariate(2.2, 1.1),
        )
        holidays = _holidays(rng)
        for day in (FIRST_DAY + timedelta(days=n) for n in range(DAYS)):
            if number == IDLE or (number == LEAVER and day > LEFT_AFTER):
                continue
            is_weekday = day.weekday() < 5 and day not in HOLIDAYS
            is_away = day in holidays or rng.random() < 0.015
            if number == PART_TIMER:
                is_away = is_away or day.weekday() > 2
            if is_weekday and is_away:
                developer.leave.append(day)
            elif is_weekday or (not is_away and rng.random() < 0.05):
                developer.days.add(day)
        developers.append(developer)
    return developers


def _holidays(rng: random.Random) -> set[date]:
    """One or two runs of one or two weeks."""
    away: set[date] = set()
    for _ in range(rng.choice((1, 1, 2))):
        start = FIRST_DAY + timedelta(days=rng.randrange(DAYS))
        away |= {start + timedelta(days=n) for n in range(rng.choice((5, 7, 12)))}
    return away


def _teams(developers: list[Developer]) -> list[Team]:
    teams = []
    for number, name in enumerate(TEAM_NAMES):
        slug = name.lower().replace(" ", "-")
        members = [
            developer.person
            for index, developer in enumerate(developers)
            if index != LEAVER
            and (developer.team == number or (index == TWO_TEAMS and number == 4))
        ]
        teams.append(Team(501 + number, slug, name, tuple(members), PARENTS.get(slug)))
    return teams


def _at(day: date, developer: Developer | None, rng: random.Random) -> datetime:
    """A moment of somebody's office hours, in UTC."""
    local = datetime.combine(day, time(8), UTC) + timedelta(seconds=rng.randrange(10 * 3600))
    return local - timedelta(hours=developer.hours_from_utc if developer else 0)


def _poisson(rng: random.Random, mean: float) -> int:
    count, product, limit = 0, rng.random(), math.exp(-mean)
    while product > limit:
        count, product = count + 1, product * rng.random()
    return count


def _present(developers: list[Developer]) -> dict[date, list[Developer]]:
    days = (FIRST_DAY + timedelta(days=n) for n in range(DAYS))
    return {day: [d for d in developers if day in d.days] for day in days}


def _pull_requests(developers: list[Developer], rng: random.Random) -> Iterator[dict[str, Any]]:
    present = _present(developers)
    number = 0
    for day, people in present.items():
        authors = [d for d in people for _ in range(_poisson(rng, d.pull_request_rate))]
        bots = [None] if people and day.weekday() < 5 and rng.random() < 0.6 else []
        for author in [*authors, *bots]:
            number += 1
            created = _at(day, author, rng)
            if created > END:
                continue
            closed = created + timedelta(hours=rng.lognormvariate(math.log(9), 1.3))
            fate = rng.random()
            is_closed = closed <= END and fate > 0.05
            is_merged = is_closed and fate > 0.09
            repository = f"acme/{REPOSITORIES[_repository(author, rng)]}"
            person = author.person if author else BOT
            count = rng.choices((0, 1, 2, 3, 4), (20, 45, 22, 9, 4))[0]
            if number == LONG_DISCUSSION:
                count = LONG_DISCUSSION_REVIEWS
            until = min(closed if is_closed else END, created + timedelta(days=6))
            reviews = list(_reviews(present, author, created, until, count, number, rng))
            yield {
                "repository": repository,
                # GitHub shows the pull requests of deleted users without an author.
                "author": None if rng.random() < 0.01 else person,
                "created_at": moment(created),
                "merged_at": moment(closed) if is_merged else None,
                "closed_at": moment(closed) if is_closed else None,
                "merged_by": rng.choice(people).person if is_merged else None,
                "size": (
                    int(rng.lognormvariate(3.5, 1.4)),
                    int(rng.lognormvariate(2.5, 1.5)),
                    1 + int(rng.lognormvariate(0.8, 0.9)),
                ),
                "labels": rng.sample(("bug", "enhancement", "dependencies"), rng.choice((0, 0, 1))),
                "reviews": reviews,
            }


def _repository(author: Developer | None, rng: random.Random) -> int:
    """Most work is in the team's own repository."""
    if author is None or rng.random() < 0.25:
        return rng.randrange(len(REPOSITORIES))
    return author.team % len(REPOSITORIES)


def _reviews(
    present: dict[date, list[Developer]], author: Developer | None, created: datetime,
    until: datetime, count: int, number: int, rng: random.Random,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    for index in range(count):
        submitted = created + (until - created) * rng.random()
        if rng.random() < 0.02:  # some come after the merge
            submitted = min(until + timedelta(hours=20 * rng.random()), END)
        colleagues = [d for d in present.get(submitted.date(), []) if d is not author]
        if not colleagues:
            continue
        weights = [d.review_rate * (3 if author and d.team == author.team else 1)
                   for d in colleagues]  # fmt: skip
        reviewer: Person | None = rng.choices(colleagues, weights)[0].person
        state = rng.choices(("APPROVED", "COMMENTED", "CHANGES_REQUESTED"), (60, 28, 12))[0]
        kind = rng.random()
        if kind < 0.05 and author:
            reviewer, state = author.person, "COMMENTED"
        elif kind < 0.09:
            reviewer, state = BOT, "COMMENTED"
        elif kind < 0.095:
            reviewer = None
        elif kind < 0.115:
            state = "PENDING"
        moment_submitted = None if state == "PENDING" else moment(submitted)
        yield review_of(reviewer, state, moment_submitted, "review", number, index)


def _issues(developers: list[Developer], rng: random.Random) -> Iterator[dict[str, Any]]:
    for day, people in _present(developers).items():
        for _ in range(_poisson(rng, len(people) / 14)):
            opener = rng.choice(people)
            created = _at(day, opener, rng)
            closed = created + timedelta(hours=rng.lognormvariate(math.log(60), 1.2))
            if created > END:
                continue
            is_closed = closed <= END and rng.random() > 0.2
            closers = _present_on(developers, closed.date()) if is_closed else []
            is_closed = bool(closers)
            candidates = closers or people
            count = min(rng.choice((0, 1, 1, 1, 2)), len(candidates))
            reason = rng.choices(("completed", "not_planned", None), (80, 17, 3))[0]
            yield {
                "repository": f"acme/{REPOSITORIES[_repository(opener, rng)]}",
                "is_pull_request": False,
                "state": "closed" if is_closed else "open",
                "state_reason": reason if is_closed else None,
                "created_at": moment(created),
                "updated_at": moment(closed if is_closed else created),
                "closed_at": moment(closed) if is_closed else None,
                "user": opener.person,
                "closed_by": rng.choice(closers).person if is_closed else None,
                "assignees": [each.person for each in rng.sample(candidates, count)],
            }


def _present_on(developers: list[Developer], day: date) -> list[Developer]:
    return [developer for developer in developers if day in developer.days]


def _as_issue(pull_request: dict[str, Any], draft: dict[str, Any]) -> dict[str, Any]:
    """GitHub's lists of issues hold the pull requests too."""
    return {
        "number": pull_request["number"],
        "is_pull_request": True,
        "state": "open" if pull_request["state"] == "OPEN" else "closed",
        "state_reason": None,
        "created_at": pull_request["createdAt"],
        "updated_at": pull_request["updatedAt"],
        "closed_at": pull_request["closedAt"],
        "merged_at": pull_request["mergedAt"],
        "user": draft["author"],
        "closed_by": draft["merged_by"],
        "assignees": [],
    }


Reports = dict[date, list[str]]


def _copilot(developers: list[Developer], teams: list[Team], seed: int) -> tuple[Reports, Reports]:
    """A line for nearly everybody and working day, about 40 % of them all zero; and their teams."""
    reports: Reports = {}
    team_reports: Reports = {}
    for number, developer in enumerate(developers):
        rng = random.Random(f"copilot {seed} {number}")
        taste = rng.random()
        for day in (FIRST_DAY + timedelta(days=n) for n in range(DAYS)):
            if number == LEAVER and day > LEFT_AFTER:
                break
            is_at_work = day in developer.days
            if not is_at_work and rng.random() < 0.75:
                continue
            is_active = is_at_work and rng.random() < developer.copilot_rate
            login = developer.person.login
            if number == RENAMED and day <= RENAMED_AFTER:
                login = FORMER_LOGIN
            user_id = developer.person.user_id
            row = copilot_row(rng, day, user_id, login, is_active, taste)
            reports.setdefault(day, []).append(json.dumps(row, separators=(",", ":")))
            team_reports.setdefault(day, []).extend(
                json.dumps(membership, separators=(",", ":"))
                for membership in user_team_rows(day, user_id, login, teams)
            )
    return reports, team_reports


def _company(developers: list[Developer], rng: random.Random) -> Company:
    company = Company(tasks=[], training=[], absences=[])
    for developer in developers:
        login = developer.person.login
        company.absences.extend((login, day) for day in developer.leave)
        for day in sorted(developer.days):
            done = _poisson(rng, developer.pull_request_rate * 1.5)
            hours = Decimal(_poisson(rng, developer.review_rate)) / 4
            if done or hours:
                incidents = 1 if rng.random() < 0.04 else 0
                company.tasks.append(
                    (login, day, done, hours.quantize(Decimal("0.0001")), incidents)
                )
        company.training.extend(_training(developer, rng))
    for day in sorted(developers[0].days)[::6]:
        company.tasks.append((CONTRACTOR, day, 2, Decimal("1.5000"), 0))
    return company


def _training(
    developer: Developer, rng: random.Random
) -> Iterator[tuple[str, str, Decimal, datetime]]:
    """Attempts at some challenges; who tries again may do better or worse."""
    days = sorted(developer.days)
    if not days or rng.random() < 0.2:
        return
    for challenge in rng.sample(CHALLENGES, rng.randint(1, len(CHALLENGES))):
        first = rng.randrange(len(days))
        for attempt in range(rng.choice((1, 1, 1, 2, 3))):
            day = days[min(first + 3 * attempt, len(days) - 1)]
            at = _at(day, developer, rng).replace(tzinfo=None) + timedelta(seconds=attempt)
            score = 100.0 if rng.random() < 0.08 else min(rng.gauss(72 + 5 * attempt, 15), 99.5)
            yield developer.person.login, challenge, Decimal(f"{max(score, 5):.2f}"), at
