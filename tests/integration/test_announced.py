"""What was announced stays: the models with a record of earlier nights and facts that changed.

Nothing but missions, challenges, badges and one adjustment gives XP here.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from ingest.settings import Settings
from ingest.warehouse import Warehouse, open_warehouse
from tests.integration.building import dbt
from tests.reference import rows
from tests.reference.facts import Facts, Row, write_facts

FIRST = date(2026, 3, 1)
LOGINS = {1: "ann", 2: "bob", 3: "cid"}
ANN, BOB, CID, TEAM = "github:1", "github:2", "github:3", "github:10"


def march(day: int) -> date:
    return FIRST + timedelta(days=day - 1)


def announced(kind: str, developer_id: str, reference_id: str, day: int, xp: int, **given) -> Row:
    return rows.row(
        "ops.announced_awards",
        **{"version": 1, "xp_perfect": 0, "run_id": "run-0"} | given,
        kind=kind,
        developer_id=developer_id,
        reference_id=reference_id,
        decided_on=march(day),
        xp=xp,
    )


def solo(developer_id: str, day: int, xp: int, status: str, **given) -> Row:
    """An announced attempt at the mission `solo` in the first week."""
    return announced(
        "mission",
        developer_id,
        f"solo:1:{developer_id}:2026-03-02",
        day,
        xp,
        status=status,
        mission_id="solo",
        period_start=march(2),
        **given,
    )


def of_team(developer_id: str) -> Row:
    return announced(
        "mission",
        developer_id,
        f"team:1:{TEAM}:2026-03-02",
        3,
        100,
        status="completed",
        mission_id="team",
        team_id=TEAM,
        period_start=march(2),
        xp_perfect=50,
        perfect_on=march(3),
    )


def sql(developer_id: str, day: int, xp: int) -> Row:
    return announced(
        "challenge",
        developer_id,
        f"sql:1:{developer_id}:",
        day,
        xp,
        status="passed",
        mission_id="sql",
    )


def badge(developer_id: str, badge_id: str, day: int, xp: int, season: str | None = None) -> Row:
    return announced("badge", developer_id, badge_id, day, xp, status="awarded", season=season)


def company() -> Facts:
    facts = Facts()
    facts.add("ops.nights", rows.night(march(20)))
    facts.add("raw_rules.packs", rows.pack(streak_bonus_per_day=None, streak_bonus_cap=None))
    facts.add("raw_rules.metrics", rows.metric("file.reviews"))
    facts.add(
        "raw_rules.missions",
        rows.mission("solo", "file.reviews", 10, "week"),
        rows.mission("team", "file.reviews", 10, "week", scope="team"),
        rows.challenge("sql"),
    )
    reviews = {"type": "metric", "metric": "file.reviews"}
    for made in (
        rows.badge("first", {"type": "attempt_count", "status": "passed"}, xp_reward=50),
        rows.badge("ten", reviews | {"target": 10}, xp_reward=20),
        rows.badge("quarter", reviews | {"target": 14}, xp_reward=5, repeat="season"),
    ):
        for path, lines in made.items():
            facts.add(path, *lines)
    facts.add("raw_github.members", *(rows.member(march(2), *who) for who in LOGINS.items()))
    common = {"scope": "org:acme", "snapshot_date": march(2), "team_id": 10, "load_id": "load-1"}
    facts.add("raw_github.teams", rows.row("raw_github.teams", **common, name="Core", slug="core"))
    facts.add(
        "raw_github.team_members",
        *(
            rows.row("raw_github.team_members", **common, user_id=user_id, login=login)
            for user_id, login in LOGINS.items()
        ),
    )
    facts.add(
        "raw_filedrop.activity",
        rows.amount(march(2), "ann", "file.reviews", 4),
        rows.amount(march(2), "bob", "file.reviews", 10),
        rows.amount(march(9), "bob", "file.reviews", 10),
    )
    facts.add(
        "raw_filedrop.challenge_attempts",
        rows.submission(march(3), "ann", "sql", 80),
        rows.submission(march(5), "ann", "sql", 90),
        rows.submission(march(6), "ann", "sql", 100),
        rows.submission(march(4), "bob", "sql", 70),
        rows.submission(march(6), "bob", "sql", 100),
    )
    facts.add(
        "raw_filedrop.adjustments",
        rows.adjustment(march(10), "a1", "bob", -50, badge_id="first"),
        rows.adjustment(march(10), "a2", "bob", -1, badge_id="quarter", season="2025-Q4"),
    )
    perfect = {"xp_perfect": 50}
    facts.add(
        "ops.announced_awards",
        solo(ANN, 4, 100, "completed", **perfect, perfect_on=march(4)),
        solo(BOB, 2, 100, "completed", **perfect, perfect_on=march(2)),
        solo(CID, 8, 80, "passed"),
        of_team(ANN),
        of_team(CID),
        announced(
            "mission",
            BOB,
            "vanished:3:github:2:2026-03-02",
            8,
            33,
            status="passed",
            mission_id="vanished",
            version=3,
            period_start=march(2),
        ),
        sql(ANN, 3, 85),
        sql(BOB, 4, 70),
        sql(CID, 4, 90),
        badge(ANN, "first", 3, 50),
        badge(BOB, "first", 4, 50),
        badge(ANN, "ten", 4, 20),
        badge(BOB, "ten", 2, 15),
        badge(CID, "gone", 5, 30),
        badge(ANN, "quarter", 4, 5, "2026-Q1"),
    )
    return facts


@pytest.fixture(scope="module", params=["duckdb", pytest.param("postgres", marks=pytest.mark.long)])
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    home: Path = tmp_path_factory.mktemp("announced")
    settings = Settings(home=home)
    if request.param == "postgres":
        url = SecretStr(request.getfixturevalue("module_postgres_url"))
        settings = Settings(home=home, target="postgres", postgres_url=url)
    with open_warehouse(settings) as warehouse:
        write_facts(warehouse, company())
    run = dbt(settings, "build", "--exclude-resource-type", "unit_test", "test")
    assert run.returncode == 0, run.stdout[-3000:]
    with open_warehouse(settings) as warehouse:
        yield warehouse


def found(warehouse: Warehouse, columns: str, table: str, where: str = "1 = 1") -> set[tuple]:
    return set(warehouse.query(f"select {columns} from build.{table} where {where}").rows())


def test_an_announced_mission_is_kept_whole_where_the_facts_give_something_else(
    built: Warehouse,
) -> None:
    columns = "attempt_id, progress, target, score, status, announced_status, decided_on"
    where = "mission_id <> 'sql'"
    ten, full = Decimal(10), Decimal(100)
    assert found(built, f"{columns}, xp_awarded", "fct_mission_attempts", where) == {
        (
            "solo:1:github:1:2026-03-02", Decimal(4), ten, Decimal(40),
            "kept", "completed", march(4), 150,
        ),
        (
            "solo:1:github:2:2026-03-02", ten, ten, full,
            "completed", "completed", march(2), 150,
        ),
        (
            "solo:1:github:3:2026-03-02", Decimal(0), ten, Decimal(0),
            "kept", "passed", march(8), 80,
        ),
        ("solo:1:github:2:2026-03-09", ten, ten, full, "completed", "completed", march(9), 150),
        # By the facts ann and bob had completed it on the 2nd; ann and cid were told of the 3rd.
        (
            f"team:1:{TEAM}:2026-03-02", Decimal(14), ten, full,
            "kept", "completed", march(3), 300,
        ),
        (f"team:1:{TEAM}:2026-03-09", ten, ten, full, "completed", "completed", march(9), 150),
        (
            "vanished:3:github:2:2026-03-02", Decimal(0), None, Decimal(0),
            "kept", "passed", march(8), 33,
        ),
    }  # fmt: skip


def test_who_was_told_of_a_teams_mission_keeps_its_xp_and_nobody_joins_them(
    built: Warehouse,
) -> None:
    where = f"reference_id = 'team:1:{TEAM}:2026-03-02'"
    assert found(built, "developer_id, activity_date, reason, xp", "fct_xp_ledger", where) == {
        (ANN, march(3), "mission", 100),
        (ANN, march(3), "mission_perfect", 50),
        (CID, march(3), "mission", 100),
        (CID, march(3), "mission_perfect", 50),
    }


def test_a_period_bound_of_a_kept_attempt_without_facts_comes_from_the_rules(
    built: Warehouse,
) -> None:
    kept = found(
        built, "attempt_id, period_start, period_end", "fct_mission_attempts", "progress = 0"
    )
    assert kept == {
        ("solo:1:github:3:2026-03-02", march(2), march(8)),
        # Of a mission that is in the pack no more: over with its outcome.
        ("vanished:3:github:2:2026-03-02", march(2), march(8)),
        ("sql:1:github:3:", None, None),
    }


def test_announced_earnings_of_a_challenge_stay_and_later_ones_earn_what_exceeds_them(
    built: Warehouse,
) -> None:
    where = "reference_id like 'sql%'"
    assert found(built, "developer_id, activity_date, reason, xp", "fct_xp_ledger", where) == {
        (ANN, march(3), "mission", 85),  # announced; the facts would give 80
        (ANN, march(5), "mission", 5),  # 90 - 85
        (ANN, march(6), "mission", 10),
        (ANN, march(6), "mission_perfect", 50),
        (BOB, march(4), "mission", 70),
        (BOB, march(6), "mission", 30),
        (BOB, march(6), "mission_perfect", 50),
        (CID, march(4), "mission", 90),  # announced; no submission is left
    }
    columns = "developer_id, progress, status, announced_status, decided_on, xp_awarded"
    assert found(built, columns, "fct_mission_attempts", "mission_id = 'sql'") == {
        (ANN, Decimal(100), "kept", "passed", march(3), 150),
        (BOB, Decimal(100), "completed", "completed", march(4), 150),  # told tonight
        (CID, Decimal(0), "kept", "passed", march(4), 90),
    }


def test_an_announced_badge_keeps_its_day_and_xp_and_a_revoked_one_its_row(
    built: Warehouse,
) -> None:
    columns = "developer_id, badge_id, season, awarded_on, xp_reward, status"
    assert found(built, columns, "fct_badge_awards") == {
        (ANN, "first", None, march(3), 50, "awarded"),
        (ANN, "ten", None, march(4), 20, "kept"),  # 4 reviews are left of 10
        (ANN, "quarter", "2026-Q1", march(4), 5, "kept"),
        (BOB, "first", None, march(4), 50, "revoked"),
        (BOB, "ten", None, march(2), 15, "kept"),  # the rules would now give 20
        (BOB, "quarter", "2026-Q1", march(9), 5, "awarded"),  # another season's was revoked
        (CID, "first", None, march(3), 50, "awarded"),
        (CID, "gone", None, march(5), 30, "kept"),
    }
    ledger = found(
        built, "activity_date, reason, xp", "fct_xp_ledger", "reference_id in ('first', 'a1')"
        f" and developer_id = '{BOB}'",
    )  # fmt: skip
    assert ledger == {(march(4), "badge", 50), (march(10), "adjustment", -50)}
    assert found(built, "developer_id, badge_id", "fct_badge_progress") == {
        (CID, "ten"), (CID, "quarter"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("board", "scores"),
    [
        ("xp_all_time", {(ANN, 525), (BOB, 652), (CID, 400)}),
        ("missions_completed", {(ANN, 3), (BOB, 5), (CID, 3)}),
        ("badges_unlocked", {(ANN, 3), (BOB, 2), (CID, 2)}),
    ],
)
def test_boards_count_what_was_announced_and_not_what_was_revoked(
    built: Warehouse, board: str, scores: set[tuple]
) -> None:
    where = f"board_id = '{board}' and scope_id = 'org'"
    assert found(built, "developer_id, score", "leaderboards", where) == scores


def test_a_kept_award_is_news_of_the_day_on_which_it_was_announced(built: Warehouse) -> None:
    where = "type in ('mission_completed', 'team_mission_completed') and developer_id = 'github:1'"
    assert found(built, "activity_date, reference_id, body", "fct_notifications", where) == {
        (
            march(3),
            f"team:1:{TEAM}:2026-03-02",
            "Your team did it together, and you were part of it. "
            "You reached the full score and earned 150 XP, perfect bonus included.",
        ),
        (march(3), "sql:1:github:1:", "You made it and earned 85 XP."),
        (
            march(4),
            "solo:1:github:1:2026-03-02",
            "You reached the full score and earned 150 XP, perfect bonus included.",
        ),
    }
