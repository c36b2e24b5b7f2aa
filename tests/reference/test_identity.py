"""Who a key of another source is, worked out by hand, against the reference."""

from datetime import date, timedelta
from typing import Any

import pytest

from . import rows
from .facts import Facts, Row
from .game import play

TODAY = date(2026, 1, 9)
YESTERDAY = TODAY - timedelta(days=1)
ANN, BOB, EVE, UNSEEN = 1, 2, 3, 700
SNOWFLAKE_MAP, FILE_MAP = "raw_snowflake.identity_map", "raw_filedrop.identity_map"
PEOPLE = "raw_snowflake.people"


class Company:
    """Ann, Bob and Eve are members; keys become known by the facts that name them."""

    def __init__(self, **night: Any) -> None:
        self.facts = Facts()
        self.facts.add("ops.nights", rows.night(TODAY, **night))
        self.facts.add("raw_rules.packs", rows.pack())
        self.facts.add(
            "raw_github.members",
            rows.member(TODAY, ANN, "ann"),
            rows.member(TODAY, BOB, "bob"),
            rows.member(TODAY, EVE, "eve"),
        )

    def maps(self, path: str, source: str, key: str, user_id: int, **given: Any) -> None:
        day = given.pop("day", TODAY)
        self.facts.add(path, rows.mapping(day, source, key, user_id, **given))

    def lists(self, key: str, kind: str = "employee_id", **given: Any) -> None:
        day = given.pop("day", TODAY)
        self.facts.add(PEOPLE, rows.person(day, key, kind, **given))

    def verifies(self, email: str, user_id: int, day: date = TODAY) -> None:
        self.facts.add("raw_github.member_emails", rows.member_email(day, user_id, "x", email))

    def meant(self, key: str, kind: str = "employee_id", source: str = "snowflake") -> int | None:
        """The account that the key of a fact of today means."""
        fact = rows.leave(TODAY, key, kind)
        path = "raw_snowflake.leave" if source == "snowflake" else "raw_filedrop.leave"
        self.facts.add(path, fact)
        (found,) = {
            row["user_id"]
            for row in play(self.facts)["identities"]
            if (row["source"], row["person_key"], row["key_kind"]) == (source, key, kind)
        }
        return found

    def developer(self, user_id: int) -> Row:
        developers = play(self.facts)["dim_developers"]
        return next(row for row in developers if row["developer_id"] == f"github:{user_id}")


def test_the_map_decides_before_everything_else() -> None:
    company = Company()
    for key in ("ann", "1", "E1"):
        company.maps(SNOWFLAKE_MAP, "snowflake", key, BOB)
    company.lists("E1", github_user_id=EVE)
    assert company.meant("ann", "login") == BOB
    assert company.meant("1", "github_user_id") == BOB
    assert company.meant("E1", "employee_id") == BOB


def test_a_map_explains_the_keys_of_its_source_only() -> None:
    company = Company()
    company.maps(FILE_MAP, "snowflake", "E1", BOB)
    company.maps(FILE_MAP, "filedrop", "E2", BOB)
    assert company.meant("E1") == BOB
    assert company.meant("E1", source="file") is None
    assert company.meant("E2", source="file") == BOB


def test_case_matters_in_a_number_and_not_in_a_login_or_an_address() -> None:
    company = Company()
    company.maps(FILE_MAP, "snowflake", "e1", BOB)
    assert company.meant("E1", "employee_id") is None
    assert company.meant("E1", "login") == BOB
    assert company.meant("E1", "email") == BOB


def test_where_maps_disagree_the_file_wins_then_the_newest_then_the_smallest_id() -> None:
    company = Company()
    company.maps(SNOWFLAKE_MAP, "snowflake", "E1", ANN)
    company.maps(FILE_MAP, "snowflake", "E1", EVE, scope="a.csv", day=YESTERDAY)
    assert company.meant("E1") == EVE
    company.maps(FILE_MAP, "snowflake", "E1", BOB, scope="b.csv")
    assert company.meant("E1") == BOB
    company.maps(FILE_MAP, "snowflake", "E1", ANN, scope="b.csv")
    assert company.meant("E1") == ANN


