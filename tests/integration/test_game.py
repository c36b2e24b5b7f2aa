"""The models against the independent reference, on both engines."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from ingest.settings import Settings
from ingest.warehouse import open_warehouse
from tests.integration.building import dbt
from tests.reference.census import census, missing
from tests.reference.compare import differences
from tests.reference.facts import Facts, read_facts, write_facts
from tests.reference.game import play
from tests.reference.histories import generate


def settings_of(target: str, home: Path, request: pytest.FixtureRequest) -> Settings:
    if target == "duckdb":
        return Settings(home=home, target="duckdb")
    url = request.getfixturevalue("postgres_url")
    return Settings(home=home, target="postgres", postgres_url=SecretStr(url))


@pytest.fixture(
    params=[("duckdb", 1), ("duckdb", 8), ("postgres", 6)],
    ids=lambda case: f"{case[0]}-{case[1]}",
)
def built(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Settings, Facts]:
    """A generated history of 40 people, built and tested by dbt."""
    target, seed = request.param
    settings = settings_of(target, tmp_path, request)
    facts = generate(seed)
    with open_warehouse(settings) as warehouse:
        write_facts(warehouse, facts)
    run = dbt(settings, "build", "--exclude-resource-type", "unit_test")
    assert run.returncode == 0, run.stdout[-3000:]
    return settings, facts


#: Activity XP without a source row, and source rows twice behind one ledger row.
UNPROVED = """
select ledger.ledger_id
from build.fct_xp_ledger as ledger
left join build.xp_evidence as evidence on ledger.ledger_id = evidence.ledger_id
where ledger.reason = 'activity' and evidence.ledger_id is null
"""
PROVED_TWICE = """
select ledger_id from build.xp_evidence
group by ledger_id, source, dataset, counts_for, source_key having count(*) > 1
"""


def test_every_mart_equals_the_reference(built: tuple[Settings, Facts]) -> None:
    settings, facts = built
    with open_warehouse(settings) as warehouse:
        assert differences(warehouse, "build", play(facts)) == []
        assert warehouse.query(UNPROVED).rows() == []
        assert warehouse.query(PROVED_TWICE).rows() == []


def test_no_case_of_the_rules_is_left_untried(capsys: pytest.CaptureFixture[str]) -> None:
    played = [(facts, play(facts)) for facts in map(generate, (1, 6, 8))]
    counts = census(played)
    with capsys.disabled():
        print("\nCases in the generated histories:")
        for (kind, name), count in sorted(counts.items()):
            print(f"  {kind:<20} {name:<24} {count:>7,}")
    assert missing(counts) == []


@pytest.mark.parametrize("target", ["duckdb", "postgres"])
def test_the_unit_tests_of_the_rules_pass(
    target: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    settings = settings_of(target, tmp_path, request)
    with open_warehouse(settings) as warehouse:
        write_facts(warehouse, generate(104, people=4, days=20))
    assert dbt(settings, "build", "--exclude-resource-type", "unit_test", "test").returncode == 0
    run = dbt(settings, "test", "--select", "test_type:unit")
    assert run.returncode == 0, run.stdout[-3000:]


def test_facts_read_back_from_a_warehouse_play_the_same_game(tmp_path: Path) -> None:
    facts = generate(105, people=6, days=30)
    settings = Settings(home=tmp_path)
    with open_warehouse(settings) as warehouse:
        write_facts(warehouse, facts)
        assert play(read_facts(warehouse)) == play(facts)
