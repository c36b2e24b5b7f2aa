"""People of other sources in the models: whom they become, when, and who waits; and the seats."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from dagster import AssetKey

from ingest.settings import Settings
from ingest.warehouse import Warehouse, open_warehouse
from orchestration.assets.models import marts_of_project
from orchestration.definitions import defs
from tests.integration.building import dbt
from tests.reference import rows
from tests.reference.facts import Facts, write_facts

MONDAY, TUESDAY, WEDNESDAY, _, FRIDAY, SATURDAY = (
    date(2026, 3, 2) + timedelta(days=n) for n in range(6)
)


def company() -> Facts:
    """Ann (1) is a member, and keyed E1 in Snowflake, ann@corp.example in files.

    The identity map of Saturday is the first to know E1; 700 is nobody that GitHub shows.
    """
    facts = Facts()
    facts.add("raw_rules.packs", rows.pack(streak_bonus_per_day=None, streak_bonus_cap=None))
    facts.add("raw_rules.working_days", *({"iso_weekday": n} for n in range(1, 6)))
    facts.add("raw_rules.metrics", rows.metric("snowflake.tasks"), rows.metric("file.talks"))
    facts.add("raw_rules.qualifying_metrics", {"metric": "snowflake.tasks"})
    facts.add(
        "raw_rules.xp_rules",
        rows.rule("task", "snowflake.tasks", 10, daily_cap=30),
        rows.rule("talk", "file.talks", 5),
    )
    facts.add("raw_rules.missions", rows.challenge("sql", base_xp=50))
    facts.add("raw_github.members", rows.member(MONDAY, 1, "ann"), rows.member(MONDAY, 2, "bob"))
    facts.add(
        "raw_snowflake.metrics",
        rows.amount(MONDAY, "E1", "snowflake.tasks", 2, key_kind="employee_id"),
        rows.amount(TUESDAY, "E1", "snowflake.tasks", 5, key_kind="employee_id"),
        rows.amount(WEDNESDAY, "E7", "snowflake.tasks", 1, key_kind="employee_id"),
        rows.amount(WEDNESDAY, "E8", "snowflake.reviews", 1, key_kind="employee_id"),
    )
    facts.add("raw_snowflake.leave", rows.leave(WEDNESDAY, "E1", "employee_id"))
    mail = {"key_kind": "email"}
    facts.add(
        "raw_filedrop.activity",
        rows.amount(TUESDAY, "Ann@corp.example", "file.talks", 1, scope="march.csv", **mail),
        rows.amount(TUESDAY, "Ann@corp.example", "file.talks", 2, scope="more.csv", **mail),
        rows.amount(TUESDAY, "Ann@corp.example", "file.mentoring", "1.5", **mail),
        rows.amount(TUESDAY, "desk@corp.example", "file.talks", 1, **mail),
    )
    facts.add("raw_filedrop.challenge_attempts", rows.submission(WEDNESDAY, "bob", "sql", 80))
    facts.add("raw_filedrop.leave", rows.leave(FRIDAY, "bob"))
    facts.add(
        "raw_github.member_emails",
        rows.member_email(MONDAY, 1, "ann", "ann@corp.example"),
        rows.member_email(MONDAY, 1, "ann", "desk@corp.example"),
        rows.member_email(MONDAY, 2, "bob", "desk@corp.example"),
    )
    facts.add(
        "raw_filedrop.people",
        rows.person(MONDAY, "E7", display_name="Uma Unseen", github_user_id=700),
        rows.person(MONDAY, "ann@corp.example", "email", display_name="Ann Adams"),
    )
    facts.add("raw_filedrop.identity_map", rows.mapping(SATURDAY, "snowflake", "E1", 1))
    facts.add(
        "raw_copilot.seats",
        rows.seat(FRIDAY, 1, "ann", scope="org:zoo", plan_type="business"),
        rows.seat(
            FRIDAY,
            1,
            "ann",
            scope="enterprise:corp",
            plan_type="enterprise",
            last_activity_at=datetime(2026, 3, 5, 22, 30),
            pending_cancellation_date=date(2026, 4, 1),
        ),
        rows.seat(FRIDAY, 900, "stranger", last_activity_at=None),
        rows.seat(FRIDAY, None, None),
    )
    return facts


def build(settings: Settings, as_of_day: date, **night: bool) -> None:
    facts = company()
    facts.add("ops.nights", rows.night(as_of_day, **night))
    with open_warehouse(settings) as warehouse:
        write_facts(warehouse, facts)
    run = dbt(settings, "build", "--exclude-resource-type", "unit_test", "test")
    assert run.returncode == 0, run.stdout[-3000:]


@pytest.fixture(scope="module")
def friday(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The models as of Friday, when no map knows E1 yet."""
    settings = Settings(home=tmp_path_factory.mktemp("friday"))
    build(settings, FRIDAY)
    with open_warehouse(settings) as warehouse:
        yield warehouse


