"""Chains of nights on one warehouse: each computes only its slice, and equals the reference, a full
rebuild, and itself run again.
"""

from pathlib import Path
from random import Random

import pytest
from pydantic import SecretStr

from ingest.settings import Settings
from ingest.tables import OPS_ANNOUNCED_AWARDS
from ingest.warehouse import open_warehouse
from tests.integration.chain import run_night
from tests.reference.announced import RECORDED
from tests.reference.chains import chain_of, play_chain
from tests.reference.compare import differences
from tests.reference.facts import Facts
from tests.reference.histories import generate
from tests.reference.worlds import ends_of_nights, generate_world

#: Kind, engine, seed, number of nights: facts arrive late, change and vanish between them.
CHAINS = [
    ("whole", "duckdb", 8, 2),
    ("whole", "duckdb", 8, 4),
    ("world", "duckdb", 3, 4),
    ("whole", "postgres", 1, 2),
]
COMPANIES = 40


def nights_of(kind: str, seed: int, nights: int) -> list[Facts]:
    facts = generate_world(seed, COMPANIES) if kind == "world" else generate(seed, is_whole=True)
    chain = chain_of(facts, seed, ends_of_nights(facts, nights, Random(seed)))
    for number, known in enumerate(chain):
        (night,) = known["ops.nights"]
        known.tables["ops.nights"] = [night | {"run_id": f"night-{number}"}]
    return chain


@pytest.mark.parametrize(
    ("kind", "target", "seed", "nights"),
    [
        pytest.param(*chain, marks=[] if number == 0 else [pytest.mark.long])
        for number, chain in enumerate(CHAINS)
    ],
    ids=[f"{k}-{t}-{s}-{n}" for k, t, s, n in CHAINS],
)
def test_every_night_equals_the_reference_and_the_last_one_a_rebuild(
    kind: str,
    target: str,
    seed: int,
    nights: int,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    settings = Settings(home=tmp_path)
    if target == "postgres":
        url = SecretStr(request.getfixturevalue("postgres_url"))
        settings = Settings(home=tmp_path, target="postgres", postgres_url=url)
    chain = nights_of(kind, seed, nights)
    for number, (known, night) in enumerate(play_chain(chain)):
        published = run_night(settings, chain[number], tests=number == 1)
        with open_warehouse(settings) as warehouse:
            assert differences(warehouse, "core", night.tables) == [], f"night {number}"
            record = warehouse.query(
                f"select {', '.join(RECORDED)} from {OPS_ANNOUNCED_AWARDS.path}"
            ).rows()
        told = [*known["ops.announced_awards"], *night.announced]
        assert sorted(record, key=str) == sorted(
            (tuple(row[column] for column in RECORDED) for row in told), key=str
        )
    again = run_night(settings, chain[-1])
    assert again.content_hash == published.content_hash
    assert sum(again.rows_written.values()) == 0
    rebuilt = run_night(settings, chain[-1], is_rebuild=True)
    assert rebuilt.content_hash == published.content_hash
    assert {table for table, rows in rebuilt.rows_written.items() if rows} == set()
