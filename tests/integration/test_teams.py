"""Teams in the models: their missions, their days and boards, and who opted out of being named.

Core (10) holds ann, bob, dan, eve, fay and a bot; from the second Monday on bob belongs to Edge
(20), with cid. dan has opted out; eve had, and is back; fay will, after the as-of day.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from ingest.settings import Settings
from ingest.warehouse import Warehouse, open_warehouse
from tests.integration.chain import run_night
from tests.reference import rows
from tests.reference.facts import Facts

FIRST = date(2026, 3, 1)
LOGINS = {1: "ann", 2: "bob", 3: "cid", 4: "dan", 5: "eve", 6: "fay", 9: "dig[bot]"}
ANN, BOB, CID, DAN, EVE, FAY = (f"github:{user_id}" for user_id in range(1, 7))
CORE, EDGE = "github:10", "github:20"
#: Reviews by login and day of March.
REVIEWS = {
    "ann": {2: 4, 6: 2, 11: 1, 12: 1},
    "bob": {3: 3, 9: 2},
    "cid": {3: 7, 9: 3},
    "dan": {4: 5, 6: 1},
    "eve": {5: 1, 12: 2},
    "fay": {7: 3, 12: 2},
}


def march(day: int) -> date:
    return FIRST + timedelta(days=day - 1)


def team(day: date, team_id: int, name: str, *members: int) -> Iterator[tuple[str, rows.Row]]:
    common = {"scope": "org:acme", "snapshot_date": day, "team_id": team_id, "load_id": "load-1"}
    yield "raw_github.teams", rows.row("raw_github.teams", **common, name=name, slug=name.lower())
    for user_id in members:
        member = {"user_id": user_id, "login": LOGINS[user_id]}
        yield "raw_github.team_members", rows.row("raw_github.team_members", **common, **member)


def company() -> Facts:
    facts = Facts()
    facts.add("ops.nights", rows.night(march(15), min_team_size=3))
    facts.add("raw_rules.packs", rows.pack(streak_bonus_per_day=None, streak_bonus_cap=None))
    facts.add("raw_rules.metrics", rows.metric("file.reviews"))
    facts.add("raw_rules.xp_rules", rows.rule("review", "file.reviews", 1))
    facts.add(
        "raw_rules.missions",
        rows.mission("together", "file.reviews", 10, "week", scope="team", name="All Hands"),
        rows.mission(
            "everybody",
            "file.reviews",
            2,
            "week",
            scope="team",
            aggregate="days",
            base_xp=50,
            badge_id="medal",
            valid_from=march(9),
        ),
    )
    for badge in (
        rows.badge("teamwork", {"type": "attempt_count", "status": "passed"}, xp_reward=10),
        rows.badge("flawless", {"type": "perfect_count", "target": 2}, xp_reward=20),
        rows.badge("medal", {"type": "xp", "target": 100_000}, xp_reward=0),
    ):
        for path, badge_rows in badge.items():
            facts.add(path, *badge_rows)
    facts.add("raw_github.members", *(rows.member(march(2), *who) for who in LOGINS.items()))
    for path, line in (
        *team(march(2), 10, "Core", 1, 2, 4, 5, 6, 9),
        *team(march(2), 20, "Edge", 3),
        *team(march(9), 10, "Core", 1, 4, 5, 6, 9),
        *team(march(9), 20, "Edge", 2, 3),
    ):
        facts.add(path, line)
    for login, days in REVIEWS.items():
        facts.add(
            "raw_filedrop.activity",
            *(rows.amount(march(day), login, "file.reviews", n) for day, n in days.items()),
        )
    facts.add("raw_filedrop.adjustments", rows.adjustment(march(10), "a1", "ann", -7))
    facts.add(
        "raw_filedrop.opt_outs",
        rows.leave(march(10), "dan"),
        rows.leave(march(3), "eve"),
        rows.leave(march(20), "fay"),
        rows.leave(march(3), "nobody@corp.example", "email"),
    )
    facts.add("raw_filedrop.opt_ins", rows.leave(march(5), "eve"), rows.leave(march(9), "dan"))
    return facts


@pytest.fixture(scope="module", params=["duckdb", pytest.param("postgres", marks=pytest.mark.long)])
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    home: Path = tmp_path_factory.mktemp("teams")
    settings = Settings(home=home)
    if request.param == "postgres":
        url = SecretStr(request.getfixturevalue("module_postgres_url"))
        settings = Settings(home=home, target="postgres", postgres_url=url)
    run_night(settings, company(), tests=True)
    with open_warehouse(settings) as warehouse:
        yield warehouse


def found(warehouse: Warehouse, columns: str, table: str, where: str = "1 = 1") -> set[tuple]:
    return set(warehouse.query(f"select {columns} from marts.{table} where {where}").rows())


def test_a_team_completes_passes_or_fails_what_its_members_of_the_day_did(
    built: Warehouse,
) -> None:
    columns = "attempt_id, developer_id, progress, score, status, decided_on, xp_awarded"
    assert found(built, f"team_id, {columns}", "fct_mission_attempts") == {
        # 4 + 3 + 1 + 2 by Friday (dan's 5 are nobody's), 3 more on Saturday; 3 people are paid.
        (
            CORE, f"together:1:{CORE}:2026-03-02", None, Decimal(13), Decimal(100),
            "completed", march(6), 450,
        ),
        (
            EDGE, f"together:1:{EDGE}:2026-03-02", None, Decimal(7), Decimal(70),
            "passed", march(8), 70,
        ),
        (
            CORE, f"together:1:{CORE}:2026-03-09", None, Decimal(6), Decimal(60),
            "failed", march(15), 0,
        ),
        (
            EDGE, f"together:1:{EDGE}:2026-03-09", None, Decimal(5), Decimal(50),
            "failed", march(15), 0,
        ),
        # Days of members: bob's and cid's Monday are two.
        (
            EDGE, f"everybody:1:{EDGE}:2026-03-09", None, Decimal(2), Decimal(100),
            "completed", march(9), 150,
        ),
        (
            CORE, f"everybody:1:{CORE}:2026-03-09", None, Decimal(4), Decimal(100),
            "completed", march(12), 225,
        ),
    }  # fmt: skip


def test_each_who_contributed_up_to_the_deciding_day_is_paid_in_full(built: Warehouse) -> None:
    paid = found(
        built, "developer_id, activity_date, reason, xp", "fct_xp_ledger", "reason like 'mission%'"
    )
    assert paid == {
        *((who, march(6), "mission", 100) for who in (ANN, BOB, EVE)),
        *((who, march(6), "mission_perfect", 50) for who in (ANN, BOB, EVE)),
        (CID, march(8), "mission", 70),
        *((who, march(9), "mission", 50) for who in (BOB, CID)),
        *((who, march(9), "mission_perfect", 25) for who in (BOB, CID)),
        *((who, march(12), "mission", 50) for who in (ANN, EVE, FAY)),
        *((who, march(12), "mission_perfect", 25) for who in (ANN, EVE, FAY)),
    }


def test_a_teams_attempt_counts_in_the_badges_of_each_who_is_paid(built: Warehouse) -> None:
    assert found(built, "developer_id, badge_id, awarded_on", "fct_badge_awards") == {
        (ANN, "teamwork", march(6)),
        (BOB, "teamwork", march(6)),
        (EVE, "teamwork", march(6)),
        (CID, "teamwork", march(8)),
        (FAY, "teamwork", march(12)),
        (BOB, "flawless", march(9)),
        (ANN, "flawless", march(12)),
        (EVE, "flawless", march(12)),
        (BOB, "medal", march(9)),
        (CID, "medal", march(9)),
        (ANN, "medal", march(12)),
        (EVE, "medal", march(12)),
        (FAY, "medal", march(12)),
    }
    board = found(built, "developer_id, score", "leaderboards", "board_id = 'missions_completed'")
    assert board == {(ANN, 2), (BOB, 2), (CID, 2), (EVE, 2), (FAY, 1)}


def test_a_team_is_compared_by_the_days_of_its_members(built: Warehouse) -> None:
    columns = "activity_date, xp, active_members, members, xp_per_active_member"
    core = {
        (march(2), 4, 1, 4, Decimal(4)),
        (march(3), 3, 1, 4, Decimal(3)),
        # The 4th is dan's alone: nobody may read it off. On the 6th he is one of four.
        (march(5), 1, 1, 4, Decimal(1)),
        (march(6), 483, 4, 5, Decimal("120.75")),
        (march(7), 3, 1, 4, Decimal(3)),
        (march(10), -7, 1, 3, Decimal(-7)),
        (march(11), 1, 1, 3, Decimal(1)),
        (march(12), 280, 3, 4, Decimal("93.3333")),
    }
    assert found(built, columns, "fct_team_days", f"team_id = '{CORE}'") == core
    edge = {
        (march(3), 7, 1, 1, Decimal(7)),
        (march(8), 80, 1, 1, Decimal(80)),
        (march(9), 175, 2, 2, Decimal("87.5")),
    }
    assert found(built, columns, "fct_team_days", f"team_id = '{EDGE}'") == edge


def test_a_teams_board_holds_its_own_members_of_each_day(built: Warehouse) -> None:
    ranks = found(
        built,
        "scope_id, developer_id, rank, score, previous_rank, rank_7d_ago",
        "leaderboards",
        "board_id = 'xp_all_time'",
    )
    assert ranks == {
        ("org", BOB, 1, 260, 1, 2),
        ("org", EVE, 2, 258, 2, 3),
        ("org", ANN, 3, 256, 3, 1),
        ("org", CID, 4, 165, 4, 4),
        ("org", FAY, 5, 90, 5, 5),
        (CORE, EVE, 1, 258, 1, 3),
        (CORE, ANN, 2, 256, 2, 1),
        (CORE, FAY, 3, 90, 3, 4),
        (EDGE, BOB, 1, 260, 1, None),
        (EDGE, CID, 2, 165, 2, 1),
    }


def test_the_history_of_boards_is_the_organisations(built: Warehouse) -> None:
    where = f"board_id = 'xp_all_time' and as_of_date = '{march(8)}'"
    assert found(built, "developer_id, rank", "leaderboard_history", where) == {
        (ANN, 1), (BOB, 2), (EVE, 3), (CID, 4), (FAY, 5),
    }  # fmt: skip


def test_whoever_opted_out_is_in_no_table_that_names_people(built: Warehouse) -> None:
    assert {who for (who,) in found(built, "developer_id", "dim_developers")} == {
        ANN, BOB, CID, EVE, FAY,
    }  # fmt: skip
    places = built.query(
        "select table_name, column_name from information_schema.columns "
        "where table_schema = 'marts' and data_type not in ('bigint', 'integer', 'date')"
    )
    naming = [
        f"{table}.{column}"
        for table, column in places.iter_rows()
        if found(built, "1", table, f"cast({column} as varchar) in ('{DAN}', 'dan')")
    ]
    assert naming == []


def test_a_statement_that_means_nobody_is_listed(built: Warehouse) -> None:
    listed = built.query("select person_key, key_kind from ops.unmatched_identities")
    assert listed.rows() == [("nobody@corp.example", "email")]


def test_a_team_hears_of_its_mission_and_everybody_of_what_they_reached(built: Warehouse) -> None:
    columns = "developer_id, activity_date, reference_id"
    assert found(built, columns, "fct_notifications", "type = 'team_mission_completed'") == {
        *((who, march(6), f"together:1:{CORE}:2026-03-02") for who in (ANN, BOB, EVE)),
        (CID, march(8), f"together:1:{EDGE}:2026-03-02"),
        *((who, march(9), f"everybody:1:{EDGE}:2026-03-09") for who in (BOB, CID)),
        *((who, march(12), f"everybody:1:{CORE}:2026-03-09") for who in (ANN, EVE, FAY)),
    }
    assert found(built, "type", "fct_notifications", "type = 'mission_completed'") == set()
    assert found(built, columns, "fct_notifications", "type = 'level_up'") == {
        (ANN, march(6), "2"), (BOB, march(6), "2"), (EVE, march(6), "2"), (CID, march(9), "2"),
    }  # fmt: skip
    entered = "type = 'top_10_entered' and reference_id = 'xp_all_time'"
    assert found(built, "developer_id, activity_date", "fct_notifications", entered) == {
        (ANN, march(2)), (BOB, march(3)), (CID, march(3)), (EVE, march(5)), (FAY, march(7)),
    }  # fmt: skip


def test_news_reads_well(built: Warehouse) -> None:
    where = f"developer_id = '{CID}' and activity_date = '{march(8)}'"
    assert found(built, "title, body", "fct_notifications", where) >= {
        (
            "Team mission passed: All Hands",
            "Your team did it together, and you were part of it. You made it and earned 70 XP.",
        ),
        ("Badge unlocked: teamwork *", "teamwork. It comes with 10 XP."),
        ("Top 10: missions completed", "You are number 1 of the whole organisation."),
    }
