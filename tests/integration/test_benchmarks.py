"""The benchmarks' data and floor: a believable game, and the same one for models and floor."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from benchmarks import floor
from benchmarks.organisation import COPILOT_LAG, Size, generate, next_night, settings_of
from benchmarks.product import Ran, nodes_of, run_night
from ingest.settings import Settings

pytestmark = pytest.mark.long

SIZE = Size(developers=160, days=40)
#: Marts that the floor writes row by row as the models do, for everybody who is shown.
SAME = (
    "fct_activity_daily", "fct_badge_awards", "fct_developer_days", "fct_mission_attempts",
    "fct_notifications", "fct_streak_days", "fct_streaks", "fct_team_days", "fct_xp_ledger",
    "leaderboard_history", "leaderboards",
)  # fmt: skip
RAW = ("raw_copilot.user_days", "raw_github.reviews", "raw_snowflake.metrics")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A generated organisation."""
    settings = settings_of(tmp_path_factory.mktemp("bench") / "home")
    generate(settings, SIZE)
    return settings


@pytest.fixture(scope="module")
def night(home: Settings) -> Ran:
    """The organisation is rebuilt and published by the product."""
    return run_night(home, SIZE.last_day)


@pytest.fixture(scope="module")
def both(home: Settings, night: Ran) -> Iterator[duckdb.DuckDBPyConnection]:
    """The product's published file as `product`, the floor's as `floor`."""
    out = home.home / "floor.duckdb"
    floor.build(home.work_file, out)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home.published_file}' as product (read_only)")
        connection.execute(f"attach '{out}' as floor (read_only)")
        yield connection


def generated(folder: Path, size: Size) -> Settings:
    settings = settings_of(folder)
    generate(settings, size)
    return settings


def rows(settings: Settings, query: str) -> list[tuple]:
    with duckdb.connect(str(settings.work_file), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_about_sixty_percent_of_the_days_are_active_and_fewer_at_weekends(
    both: duckdb.DuckDBPyConnection,
) -> None:
    days, weekend = both.execute(
        "select count(*), count(*) filter (isodow(activity_date) > 5) "
        "from (select distinct developer_id, activity_date from product.marts.fct_activity_daily)"
    ).fetchall()[0]
    assert 0.5 < days / (SIZE.developers * SIZE.days) < 0.65
    assert 0.05 < weekend / days < 0.12


def test_a_developer_day_has_about_five_and_a_half_metrics(
    both: duckdb.DuckDBPyConnection,
) -> None:
    (mean,) = both.execute(
        "select count(*) / count(distinct (developer_id, activity_date)) "
        "from product.marts.fct_activity_daily"
    ).fetchall()[0]
    assert 4.5 < mean < 6.5


def test_the_newest_copilot_days_are_not_there_yet(both: duckdb.DuckDBPyConnection) -> None:
    ((waiting,),) = both.execute(
        "select count(*) from product.marts.data_status "
        "where source = 'copilot' and state = 'pending'"
    ).fetchall()
    assert waiting == COPILOT_LAG


def test_the_same_size_gives_the_same_rows(tmp_path: Path) -> None:
    size = Size(developers=40, days=35)
    first, second = (generated(tmp_path / name, size) for name in ("first", "second"))
    for table in RAW:
        query = f"select * from {table} order by all"
        assert rows(first, query) == rows(second, query)


def test_the_next_night_has_a_new_day_and_restates_one_row_in_a_hundred(tmp_path: Path) -> None:
    settings = generated(tmp_path / "home", Size(developers=2_000, days=30))
    query = "select activity_date, user_id, interactions, lines_added from raw_copilot.user_days"
    before = set(rows(settings, query))
    grown = next_night(settings, Size(developers=2_000, days=30))
    after = set(rows(settings, query))
    arrived = {row for row in after if row[0] > max(row[0] for row in before)}
    changed = (after - before) - arrived
    reread = sum((grown.last_day - row[0]).days < 7 for row in before)
    assert len({row[0] for row in arrived}) == 1
    assert 0.003 < len(changed) / reread < 0.03


@pytest.mark.parametrize("mart", SAME)
def test_the_floor_writes_as_many_rows_as_the_models(
    both: duckdb.DuckDBPyConnection, mart: str
) -> None:
    ours, theirs = (
        both.execute(f"select count(*) from {file}.marts.{mart}").fetchall()
        for file in ("product", "floor")
    )
    assert ours == theirs


def test_the_floor_gives_the_same_xp_for_the_same_reasons(
    both: duckdb.DuckDBPyConnection,
) -> None:
    columns = "developer_id, activity_date, reason, reference_id, xp_before_caps, xp"
    for one, other in (("product", "floor"), ("floor", "product")):
        missing = both.execute(
            f"select {columns} from {one}.marts.fct_xp_ledger "
            f"except all select {columns} from {other}.marts.fct_xp_ledger"
        ).fetchall()
        assert missing == []


def test_the_wall_time_of_a_build_is_shared_among_its_nodes(night: Ran) -> None:
    nodes = nodes_of(night)
    assert {"model", "test"} <= {node.kind for node in nodes}
    assert all(0 <= node.wall_seconds <= node.seconds + 1e-6 for node in nodes)
