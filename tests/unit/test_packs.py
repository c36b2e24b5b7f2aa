"""The pack of a night: the folder's, or the one in force."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ingest.rules import Metric, RulePack, load_pack
from ingest.settings import Settings
from ingest.tables import OPS_RULE_PACKS
from ingest.warehouse import Warehouse, open_warehouse
from orchestration.packs import RulesOfNight, note_pack, rules_of_night
from tests.unit.rules.conftest import SMALL

AS_OF = date(2026, 6, 10)
FOLDER = Path("my rules")
CHALLENGE = "- {id: %s, name: New, xp: 5, valid_from: 2020-01-01}\n"


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """A warehouse whose night has loaded, and published nothing yet."""
    with open_warehouse(Settings(home=tmp_path / "home")) as opened:
        opened.execute("create schema ops")
        opened.execute(OPS_RULE_PACKS.ddl)
        yield opened


@pytest.fixture
def small(tmp_path: Path) -> RulePack:
    return pack(tmp_path)


def pack(folder: Path, **changed: str) -> RulePack:
    for name, text in (SMALL | {f"{file}.yml": text for file, text in changed.items()}).items():
        (folder / name).write_text(text, encoding="utf-8")
    return load_pack(folder)


def publish(warehouse: Warehouse, published: RulePack) -> str:
    """A published night, as far as packs are concerned."""
    note_pack(warehouse, published)
    warehouse.execute("create schema core")
    warehouse.execute("create table core.run_status (as_of_day date, pack_hash varchar)")
    warehouse.execute("insert into core.run_status values ($1, $2)", [AS_OF, published.hash])
    return published.hash


def test_the_first_pack_ever_is_the_folders(tmp_path: Path, small: RulePack) -> None:
    with open_warehouse(Settings(home=tmp_path / "home")) as warehouse:
        assert rules_of_night(warehouse, FOLDER, small, None) == RulesOfNight(small)


def test_a_pack_that_a_failed_night_has_loaded_is_not_in_force(
    warehouse: Warehouse, tmp_path: Path, small: RulePack
) -> None:
    shown = publish(warehouse, small)
    changed = pack(tmp_path, challenges="[]")
    note_pack(warehouse, changed)
    found = rules_of_night(warehouse, FOLDER, changed, shown)
    assert found.pack.hash == small.hash
    assert found.problem == (
        "the pack in force goes on, because changes of the rule pack wait (challenges.yml, entry "
        "sql, taken out): type `nightquest rules simulate 'my rules'` and then `nightquest "
        "rebuild --accept-rules`"
    )


def test_before_anything_is_published_the_folders_pack_is_mended_freely(
    warehouse: Warehouse, tmp_path: Path, small: RulePack
) -> None:
    note_pack(warehouse, small)
    changed = pack(tmp_path, challenges="[]")
    assert rules_of_night(warehouse, FOLDER, changed, None) == RulesOfNight(changed)


def test_three_changes_are_named_and_the_others_counted(
    warehouse: Warehouse, tmp_path: Path, small: RulePack
) -> None:
    shown = publish(warehouse, small)
    more = "".join(CHALLENGE % name for name in "abcde")
    found = rules_of_night(
        warehouse, FOLDER, pack(tmp_path, challenges=SMALL["challenges.yml"] + more), shown
    )
    assert found.problem
    assert "entry c, new from 2020-01-01; and 2 more)" in found.problem


def test_a_newly_declared_metric_does_not_wait(
    warehouse: Warehouse, tmp_path: Path, small: RulePack
) -> None:
    shown = publish(warehouse, small)
    declared = Metric("snowflake.tasks", "tasks", "snowflake", "tasks completed")
    wired = replace(small, metrics=(*small.metrics, declared))
    assert rules_of_night(warehouse, FOLDER, wired, shown) == RulesOfNight(wired)

    changed = replace(pack(tmp_path, challenges="[]"), metrics=wired.metrics)
    goes_on = rules_of_night(warehouse, FOLDER, changed, shown).pack
    assert goes_on.hash == small.hash
    assert declared in goes_on.metrics


def test_a_pack_that_is_not_known_any_more_is_replaced_and_that_is_said(
    warehouse: Warehouse, tmp_path: Path, small: RulePack
) -> None:
    """The work file was thrown away: only the published file still tells the hash."""
    changed = pack(tmp_path, challenges="[]")
    found = rules_of_night(warehouse, FOLDER, changed, small.hash)
    assert found.pack == changed
    assert found.problem is not None
    assert found.problem.startswith("the rule pack has changed and the new one is in force")
    assert rules_of_night(warehouse, FOLDER, small, small.hash) == RulesOfNight(small)


def test_a_pack_that_this_version_would_refuse_is_not_known(
    warehouse: Warehouse, small: RulePack
) -> None:
    shown = publish(warehouse, small)
    warehouse.execute(
        f"update {OPS_RULE_PACKS.path} set content = replace(content, 'week', 'fortnight')"
    )
    assert rules_of_night(warehouse, FOLDER, small, shown).problem is None
    assert rules_of_night(warehouse, FOLDER, small, "another").problem is not None
