"""`rules simulate`: what another pack would have made of the same facts, and nothing touched."""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import isqrt
from pathlib import Path

import pytest

import orchestration.simulation as simulation
from ingest.errors import NightquestError, SettingsError
from ingest.rules import RulePack, load_pack
from ingest.settings import Settings
from ingest.simulator import simulated_organisation
from ingest.tables import OPS_ANNOUNCED_AWARDS
from ingest.warehouse import open_warehouse
from orchestration.resources import night_lock
from orchestration.runner import run_nightly
from orchestration.simulation.compare import Comparison, Measure, Range, compare_sides
from tests.integration.nights import nightquest, put_in_force
from tests.reference.facts import Facts, read_facts
from tests.reference.game import play

pytestmark = pytest.mark.long

IN_FORCE = {
    "pack.yml": "name: small\n",
    "xp_rules.yml": """
- {id: pr_merged, metric: github.pull_requests_merged, points: 20, daily_cap: 60,
   valid_from: 2016-01-01}
- {id: review_given, metric: github.reviews_given, points: 15, daily_cap: 60,
   valid_from: 2016-01-01}
""",
    "missions.yml": """
- {id: weekly_reviewer, name: Reviewer, difficulty: medium, metric: github.reviews_given,
   target: 6, period: week, valid_from: 2016-01-01}
""",
    "challenges.yml": "[]\n",
    "badges.yml": """
- {id: ten_reviews, name: Ten, category: special, rarity: common, xp_reward: 50,
   condition: {type: metric, metric: github.reviews_given, threshold: 10}, valid_from: 2016-01-01}
""",
}
NEW_BADGE = """
- {id: five_merged, name: Five, category: special, rarity: rare, xp_reward: 100,
   condition: {type: metric, metric: github.pull_requests_merged, threshold: 5},
   valid_from: 2016-01-01}
"""
#: One rule doubled, one badge added, one mission's target lowered.
ON_TRIAL = IN_FORCE | {
    "xp_rules.yml": IN_FORCE["xp_rules.yml"].replace("points: 15", "points: 30"),
    "missions.yml": IN_FORCE["missions.yml"].replace("target: 6", "target: 3"),
    "badges.yml": IN_FORCE["badges.yml"] + NEW_BADGE,
}
#: Four weeks.
NIGHTS = timedelta(days=27)


def written(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Organisation:
    """A published home, and the two packs."""

    settings: Settings
    in_force: Path
    on_trial: Path
    last: date

    @property
    def pack(self) -> RulePack:
        return load_pack(self.on_trial)


@pytest.fixture(scope="module")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    place = tmp_path_factory.mktemp("simulation")
    in_force = written(place / "in_force", IN_FORCE)
    with (
        simulated_organisation(snowflake=False) as running,
        pytest.MonkeyPatch.context() as monkeypatch,
    ):
        home = {"NIGHTQUEST_HOME": str(place / "home"), "NIGHTQUEST_RULES": str(in_force)}
        settings = put_in_force(monkeypatch, running.environment | home)
        run_nightly(settings, running.last_day - NIGHTS, running.last_day)
        last = running.last_day
    return Organisation(settings, in_force, written(place / "on_trial", ON_TRIAL), last)


@dataclass(frozen=True)
class Found:
    """One simulation, its comparison over the last ten days as well, and what it left behind."""

    simulation: simulation.Simulation
    ten_days: Comparison
    changed_files: set[str]


@pytest.fixture(scope="module")
def found(organisation: Organisation) -> Found:
    settings, before = organisation.settings, hashes(organisation.settings.home)
    ten_days: list[Comparison] = []

    def compare_twice(scratch: Settings, days: Range) -> Comparison:
        last_days = Range(days.last - timedelta(days=9), days.last, days.as_of_day)
        ten_days.append(compare_sides(scratch, last_days))
        return compare_sides(scratch, days)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(simulation, "compare_sides", compare_twice)
        done = simulation.simulate(settings, organisation.pack, organisation.on_trial)
    after = hashes(settings.home)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    return Found(done, ten_days[0], changed)


def hashes(home: Path) -> dict[str, str]:
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in home.rglob("*")
        if path.is_file()
    }


