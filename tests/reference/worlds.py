"""Many small histories in one: hundreds of companies that share a rule pack and a calendar.

Each company is a history of a few people and weeks in organisations, teams and pull requests of its
own; what they share (the pack, late sources, the boards) makes a thousand of them a few builds.
"""

from datetime import date, timedelta
from random import Random
from typing import Any

from . import rows
from .facts import Facts
from .histories import ACME, History, Person

STYLES = ("steady", "eager", "half", "half", "bursty", "weekend", "rare", "rare")
SIZES = (2, 2, 3, 3, 4, 5, 7)


class World(History):
    """A history whose people fall into companies."""

    def __init__(self, seed: int, companies: int, days: int) -> None:
        self.companies = companies
        self.reviewable: dict[int, list[dict[str, Any]]] = {}
        super().__init__(seed, 0, days)

    def make_people(self, count: int) -> list[Person]:
        people: list[Person] = []
        for company in range(self.companies):
            dice = Random(f"company-{self.seed}-{company}")
            of_company = [
                Person(
                    10_000 + 10 * company + n,
                    [(date.min, f"C{company}-{n}")],
                    dice.choice(STYLES),
                    f"{self.seed}-{company}-{n}",
                    company=company,
                )
                for n in range(dice.choice(SIZES))
            ]
            self.make_awkward(of_company[-1], of_company[0], dice)
            people += of_company
        return people

    def make_awkward(self, person: Person, first: Person, dice: Random) -> None:
        """Half of the companies have somebody who is not like the others."""
        match dice.randrange(12):
            case 0:
                person.absent = (self.day(0.6), date.max)
            case 1:
                person.member_until = self.day(0.5)
            case 2:
                person.absent = (date.min, self.day(0.4))
            case 3:
                person.is_member = False
            case 4:
                person.type = "Bot"
            case 5:
                person.luck, person.style = first.luck, first.style

    def scope_of(self, company: int) -> str:
        return f"org:c{company:03}"

    def latest_pull_requests(self, person: Person) -> list[dict[str, Any]]:
        return self.reviewable[person.company][-8:]

    def open_pull_request(self, author: Person | None, scope: str) -> dict[str, Any]:
        pull_request = super().open_pull_request(author, scope)
        if author is not None:
            self.reviewable.setdefault(author.company, []).append(pull_request)
        return pull_request

    def add_members(self) -> None:
        for day in (self.day(0.1), self.day(0.55), self.day(0.9)):
            for person in self.people:
                is_member = person.is_member and day <= person.member_until
                if is_member and person.is_there(day):
                    self.facts.add(
                        "raw_github.members",
                        rows.member(
                            day,
                            person.user_id,
                            person.login(day),
                            self.scope_of(person.company),
                            type=person.type,
                        ),
                    )

    def write(self, is_whole: bool = True) -> Facts:
        self.facts.add("ops.nights", rows.night(self.as_of))
        self.add_pack()
        self.add_rules()
        self.add_missions()
        self.add_team_missions()
        for badge in self.badges():
            for path, badge_rows in badge.items():
                self.facts.add(path, *badge_rows)
        self.add_source_days()
        self.add_members()
        for company in range(self.companies):
            self.open_pull_request(self.first_of(company), ACME)
        self.add_work()
        self.add_strangers()
        self.add_leave()
        self.add_submissions()
        self.add_adjustments()
        for company in range(self.companies):
            of_company = [person for person in self.people if person.company == company]
            ids = (9_000_000 + company, 10_000_000 + company, 11_000_000 + company)
            several = ids[: 1 + company % 3]
            self.add_teams(self.scope_of(company), several, of_company)
        dice = Random(f"opting-{self.seed}")
        self.add_opting(dice.sample(self.people, len(self.people) // 12))
        self.add_revocations(dice.sample(self.people, len(self.people) // 8))
        return self.facts

    def first_of(self, company: int) -> Person:
        return next(person for person in self.people if person.company == company)


def generate_world(seed: int, companies: int, days: int = 24) -> Facts:
    """A world of its own for every seed, of at least 4 companies; the same seed gives the same
    rows.
    """
    return World(seed, companies, days).write()


def ends_of_nights(facts: Facts, count: int, dice: Random) -> list[date]:
    """As-of days that lead to the facts' own; two nights may have the same."""
    back = sorted((dice.randint(0, 12) for _ in range(count - 1)), reverse=True)
    return [*(facts.as_of - timedelta(days=days) for days in back), facts.as_of]