def test_the_newest_snapshot_of_a_map_holds_as_a_whole() -> None:
    company = Company()
    company.maps(SNOWFLAKE_MAP, "snowflake", "E1", ANN, day=YESTERDAY)
    assert company.meant("E1") == ANN
    company.maps(SNOWFLAKE_MAP, "snowflake", "E2", BOB)
    assert company.meant("E1") is None


def test_a_map_of_tomorrow_is_not_known_today() -> None:
    company = Company()
    company.maps(FILE_MAP, "snowflake", "E1", ANN, day=TODAY + timedelta(days=1))
    assert company.meant("E1") is None


@pytest.mark.parametrize(
    ("key", "user_id"), [("2", BOB), ("700", UNSEEN), ("02", None), ("x", None), ("", None)]
)
def test_a_github_user_id_means_itself(key: str, user_id: int | None) -> None:
    assert Company().meant(key, "github_user_id", source="file") == user_id


@pytest.mark.parametrize(
    ("key", "kind"), [("E1", "employee_id"), ("ANN@corp.example", "email"), ("hr-1", "login")]
)
def test_a_line_about_a_person_answers_to_its_key_number_and_address(key: str, kind: str) -> None:
    company = Company()
    company.lists("hr-1", "login", email="ann@corp.example", employee_id="E1", github_user_id=ANN)
    assert company.meant(key, kind) == ANN


def test_a_line_about_a_person_leads_on_by_id_then_login_then_verified_address() -> None:
    company = Company()
    company.verifies("eve@corp.example", EVE)
    said = {"github_user_id": ANN, "github_login": "BOB", "email": "eve@corp.example"}
    company.lists("E1", **said)
    company.lists("E2", **said | {"github_user_id": None})
    company.lists("E3", **said | {"github_user_id": None, "github_login": "stranger"})
    assert [company.meant(key) for key in ("E1", "E2", "E3")] == [ANN, BOB, EVE]


def test_a_map_of_a_persons_key_holds_for_the_persons_address_too() -> None:
    company = Company()
    company.maps(FILE_MAP, "snowflake", "E1", ANN)
    company.lists("E1", email="ann@corp.example")
    assert company.meant("ann@corp.example", "email", source="file") == ANN


def test_a_person_who_is_listed_no_more_keeps_the_last_line() -> None:
    company = Company()
    company.lists("E1", github_user_id=ANN, day=YESTERDAY)
    company.lists("E2", github_user_id=BOB, day=YESTERDAY)
    company.lists("E2", github_user_id=EVE)
    assert (company.meant("E1"), company.meant("E2")) == (ANN, EVE)


def test_a_key_of_two_accounts_is_nobodys() -> None:
    company = Company()
    company.lists("E1", email="desk@corp.example", github_user_id=ANN)
    company.lists("E2", email="desk@corp.example", github_user_id=BOB)
    company.verifies("desk@corp.example", ANN)
    assert company.meant("desk@corp.example", "email") is None


def test_an_address_is_the_accounts_that_was_listed_with_it_last() -> None:
    company = Company()
    company.verifies("Desk@corp.example", ANN, day=YESTERDAY)
    company.verifies("left@corp.example", ANN, day=YESTERDAY)
    company.verifies("desk@corp.example", BOB)
    company.verifies("pair@corp.example", ANN)
    company.verifies("pair@corp.example", BOB)
    assert company.meant("desk@CORP.example", "email") == BOB
    assert company.meant("left@corp.example", "email") == ANN
    assert company.meant("pair@corp.example", "email") is None