def published(organisation: Organisation, sql: str) -> list[dict]:
    with open_warehouse(organisation.settings) as warehouse:
        return warehouse.query(sql).to_dicts()


def of(measures: list[Measure], name: str) -> tuple[int, int]:
    (measure,) = [measure for measure in measures if measure.name == name]
    return measure.before, measure.after


def values(organisation: Organisation, metric: str) -> list[tuple[str, int]]:
    """Who did how much on each day."""
    rows = published(
        organisation,
        f"select developer_id, value from core.fct_activity_daily where metric = '{metric}'",
    )
    return [(row["developer_id"], int(row["value"])) for row in rows]


def test_only_the_page_is_new_in_the_home(organisation: Organisation, found: Found) -> None:
    """Published file, work file, Dagster's records and dbt's files are as before."""
    page = found.simulation.page
    expected = f"simulations/{organisation.pack.hash[:12]}-{organisation.last}.html"
    assert str(page.relative_to(organisation.settings.home)) == expected
    assert found.changed_files - {"simulations/.lock"} == {expected}


def test_the_doubled_rule_gives_twice_as_much_up_to_its_cap(
    organisation: Organisation, found: Found
) -> None:
    reviews = [count for _, count in values(organisation, "github.reviews_given")]
    expected = (
        sum(min(60, 15 * count) for count in reviews),
        sum(min(60, 30 * count) for count in reviews),
    )
    assert expected[1] > expected[0] > 0
    assert of(found.simulation.comparison.rules, "review_given") == expected


def test_a_rule_that_stays_gives_the_same(organisation: Organisation, found: Found) -> None:
    merged = [count for _, count in values(organisation, "github.pull_requests_merged")]
    expected = sum(min(60, 20 * count) for count in merged)
    assert of(found.simulation.comparison.rules, "pr_merged") == (expected, expected)


def test_the_new_badge_goes_to_everybody_who_merged_five(
    organisation: Organisation, found: Found
) -> None:
    totals: dict[str, int] = {}
    for who, count in values(organisation, "github.pull_requests_merged"):
        totals[who] = totals.get(who, 0) + count
    expected = sum(total >= 5 for total in totals.values())
    assert expected > 0
    assert of(found.simulation.comparison.badges, "five_merged") == (0, expected)


def test_the_lower_target_passes_more_weeks(organisation: Organisation, found: Found) -> None:
    """Passed from 70 %: at a target of 6 from 5 reviews, at 3 from 3; open weeks only at 100 %."""
    attempts = published(
        organisation,
        "select progress, period_end from core.fct_mission_attempts "
        "where mission_id = 'weekly_reviewer'",
    )
    outcomes = {
        target: sum(
            row["progress"] >= (least if row["period_end"] <= organisation.last else target)
            for row in attempts
        )
        for target, least in ((6, 5), (3, 3))
    }
    assert outcomes[3] > outcomes[6] > 0
    expected = (outcomes[6], outcomes[3])
    assert of(found.simulation.comparison.missions, "weekly_reviewer") == expected


@pytest.fixture(scope="module")
def reference(organisation: Organisation) -> dict[str, dict[str, int]]:
    """XP of each person, by name, under the pack on trial: from the independent program."""
    with open_warehouse(organisation.settings) as warehouse:
        facts = read_facts(warehouse)
    rules = {table.path: frame.to_dicts() for table, frame in organisation.pack.frames().items()}
    # A simulation forgets what was announced, unless it is told otherwise.
    marts = play(Facts(facts.tables | rules | {OPS_ANNOUNCED_AWARDS.path: []}))
    names = {row["developer_id"]: row["display_name"] for row in marts["dim_developers"]}
    xp: dict[str, dict[str, int]] = {name: {"all": 0, "ten_days": 0} for name in names.values()}
    for row in marts["fct_xp_ledger"]:
        mine = xp[names[row["developer_id"]]]
        mine["all"] += row["xp"]
        if row["activity_date"] > organisation.last - timedelta(days=10):
            mine["ten_days"] += row["xp"]
    return xp


