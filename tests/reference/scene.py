"""A small world for tests of the game by hand: three members, a few days, numbers as days."""

from datetime import date, timedelta
from typing import Any

from . import rows
from .facts import Facts, Row
from .game import play

MONDAY = date(2026, 1, 5)
ANN, BOB, EVE = 1, 2, 3
LOGINS = {ANN: "ann", BOB: "bob", EVE: "eve"}
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
    "snowflake.tasks",
)


def day(number: int) -> date:
    """Day 0 is a Monday."""
    return MONDAY + timedelta(days=number)


class Scene:
    """A small world: three members since day 0, Copilot days count for streaks, no bonus."""

    def __init__(self, as_of: date, **pack: Any) -> None:
        ordinary = {"streak_bonus_per_day": None, "streak_bonus_cap": None}
        self.facts = Facts()
        self.logins = dict(LOGINS)
        self.facts.add("ops.nights", rows.night(as_of))
        self.facts.add("raw_rules.packs", rows.pack(**ordinary | pack))
        self.facts.add("raw_rules.metrics", *map(rows.metric, METRICS))
        self.facts.add("raw_rules.qualifying_metrics", {"metric": "copilot.active_day"})
        self.facts.add("raw_rules.working_days", *({"iso_weekday": n} for n in range(1, 6)))
        for user_id, login in LOGINS.items():
            self.facts.add("raw_github.members", rows.member(MONDAY, user_id, login))

    def team(self, number: int, **members: int | tuple[int, ...]) -> None:
        """A snapshot: the team or teams of each login, `team(0, ann=7, bob=(7, 9))`; who is not
        named is in none.
        """
        teams = {login: (ids,) if isinstance(ids, int) else ids for login, ids in members.items()}
        for team_id in sorted({team_id for ids in teams.values() for team_id in ids}):
            self.facts.add("raw_github.teams", rows.team(day(number), team_id))
        for user_id, login in self.logins.items():
            self.facts.add(
                "raw_github.team_members",
                *(
                    rows.team_member(day(number), team_id, user_id, login)
                    for team_id in teams.get(login, ())
                ),
            )

    def joins(self, user_id: int, login: str) -> None:
        """One more member since day 0."""
        self.logins[user_id] = login
        self.facts.add("raw_github.members", rows.member(MONDAY, user_id, login))

    def opts(self, way: str, number: int, login: str) -> None:
        self.facts.add(f"raw_filedrop.opt_{way}s", rows.opting(day(number), login))

    def announce(self, *announced: Row) -> None:
        self.facts.add("ops.announced_awards", *announced)

    def rule(self, *args: Any, **given: Any) -> None:
        self.facts.add("raw_rules.xp_rules", rows.rule(*args, **given))

    def mission(self, *args: Any, **given: Any) -> None:
        self.facts.add("raw_rules.missions", rows.mission(*args, **given))

    def challenge(self, *args: Any, **given: Any) -> None:
        self.facts.add("raw_rules.missions", rows.challenge(*args, **given))

    def badge(self, badge_id: str, *conditions: dict[str, Any], **given: Any) -> None:
        for path, badge_rows in rows.badge(badge_id, *conditions, **given).items():
            self.facts.add(path, *badge_rows)

    def tasks(self, number: int, value: Any, login: str = "ann") -> None:
        self.facts.add(
            "raw_snowflake.metrics", rows.amount(day(number), login, "snowflake.tasks", value)
        )

    def submits(self, number: int, score: Any, challenge_id: str = "sql") -> None:
        self.facts.add(
            "raw_snowflake.challenge_attempts",
            rows.submission(day(number), "ann", challenge_id, score),
        )

    def uses_copilot(self, *numbers: int, user_id: int = ANN) -> None:
        self.facts.add(
            "raw_copilot.user_days",
            *(rows.copilot_day(day(number), user_id, LOGINS[user_id]) for number in numbers),
        )

    def merges(self, number: int, user_id: int = ANN, count: int = 1, **given: Any) -> None:
        self.facts.add(
            "raw_github.pull_requests",
            *(
                rows.pull_request(
                    day(number), f"PR-{user_id}-{number}-{n}", user_id, LOGINS[user_id], **given
                )
                for n in range(count)
            ),
        )

    def reviews(
        self,
        number: int,
        pull_request: str,
        author_id: int | None = BOB,
        user_id: int = ANN,
        **given: Any,
    ) -> None:
        author = None if author_id is None else LOGINS.get(author_id, f"user-{author_id}")
        self.facts.add(
            "raw_github.reviews",
            rows.review(
                day(number),
                f"R-{len(self.facts['raw_github.reviews'])}",
                pull_request,
                user_id,
                LOGINS[user_id],
                author_id,
                author,
                **given,
            ),
        )

    def adjusts(self, number: int, xp: int, **given: Any) -> None:
        self.facts.add(
            "raw_filedrop.adjustments",
            rows.adjustment(day(number), f"A-{number}", "ann", xp, **given),
        )

    def play(self) -> dict[str, list[Row]]:
        return play(self.facts)

    def ledger(self) -> list[tuple]:
        """(day number, reason, reference, XP) in order."""
        return sorted(
            ((row["activity_date"] - MONDAY).days, row["reason"], row["reference_id"], row["xp"])
            for row in self.play()["fct_xp_ledger"]
        )

    def attempt(self) -> Row:
        (attempt,) = self.play()["fct_mission_attempts"]
        return attempt

    def awards(self) -> list[tuple]:
        """(badge, season, day number) in order."""
        return sorted(
            (row["badge_id"], row["season"] or "", (row["awarded_on"] - MONDAY).days)
            for row in self.play()["fct_badge_awards"]
        )
