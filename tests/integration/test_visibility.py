"""Who may be seen: the visibility policies in what readers read, on both engines.

The company of test_teams, with a limit of 3 for teams: dan has opted out, eve is back in by a
statement of her own, everybody else never said a word.
"""

import json
import re
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from pydantic import SecretStr

from ingest.settings import Settings
from ingest.warehouse import open_warehouse
from orchestration.assets.models import marts_of_project
from orchestration.export import Format, export
from orchestration.night import input_hash
from orchestration.publication.nights import Build
from orchestration.publication.publishing import Publication, publish
from orchestration.published import Ask, published_marts
from tests.integration.chain import run_night
from tests.integration.test_teams import (
    ANN,
    BOB,
    CID,
    CORE,
    EDGE,
    EVE,
    FAY,
    LOGINS,
    company,
    march,
)
from tests.reference import rows
from tests.reference.facts import Facts

NAMES = {f"github:{user_id}": login for user_id, login in LOGINS.items()}
#: Whose rows there are under each policy.
SHOWN = {"named": {ANN, BOB, CID, EVE, FAY}, "anonymous": set(), "opt_in": {EVE}}


def night(number: int, **facts: list[rows.Row]) -> Facts:
    known = company()
    (of_company,) = known["ops.nights"]
    known.tables["ops.nights"] = [of_company | {"run_id": f"night-{number}"}]
    for table, more in facts.items():
        known.add(f"raw_filedrop.{table}", *more)
    return known


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder: Path = tmp_path_factory.mktemp("visibility")
    settings = Settings(home=folder, min_team_size=3)
    if request.param == "postgres":
        url = SecretStr(request.getfixturevalue("module_postgres_url"))
        settings = settings.model_copy(update={"target": "postgres", "postgres_url": url})
    return settings


@pytest.fixture(scope="module")
def nights(home: Settings) -> "dict[str, tuple[Shown, Publication]]":
    """One night under each policy in turn, on the same facts; what each showed is read in between,
    so that the last one's is what is published.
    """
    told = {}
    for number, policy in enumerate(SHOWN):
        settings = home.model_copy(update={"visibility": policy})
        publication = run_night(settings, night(number)) if number < 2 else publish_again(settings)
        with published_marts(settings) as ask:
            told[policy] = Shown(ask), publication
    return told


def publish_again(settings: Settings) -> Publication:
    """What is built, under another policy: no model knows of any."""
    build = Build("published-again", "inputs", "basis", is_rebuild=False)
    with open_warehouse(settings) as warehouse:
        return publish(settings, warehouse, build, marts_of_project())


class Shown:
    """Everything that readers could read at one time."""

    def __init__(self, ask: Ask) -> None:
        tables = ask(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        )
        self.rows = {
            table: ask(f"select * from marts.{table}")
            for table in (t["table_name"] for t in tables)
        }

    def people(self, table: str) -> set[str]:
        return {row["developer_id"] for row in self.rows[table]} - {None}

    def named(self) -> set[str]:
        """The people whose id or login stands in any cell of any table."""
        text = "\n".join(
            str(value) for table in self.rows.values() for row in table for value in row.values()
        )
        return {
            who
            for who, login in NAMES.items()
            if re.search(rf"(?<![\w:]){who}(?!\d)|\b{re.escape(login)}\b", text)
        }


@pytest.mark.parametrize("policy", SHOWN)
def test_only_who_may_be_named_stands_in_any_cell(nights, policy: str) -> None:
    shown, _ = nights[policy]
    assert shown.named() == SHOWN[policy]
    for table in ("dim_developers", "fct_xp_ledger", "fct_developer_days"):
        assert shown.people(table) == SHOWN[policy], table


@pytest.mark.parametrize("policy", ["opt_in", "anonymous"])
def test_teams_of_few_are_left_out_where_people_are_not_named(nights, policy: str) -> None:
    shown, _ = nights[policy]
    days = {(row["team_id"], row["activity_date"]) for row in shown.rows["fct_team_days"]}
    assert days == {(CORE, march(6)), (CORE, march(12))}
    attempts = {row["team_id"] for row in shown.rows["fct_mission_attempts"]} - {None}
    assert attempts == {CORE}
    assert {row["team_id"] for row in shown.rows["dim_teams"]} == {CORE, EDGE}