def test_everybodys_xp_and_level_are_those_of_the_reference(
    found: Found, reference: dict[str, dict[str, int]]
) -> None:
    people = {person.name: person for person in found.simulation.comparison.developers}
    assert {name: person.xp[1] for name, person in people.items()} == {
        name: xp["all"] for name, xp in reference.items()
    }
    assert {name: person.levels[1] for name, person in people.items()} == {
        name: isqrt(xp["all"] // 100) + 1 for name, xp in reference.items()
    }


def test_before_is_what_is_published(organisation: Organisation, found: Found) -> None:
    shown = published(
        organisation,
        "select d.display_name, sum(x.xp) as xp from core.fct_xp_ledger as x "
        "inner join core.dim_developers as d on x.developer_id = d.developer_id "
        "group by d.display_name",
    )
    people = found.simulation.comparison.developers
    assert {person.name: person.xp[0] for person in people if person.xp[0]} == {
        row["display_name"]: int(row["xp"]) for row in shown
    }
    board = published(
        organisation,
        "select d.display_name, b.rank from core.leaderboards as b "
        "inner join core.dim_developers as d on b.developer_id = d.developer_id "
        "where b.board_id = 'xp_all_time' and b.scope_id = 'org'",
    )
    expected = {row["display_name"]: row["rank"] for row in board}
    assert {p.name: p.board_ranks[0] for p in people if p.board_ranks[0]} == expected
    assert {p.name: p.ranks[0] for p in people if p.ranks[0]} == expected, "all days are compared"


def test_a_range_compares_its_days_and_keeps_the_whole_history(
    found: Found, reference: dict[str, dict[str, int]]
) -> None:
    """The XP are those of the ten days; the levels stand on everything before as well."""
    people = {person.name: person for person in found.ten_days.developers}
    assert {name: person.xp[1] for name, person in people.items()} == {
        name: xp["ten_days"] for name, xp in reference.items()
    }
    assert {name: person.total_xp[1] for name, person in people.items()} == {
        name: xp["all"] for name, xp in reference.items()
    }
    ranked = [xp["ten_days"] for xp in reference.values() if xp["ten_days"] > 0]
    for person in people.values():
        if person.ranks[1]:
            assert person.ranks[1] == 1 + sum(xp > person.xp[1] for xp in ranked)


def test_the_teams_add_up_to_what_their_members_have(found: Found) -> None:
    comparison = found.simulation.comparison
    for side in (0, 1):
        of_teams = sum(team.xp[side] for team in comparison.teams)
        assert of_teams == comparison.totals[side].xp, "everybody is in one team here"
    assert {team.members for team in comparison.teams} == {7, 8}


def test_the_totals_are_those_of_the_people(organisation: Organisation, found: Found) -> None:
    comparison = found.simulation.comparison
    before, after = comparison.totals
    assert after.xp == sum(person.xp[1] for person in comparison.developers)
    (days,) = published(
        organisation,
        "select count(*) as n from core.fct_developer_days",
    )
    assert before.developer_days == days["n"]
    assert before.xp_per_day == before.xp / days["n"]
    ordered = sorted(person.xp[0] for person in comparison.developers if any(person.xp))
    middle = (Decimal(ordered[(len(ordered) - 1) // 2]) + ordered[len(ordered) // 2]) / 2
    assert before.quantiles[2] == float(middle)
    assert sum(week.after for week in comparison.weeks) == after.xp
    assert sum(reason.before for reason in comparison.reasons) == before.xp


def test_the_page_names_no_other_host_and_shows_the_plots(found: Found) -> None:
    page = found.simulation.page.read_text(encoding="utf-8")
    assert not re.search(r"https?:|src=|href=|@import|url\(|<script", page)
    assert page.count("<svg") == 7
    assert "weekly_reviewer" in page
    assert found.simulation.report.headline in page
    assert found.simulation.page.stat().st_mode & 0o777 == 0o640


def test_an_unchanged_pack_changes_nothing_and_says_so(organisation: Organisation) -> None:
    settings = organisation.settings
    copy = organisation.in_force.parent / "copied"
    shutil.copytree(organisation.in_force, copy)
    (copy / "pack.yml").write_text("# A comment is no change.\nname: small\n")
    page = organisation.in_force.parent / "page.html"
    first = organisation.last - timedelta(days=6)
    said = nightquest(
        "rules", "simulate", str(copy), "--from", str(first), "--to", str(organisation.last),
        "--html", str(page), "--keep-announced",
        home=settings.home, environment={},
    )  # fmt: skip
    assert said.code == 0, said.err
    assert f"Nothing would change: {copy} (" in said.out
    assert f"{first} to {organisation.last}" in said.out
    assert "Announced awards keep their day and XP" in said.out
    assert "Biggest winners" not in said.out
    assert re.search(r"XP of all\W+([\d,]+)\W+\1\W+0\W+\+0\.0 %", said.out)
    assert page.exists()


def interrupted(process: subprocess.Popen) -> None:
    """Ctrl-C reaches a terminal's whole group of processes."""
    os.killpg(process.pid, signal.SIGINT)


def test_nothing_is_left_after_ctrl_c(organisation: Organisation) -> None:
    scratch = organisation.settings.home / "simulations" / ".scratch"
    process = subprocess.Popen(
        [
            Path(sys.executable).with_name("nightquest"),
            "rules", "simulate", str(organisation.on_trial),
        ],
        env=os.environ | {"NIGHTQUEST_HOME": str(organisation.settings.home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not (scratch / "dbt").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert scratch.stat().st_mode & 0o777 == 0o700, "the facts name people"
    interrupted(process)
    said, _ = process.communicate(timeout=60)
    assert process.returncode not in {0, 2}
    assert "Traceback" not in said
    assert not scratch.exists()


def test_a_night_can_run_while_the_game_is_computed(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy is all that needs the work file; what a failed dbt leaves is removed."""
    settings = organisation.settings

    def compute(scratch: Settings) -> None:
        assert (settings.home / "simulations" / ".scratch").exists()
        with night_lock(settings), open_warehouse(settings) as warehouse:
            warehouse.execute("create temporary table written (n integer)")
        raise NightquestError("as far as the night")

    monkeypatch.setattr(simulation, "compute", compute)
    with pytest.raises(NightquestError, match="as far as the night"):
        simulation.simulate(settings, organisation.pack, organisation.on_trial)
    assert not (settings.home / "simulations" / ".scratch").exists()


def test_while_a_night_runs_a_simulation_waits_for_its_end(organisation: Organisation) -> None:
    settings = organisation.settings
    with night_lock(settings), pytest.raises(NightquestError) as told:
        simulation.simulate(settings, organisation.pack, organisation.on_trial)
    assert str(told.value) == (
        f"A night is at work on {settings.home}, and the facts in its work file cannot be read "
        "meanwhile: simulate again when it has ended."
    )


def test_a_day_that_no_night_has_computed_is_refused(organisation: Organisation) -> None:
    tomorrow = organisation.last + timedelta(days=1)
    with pytest.raises(SettingsError) as told:
        simulation.simulate(
            organisation.settings, organisation.pack, organisation.on_trial, last=tomorrow
        )
    assert str(told.value) == (
        f"--to {tomorrow} lies after the as-of day; allowed: up to {organisation.last}."
    )


def test_a_disk_without_room_is_refused_beforehand(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(NightquestError, match=r"^A simulation needs about .* GB under .*free"):
        simulation.simulate(organisation.settings, organisation.pack, organisation.on_trial)