@pytest.fixture(scope="module")
def saturday(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The same facts as of Saturday, when the map knows E1."""
    settings = Settings(home=tmp_path_factory.mktemp("saturday"))
    build(settings, SATURDAY)
    with open_warehouse(settings) as warehouse:
        yield warehouse


def ledger(warehouse: Warehouse) -> set[tuple]:
    return set(
        warehouse.query(
            "select developer_id, activity_date, reason, reference_id, xp from build.fct_xp_ledger"
        ).rows()
    )


#: What needs no map: an address, a number whose line names an id, a login.
KNOWN_AT_ONCE = {
    ("github:1", TUESDAY, "activity", "talk", 15),
    ("github:700", WEDNESDAY, "activity", "task", 10),
    ("github:2", WEDNESDAY, "mission", "sql:1:github:2:", 40),
}


def test_whom_no_map_knows_yet_earns_nothing_and_is_listed(friday: Warehouse) -> None:
    assert ledger(friday) == KNOWN_AT_ONCE
    assert set(friday.query("select * from ops.unmatched_identities").rows()) == {
        ("snowflake", "E1", "employee_id", MONDAY, WEDNESDAY, 3),
        ("snowflake", "E8", "employee_id", WEDNESDAY, WEDNESDAY, 1),
        ("file", "desk@corp.example", "email", TUESDAY, TUESDAY, 1),
    }
    forgone = friday.query(
        "select developer_id, activity_date, subject, xp_forgone from build.fct_xp_exclusions "
        "where reason_code = 'unmatched_identity'"
    )
    assert set(forgone.rows()) == {
        ("snowflake:E1", MONDAY, "task", 20),
        ("snowflake:E1", TUESDAY, "task", 50),
        ("file:desk@corp.example", TUESDAY, "talk", 5),
    }


def test_once_the_map_knows_the_key_the_whole_history_joins(saturday: Warehouse) -> None:
    assert ledger(saturday) == KNOWN_AT_ONCE | {
        ("github:1", MONDAY, "activity", "task", 20),
        ("github:1", TUESDAY, "activity", "task", 30),
    }
    unmatched = saturday.query("select person_key from ops.unmatched_identities")
    assert set(unmatched["person_key"]) == {"E8", "desk@corp.example"}
    assert set(saturday.query("select * from ops.identity_links").rows()) == {
        ("snowflake", "E1", "employee_id", "github:1", "identity_map", MONDAY, WEDNESDAY, 3),
        ("snowflake", "E7", "employee_id", "github:700", "people", WEDNESDAY, WEDNESDAY, 1),
        ("file", "Ann@corp.example", "email", "github:1", "people", TUESDAY, TUESDAY, 3),
        ("file", "bob", "login", "github:2", "login", WEDNESDAY, FRIDAY, 2),
    }
    streak = saturday.query(
        "select activity_date, action from build.fct_streak_days "
        "where developer_id = 'github:1' order by activity_date"
    )
    assert streak["action"].to_list() == [
        "started", "increased", "rest", "frozen", "frozen", "rest",
    ]  # fmt: skip


def test_people_are_called_what_the_company_calls_them(friday: Warehouse) -> None:
    named = friday.query("select developer_id, login, display_name from build.dim_developers")
    assert set(named.rows()) == {
        ("github:1", "ann", "Ann Adams"),
        ("github:2", "bob", "bob"),
        ("github:700", "700", "Uma Unseen"),
    }


def test_a_metric_that_a_file_brings_is_known_without_a_declaration(friday: Warehouse) -> None:
    found = friday.query(
        "select activity_date, metric, value, source from build.fct_activity_daily "
        "where developer_id = 'github:1'"
    )
    assert set(found.rows()) == {
        (TUESDAY, "file.talks", Decimal(3), "file"),
        (TUESDAY, "file.mentoring", Decimal("1.5"), "file"),
    }
    metric = friday.query(
        "select metric, unit, source, description from build.dim_metrics "
        "where metric = 'file.mentoring'"
    )
    assert metric.rows() == [("file.mentoring", "count", "file", "Brought by a dropped file")]


def test_without_e_mail_matching_an_address_waits_for_the_map(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    build(settings, FRIDAY, matches_emails=False)
    with open_warehouse(settings) as warehouse:
        assert ledger(warehouse) == KNOWN_AT_ONCE - {("github:1", TUESDAY, "activity", "talk", 15)}
        unmatched = warehouse.query("select person_key from ops.unmatched_identities")
    assert set(unmatched["person_key"]) == {"E1", "E8", "Ann@corp.example", "desk@corp.example"}


def test_a_seat_has_one_row_a_holder_and_snapshot(friday: Warehouse) -> None:
    assert set(friday.query("select * from build.fct_seats").rows()) == {
        ("github:1", "github:1", "ann", FRIDAY, "enterprise", datetime(2026, 3, 5, 22, 30), True),
        ("github:900", None, "stranger", FRIDAY, "business", None, False),
    }


def test_an_extract_that_is_declared_no_more_stops_no_night(friday: Warehouse) -> None:
    """`snowflake.reviews` is in no registry: its facts stay, and the metric says why."""
    found = friday.query("select * from build.dim_metrics where metric = 'snowflake.reviews'")
    assert found.rows() == [
        ("snowflake.reviews", "count", "snowflake", "Of an extract that is declared no more", False)
    ]


def test_the_list_of_unmatched_people_is_an_asset_of_ops_and_no_mart() -> None:
    graph = defs.resolve_asset_graph()
    assert graph.get(AssetKey(["ops", "unmatched_identities"])).group_name == "ops"
    marts = marts_of_project()
    assert "unmatched_identities" not in marts
    assert marts["fct_seats"].key == ["holder_id", "snapshot_date"]


def test_whoever_an_empty_snapshot_lacks_has_gone(tmp_path: Path) -> None:
    """Of the organisation, of the team, and the key out of the map."""
    settings = Settings(home=tmp_path)
    facts = company()
    facts.add(
        "raw_github.team_members",
        rows.row("raw_github.team_members", scope="org:acme", snapshot_date=MONDAY, team_id=5,
                 user_id=1, login="ann", load_id="load-1"),
    )  # fmt: skip
    facts.add("raw_snowflake.identity_map", rows.mapping(MONDAY, "snowflake", "E1", 1))
    facts.tables["raw_filedrop.identity_map"] = []
    (mapped,) = facts["raw_snowflake.identity_map"]
    for source, dataset, scope in (
        ("github", "members", facts["raw_github.members"][0]["scope"]),
        ("github", "team_members", facts["raw_github.team_members"][0]["scope"]),
        ("snowflake", "identity_map", mapped["scope"]),
    ):
        facts.add("ops.source_days", rows.source_day(source, dataset, scope, FRIDAY, True))
    facts.add("ops.nights", rows.night(SATURDAY))
    with open_warehouse(settings) as warehouse:
        write_facts(warehouse, facts)
    run = dbt(settings, "build", "--exclude-resource-type", "test", "--exclude-resource-type",
              "unit_test", "--select", "+dim_developers", "+bridge_team_members",
              "+int_identities_matched")  # fmt: skip
    assert run.returncode == 0, run.stdout[-3000:]
    with open_warehouse(settings) as warehouse:
        left = warehouse.query(
            "select developer_id, is_active, left_on from build.dim_developers "
            "where developer_id in ('github:1', 'github:2') order by developer_id"
        )
        teams = warehouse.query("select developer_id, valid_to from build.bridge_team_members")
        keys = warehouse.query(
            "select is_matched from intermediate.int_identities_matched where person_key = 'E1'"
        )
    thursday = FRIDAY - timedelta(days=1)
    assert left.rows() == [("github:1", False, thursday), ("github:2", False, thursday)]
    assert teams.rows() == [("github:1", thursday)]
    assert keys.rows() == [(False,)]