@pytest.mark.parametrize(
    ("settings", "met"),
    [
        ({}, {"login", "email", "by id", "by login", "by address", "address by id"}),
        ({"matches_logins": False}, {"email", "by id", "by address", "address by id"}),
        ({"matches_emails": False}, {"login", "by id", "by login", "address by id"}),
        ({"matches_logins": False, "matches_emails": False}, {"by id", "address by id"}),
    ],
)
def test_matching_rests_on_what_the_settings_allow(settings: dict, met: set[str]) -> None:
    company = Company(**settings)
    company.verifies("ann@corp.example", ANN)
    company.lists("E1", github_user_id=ANN, email="one@corp.example")
    company.lists("E2", github_login="ann", email="two@corp.example")
    company.lists("E3", email="ann@corp.example")
    tried = {
        "login": company.meant("ann", "login"),
        "email": company.meant("ann@corp.example", "email"),
        "by id": company.meant("E1"),
        "by login": company.meant("E2"),
        "by address": company.meant("E3"),
        "address by id": company.meant("one@corp.example", "email"),
    }
    assert {name for name, user_id in tried.items() if user_id == ANN} == met
    by_login_and_address = company.meant("two@corp.example", "email")
    assert (by_login_and_address == ANN) == (not settings)


def test_whom_github_never_showed_is_a_developer_under_the_name_that_people_say() -> None:
    company = Company()
    company.maps(FILE_MAP, "snowflake", "E1", UNSEEN)
    company.maps(FILE_MAP, "snowflake", "E2", UNSEEN + 1)
    company.lists("E1", github_login="uma", display_name="Uma Unseen")
    company.meant("E1")
    company.meant("E2")
    uma, other = company.developer(UNSEEN), company.developer(UNSEEN + 1)
    assert (uma["login"], uma["display_name"], uma["is_active"]) == ("uma", "Uma Unseen", False)
    assert (other["login"], other["display_name"]) == ("701", "701")


def test_a_bot_by_the_login_that_people_say_is_no_developer() -> None:
    company = Company()
    company.lists("E1", github_login="deploy[bot]", github_user_id=UNSEEN)
    assert company.meant("E1") == UNSEEN
    assert all(
        row["developer_id"] != f"github:{UNSEEN}" for row in play(company.facts)["dim_developers"]
    )


def test_the_name_shown_is_the_files_then_the_newest() -> None:
    company = Company()
    company.lists("E1", github_user_id=ANN, display_name="Old", day=YESTERDAY)
    company.lists("E9", github_user_id=ANN, display_name="New")
    assert company.developer(ANN)["display_name"] == "New"
    company.facts.add(
        "raw_filedrop.people",
        rows.person(YESTERDAY, "ann", "login", scope="people.csv", display_name="Ann of the file"),
    )
    assert company.developer(ANN)["display_name"] == "Ann of the file"
    assert company.developer(BOB)["display_name"] == "bob"


def test_what_nobody_is_known_by_is_listed_with_its_facts() -> None:
    company = Company()
    company.facts.add("raw_filedrop.leave", rows.leave(YESTERDAY, "E1", "employee_id"))
    company.meant("E1", source="file")
    assert play(company.facts)["unmatched_identities"] == [
        {
            "source": "file",
            "person_key": "E1",
            "key_kind": "employee_id",
            "first_date": YESTERDAY,
            "last_date": TODAY,
            "fact_count": 2,
        }
    ]


def test_a_seat_that_several_scopes_list_is_held_once_and_a_deleted_user_holds_none() -> None:
    company = Company()
    company.facts.add(
        "raw_copilot.seats",
        rows.seat(TODAY, ANN, "ann", scope="org:zoo"),
        rows.seat(TODAY, ANN, "ann", scope="org:acme", pending_cancellation_date=TODAY),
        rows.seat(TODAY, BOB, "bob", scope="org:acme"),
        rows.seat(TODAY, BOB, "bob", scope="enterprise:acme", plan_type="enterprise"),
        rows.seat(TODAY, 900, "stranger"),
        rows.seat(TODAY, None, None),
    )
    columns = ("holder_id", "developer_id", "login", "plan", "is_pending_cancellation")
    found = {tuple(row[c] for c in columns) for row in play(company.facts)["fct_seats"]}
    assert found == {
        ("github:1", "github:1", "ann", "business", True),
        ("github:2", "github:2", "bob", "enterprise", False),
        ("github:900", None, "stranger", "business", False),
    }
