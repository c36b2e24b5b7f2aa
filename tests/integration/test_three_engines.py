"""The same nights on DuckDB, Postgres and the emulated Snowflake end in equal rows.

The emulation is DuckDB underneath: it shows that our code runs there, Postgres that the SQL means
the same.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from ingest.settings import Settings
from orchestration.assets.models import marts_of_project
from orchestration.published import published_marts
from tests.emulation.snowflake import settings_of, snowflake_emulation
from tests.integration.chain import run_night
from tests.integration.nights import Content, content
from tests.integration.test_chain import nights_of
from tests.questions import asked_of, questions
from tests.reference.compare import normal

pytestmark = pytest.mark.long

LEADER = """
select developers.login, max(days.activity_date) as day
from marts.leaderboards as boards
inner join marts.dim_developers as developers on boards.developer_id = developers.developer_id
inner join marts.fct_developer_days as days on boards.developer_id = days.developer_id
where boards.board_id = 'xp_all_time' and boards.scope_id = 'org' and days.xp > 0
group by developers.login, boards.rank, boards.developer_id
order by boards.rank, boards.developer_id
limit 1
"""
#: Facts arrive late, change and vanish between these nights.
SEED, NIGHTS = 1, 2


@dataclass(frozen=True)
class Night:
    """What a night has published, and the answers to the questions of docs/queries.md."""

    content_hash: str
    row_counts: dict[str, int]
    rows: Content
    answers: dict[str, list[tuple]]


def play(settings: Settings) -> list[Night]:
    """Night after night, and a rebuild at the end."""
    chain = nights_of("whole", SEED, NIGHTS)
    nights = []
    for is_rebuild, facts in [*((False, facts) for facts in chain), (True, chain[-1])]:
        publication = run_night(settings, facts, is_rebuild)
        rows = content(settings, tuple(marts_of_project()))
        night = Night(publication.content_hash, publication.row_counts, rows, answers(settings))
        nights.append(night)
    return nights


def answers(settings: Settings) -> dict[str, list[tuple]]:
    """Each question's rows, in order; about whoever leads, and their latest day with XP."""
    with published_marts(settings) as ask:
        (leader,) = ask(LEADER)
        return {
            title: [
                tuple(map(normal, row.values()))
                for row in ask(asked_of(sql, leader["login"], leader["day"]))
            ]
            for title, sql in questions().items()
        }


@pytest.fixture(scope="module")
def on_duckdb(tmp_path_factory: pytest.TempPathFactory) -> list[Night]:
    return play(Settings(home=tmp_path_factory.mktemp("duckdb")))


def assert_equal(nights: list[Night], expected: list[Night]) -> None:
    for number, (its, other) in enumerate(zip(nights, expected, strict=True)):
        for table, rows in its.rows.items():
            assert rows == other.rows[table], f"{table}, night {number}"
        assert its.row_counts == other.row_counts, f"night {number}"
        assert its.content_hash == other.content_hash, f"night {number}"
        for title, rows in its.answers.items():
            assert rows == other.answers[title], f"{title}, night {number}"


def test_postgres_ends_in_the_rows_of_duckdb(
    on_duckdb: list[Night], tmp_path: Path, postgres_url: str
) -> None:
    url = SecretStr(postgres_url)
    assert_equal(play(Settings(home=tmp_path, target="postgres", postgres_url=url)), on_duckdb)


def test_the_emulated_snowflake_ends_in_the_rows_of_duckdb(
    on_duckdb: list[Night], tmp_path: Path
) -> None:
    with snowflake_emulation(rows_per_chunk=10_000) as emulation:
        assert_equal(play(settings_of(emulation, tmp_path)), on_duckdb)


def test_every_question_has_an_answer(on_duckdb: list[Night]) -> None:
    unanswered = [
        title for title in questions() if not any(night.answers[title] for night in on_duckdb)
    ]
    assert unanswered == []


def test_a_rebuild_ends_in_the_rows_of_the_last_night(on_duckdb: list[Night]) -> None:
    assert on_duckdb[-1] == on_duckdb[-2]