@pytest.mark.parametrize("policy", ["opt_in", "anonymous"])
def test_sums_of_the_organisation_stay_but_for_those_over_few(nights, policy: str) -> None:
    """Everybody counts, the unnamed too, wherever they are three or nobody at all."""
    shown, _ = nights[policy]
    whole, _ = nights["named"]
    for table, count in {
        "fct_org_days": "active_members",
        "fct_mission_periods": "attempts",
        "fct_level_holders": "holders",
    }.items():
        kept = [row for row in whole.rows[table] if row[count] == 0 or row[count] >= 3]
        few = [row for row in whole.rows[table] if 0 < row[count] < 3]
        assert few, f"{table} has no row to leave out"
        assert sorted(map(str, shown.rows[table])) == sorted(map(str, kept))
    days = {row["activity_date"]: row for row in shown.rows["fct_org_days"]}
    # Ann, Bob and Cid at least were active on the days on which the core team is shown.
    assert days[march(6)]["active_members"] >= 3
    assert days[march(6)]["xp"] > 0


def test_under_named_teams_of_few_are_there(nights) -> None:
    shown, _ = nights["named"]
    assert (EDGE, march(9)) in {
        (row["team_id"], row["activity_date"]) for row in shown.rows["fct_team_days"]
    }


def test_the_content_hash_knows_no_policy(nights) -> None:
    assert len({publication.content_hash for _, publication in nights.values()}) == 1


def test_another_policy_writes_no_row_of_the_game(nights) -> None:
    for policy in ("opt_in", "anonymous"):
        _, publication = nights[policy]
        written = {table for table, count in publication.rows_written.items() if count}
        assert written <= {"run_status", "data_status"}


@pytest.mark.usefixtures("nights")
def test_who_opts_in_or_out_is_shown_or_not_from_the_next_night_on(home: Settings) -> None:
    """A night that changes the file only where somebody more is shown."""
    opted = home.model_copy(update={"visibility": "opt_in"})
    more = {
        "opt_ins": [rows.leave(march(14), "bob")],
        "opt_outs": [rows.leave(march(15), "eve")],
    }
    run_night(opted, night(len(SHOWN), **more))
    with published_marts(opted) as ask:
        shown = Shown(ask)
    assert shown.named() == {BOB}
    assert shown.people("fct_xp_ledger") == {BOB}


@pytest.mark.parametrize("form", list(Format))
def test_an_export_holds_what_readers_see(
    home: Settings, nights, form: Format, tmp_path: Path
) -> None:
    """Of the night that is published now, whichever that is."""
    counts = export(home, tmp_path / "files", form)
    with published_marts(home) as ask:
        shown = Shown(ask)
    assert {name: len(seen) for name, seen in shown.rows.items()} == counts
    assert counts["fct_xp_ledger"] > 0
    assert {path.name for path in (tmp_path / "files").iterdir()} == {
        f"{name}.{form}" for name in counts
    }
    for name, seen in shown.rows.items():
        file = tmp_path / "files" / f"{name}.{form}"
        if form is Format.parquet:
            found = pl.read_parquet(file).rows()
            assert Counter(found) == Counter(tuple(row.values()) for row in seen), name
        elif form is Format.csv:
            assert pl.read_csv(file, infer_schema=False).height == len(seen), name
        else:
            lines = [json.loads(line) for line in file.read_text().splitlines()]
            assert [list(line) for line in lines] == [list(row) for row in seen], name


def test_another_policy_is_something_new_for_a_night(home: Settings, nights) -> None:
    with open_warehouse(home) as warehouse:
        warehouse.execute("update ops.nights set visibility = 'named'")
        before = input_hash(warehouse)
        warehouse.execute("update ops.nights set visibility = 'anonymous'")
        assert input_hash(warehouse) != before
