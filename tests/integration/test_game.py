"""The models against the independent reference, on both engines."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from pydantic import SecretStr

from ingest.settings import Settings
from ingest.warehouse import open_warehouse
from tests.integration.building import dbt
from tests.reference.census import census, missing
from tests.reference.chains import chain_of, last_night
from tests.reference.compare import differences
from tests.reference.facts import Facts, read_facts, write_facts
from tests.reference.game import Tables, play
from tests.reference.histories import generate
from tests.reference.worlds import ends_of_nights, generate_world

#: Companies of a world: four worlds are 1,024 histories.
COMPANIES = 256
#: Kind, target, seed, number of nights.
HISTORIES = [
    ("plain", "duckdb", 1, 1),
    ("whole", "duckdb", 1, 2),
    ("whole", "duckdb", 8, 4),
    ("whole", "postgres", 6, 3),
    ("world", "duckdb", 1, 3),
    ("world", "duckdb", 2, 2),
    ("world", "duckdb", 3, 4),
    ("world", "postgres", 4, 2),
]


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


def settings_of(target: str, home: Path, request: pytest.FixtureRequest) -> Settings:
    if target == "duckdb":
        return Settings(home=home, target="duckdb")
    url = request.getfixturevalue("postgres_url")
    return Settings(home=home, target="postgres", postgres_url=SecretStr(url))


#: What occurred in each of them, counted when it is played.
COUNTED: dict[tuple[str, int, int], Counter[tuple[str, str]]] = {}


def last_of(kind: str, seed: int, nights: int) -> tuple[Facts, Tables]:
    """A generated chain's last night, with the record of the nights before in its facts."""
    if kind == "world":
        facts = generate_world(seed, COMPANIES)
    else:
        facts = generate(seed, is_whole=kind == "whole")
    ends = ends_of_nights(facts, nights, Random(seed))
    known, night = last_night(chain_of(facts, seed, ends))
    COUNTED[kind, seed, nights] = census([(known, night.tables)])
    return known, night.tables


#: Of them, those of every run of the suite.
SHORT = {("plain", "duckdb"), ("whole", "postgres")}


@pytest.mark.parametrize(
    ("kind", "target", "seed", "nights"),
    [
        pytest.param(*history, marks=[] if history[:2] in SHORT else [pytest.mark.long])
        for history in HISTORIES
    ],
    ids=[f"{kind}-{target}-{seed}" for kind, target, seed, _ in HISTORIES],
)
def test_every_mart_equals_the_reference(
    kind: str,
    target: str,
    seed: int,
    nights: int,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    """The last night of a chain, built in full and tested by dbt; the unit tests of the rules."""
    settings = settings_of(target, tmp_path, request)
    facts, expected = last_of(kind, seed, nights)
    with open_warehouse(settings) as warehouse:
        write_facts(warehouse, facts)
    run = dbt(settings, "build", "--exclude-resource-type", "unit_test")
    assert run.returncode == 0, run.stdout[-3000:]
    with open_warehouse(settings) as warehouse:
        assert differences(warehouse, "build", expected) == []
        assert warehouse.query(UNPROVED).rows() == []
        assert warehouse.query(PROVED_TWICE).rows() == []
    if (kind, target) in SHORT:
        run = dbt(settings, "test", "--select", "test_type:unit")
        assert run.returncode == 0, run.stdout[-3000:]


@pytest.mark.long
def test_no_case_of_the_rules_is_left_untried(capsys: pytest.CaptureFixture[str]) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for kind, _, seed, nights in HISTORIES:
        if (kind, seed, nights) not in COUNTED:
            last_of(kind, seed, nights)
        counts += COUNTED[kind, seed, nights]
    with capsys.disabled():
        print("\nCases in the generated histories:")
        for (kind, name), count in sorted(counts.items()):
            print(f"  {kind:<24} {name:<30} {count:>9,}")
    assert missing(counts) == []


def test_facts_read_back_from_a_warehouse_play_the_same_game(tmp_path: Path) -> None:
    facts = generate(105, people=6, days=30)
    settings = Settings(home=tmp_path)
    with open_warehouse(settings) as warehouse:
        write_facts(warehouse, facts)
        assert play(read_facts(warehouse)) == play(facts)
