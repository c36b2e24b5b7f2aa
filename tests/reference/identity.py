"""Whom a key of another source means (sources.md section 5; docs/choices.md, People)."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from .facts import Facts, Row

#: Where facts about people who are not keyed by a GitHub account come from.
KEYED_FACTS = (
    ("snowflake", "raw_snowflake.metrics"),
    ("snowflake", "raw_snowflake.challenge_attempts"),
    ("snowflake", "raw_snowflake.leave"),
    ("file", "raw_filedrop.activity"),
    ("file", "raw_filedrop.challenge_attempts"),
    ("file", "raw_filedrop.leave"),
    ("file", "raw_filedrop.adjustments"),
    ("file", "raw_filedrop.opt_ins"),
    ("file", "raw_filedrop.opt_outs"),
)
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Match:
    """The account that a key means, or None, and what decided it."""

    user_id: int | None
    way: str


NOBODY = Match(None, "nobody")


def form(key_kind: str, key: str) -> str:
    """The key as it is compared: case says nothing in a login or an address."""
    return key.lower() if key_kind in ("login", "email") else key


def as_user_id(key: str) -> int | None:
    return int(key) if re.fullmatch("[1-9][0-9]*", key) else None


def keyed_facts(facts: Facts) -> Iterator[tuple[Key, Row]]:
    """Every fact that names a person by a key, with (source, person_key, key_kind)."""
    for source, path in KEYED_FACTS:
        for row in facts.until_as_of(path):
            yield (source, row["person_key"], row["key_kind"]), row


@dataclass(frozen=True)
class Entry:
    """A line of an identity map in force. `rank` puts files before Snowflake."""

    rank: int
    day: date
    source: str
    key: str
    user_id: int


def read_map(facts: Facts) -> dict[tuple[str, str], list[Entry]]:
    """Entries by source and key without case, the one that wins first.

    Of each file and extract its newest snapshot holds, as a whole.
    """
    entries: list[Entry] = []
    for rank, path in enumerate(("raw_filedrop.identity_map", "raw_snowflake.identity_map")):
        rows = facts.until_as_of(path)
        newest: dict[str, date] = {}
        for row in rows:
            newest[row["scope"]] = max(row["snapshot_date"], newest.get(row["scope"], date.min))
        for row in rows:
            if row["snapshot_date"] == newest[row["scope"]]:
                source = "file" if row["source"] == "filedrop" else row["source"]
                entries.append(
                    Entry(
                        rank, row["snapshot_date"], source, row["source_key"], row["github_user_id"]
                    )
                )
    by_key: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda e: (e.rank, -e.day.toordinal(), e.user_id)):
        by_key[entry.source, entry.key.lower()].append(entry)
    return by_key


def read_emails(facts: Facts) -> dict[str, set[int]]:
    """Whom GitHub lists with a verified address, on the last day that it lists it at all."""
    listed: dict[str, dict[date, set[int]]] = defaultdict(lambda: defaultdict(set))
    for row in facts.until_as_of("raw_github.member_emails"):
        listed[row["email"].lower()][row["snapshot_date"]].add(row["user_id"])
    return {email: days[max(days)] for email, days in listed.items()}


@dataclass(frozen=True)
class Listed:
    """A person of the company's tables: what they are called there, and the account.

    `rank` puts files before Snowflake; `way` is how the row leads to the account.
    """

    rank: int
    day: date
    keys: frozenset[tuple[str, str]]
    user_id: int
    way: str
    display_name: str | None
    github_login: str | None


class Directory:
    """All that is known of who is who."""

    def __init__(self, facts: Facts, id_of_login: dict[str, int]) -> None:
        (night,) = facts["ops.nights"]
        self.matches_emails = night["matches_emails"] is not False
        self.logins = id_of_login if night["matches_logins"] is not False else {}
        self.emails = read_emails(facts) if self.matches_emails else {}
        self.map = read_map(facts)
        self.listed = list(self.read_people(facts))
        self.people_of_key: dict[tuple[str, str], list[Listed]] = defaultdict(list)
        for person in self.listed:
            for key in person.keys:
                self.people_of_key[key].append(person)
        self.found: dict[Key, Match] = {}

    def mapped(self, source: str, key: str, kind: str) -> Entry | None:
        """The entry that decides about a key, if any."""
        for entry in self.map.get((source, key.lower()), []):
            if form(kind, entry.key) == form(kind, key):
                return entry
        return None

    def read_people(self, facts: Facts) -> Iterator[Listed]:
        """Each person's newest row, where it leads to an account."""
        for rank, (source, path) in enumerate(
            (("file", "raw_filedrop.people"), ("snowflake", "raw_snowflake.people"))
        ):
            newest: dict[tuple, list[Row]] = {}
            for row in sorted(facts.until_as_of(path), key=lambda row: row["snapshot_date"]):
                person = (row["scope"], row["key_kind"], row["person_key"])
                same_day = newest.get(person, [row])[0]["snapshot_date"] == row["snapshot_date"]
                newest[person] = [*newest.get(person, []), row] if same_day else [row]
            for rows in newest.values():
                for row in rows:
                    yield from self.lead(rank, source, row)

    def lead(self, rank: int, source: str, row: Row) -> Iterator[Listed]:
        kind, key = row["key_kind"], row["person_key"]
        login = row["github_login"] or (key if kind == "login" else None)
        email = row["email"] or (key if kind == "email" else None)
        mapped = self.mapped(source, key, kind)
        user_id = mapped.user_id if mapped else row["github_user_id"]
        if user_id is None and kind == "github_user_id":
            user_id = as_user_id(key)
        way = "people by id"
        if user_id is None and login is not None:
            user_id, way = self.logins.get(login.lower()), "people by login"
        if user_id is None and email is not None:
            owners = self.emails.get(email.lower(), set())
            user_id, way = (min(owners) if len(owners) == 1 else None), "people by e-mail"
        if user_id is None:
            return
        keys = {(kind, form(kind, key))}
        if email is not None:
            keys.add(("email", email.lower()))
        if row["employee_id"] is not None:
            keys.add(("employee_id", row["employee_id"]))
        if not self.matches_emails and way != "people by id":
            keys = {name for name in keys if name[0] != "email"}
        yield Listed(
            rank,
            row["snapshot_date"],
            frozenset(keys),
            user_id,
            way,
            row["display_name"],
            login,
        )

    def find(self, source: str, key: str, kind: str) -> Match:
        """The first that knows the key decides: map, user id, people, login, verified address."""
        known = self.found.get((source, key, kind))
        if known is None:
            known = self.found[source, key, kind] = self.decide(source, key, kind)
        return known

    def decide(self, source: str, key: str, kind: str) -> Match:
        mapped = self.mapped(source, key, kind)
        if mapped is not None:
            return Match(mapped.user_id, ("map of a file", "map of Snowflake")[mapped.rank])
        if kind == "github_user_id":
            user_id = as_user_id(key)
            return NOBODY if user_id is None else Match(user_id, "user id")
        people = self.people_of_key.get((kind, form(kind, key)), [])
        if people:
            ids = {person.user_id for person in people}
            if len(ids) > 1:
                return Match(None, "people in doubt")
            return Match(people[0].user_id, people[0].way)
        if kind == "login" and key.lower() in self.logins:
            return Match(self.logins[key.lower()], "login")
        if kind == "email" and key.lower() in self.emails:
            owners = self.emails[key.lower()]
            if len(owners) > 1:
                return Match(None, "e-mail in doubt")
            return Match(min(owners), "e-mail")
        return NOBODY

    def said_of(self, user_id: int, column: str) -> str | None:
        """What people say of an account: a file before Snowflake, the newest, the first by name."""
        said = [
            (person.rank, -person.day.toordinal(), getattr(person, column))
            for person in self.listed
            if person.user_id == user_id and getattr(person, column) is not None
        ]
        return min(said)[2] if said else None
