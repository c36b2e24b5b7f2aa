"""Real history night by night, restated in between, then rebuilt, then at once: equal rows."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from ingest.simulator import Simulation, simulated_organisation
from ingest.simulator.organisation import stable_user_id
from tests.integration.replaying import (
    REAL_ACTIVITY,
    copilot_history,
    core_differences,
    home_of,
    without_seats,
)

COMMITS = REAL_ACTIVITY / "streamlit.parquet"
FIRST = date(2023, 7, 3)
NIGHTS = [date(2023, 8, 2), date(2023, 8, 3), date(2023, 8, 4)]
#: Shown in the first night with languages, and from the second one on without.
RESTATED = date(2023, 8, 1)
WITHOUT_LANGUAGES = {"totals_by_language_feature": [], "totals_by_language_model": []}

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not COMMITS.exists(), reason=f"the real history is not there ({COMMITS.parent.name}/)"
    ),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("replayed")


@pytest.fixture(scope="module")
def history(folder: Path) -> tuple[Path, str]:
    return copilot_history([COMMITS], FIRST, NIGHTS[-1], folder)


@pytest.fixture(scope="module")
def simulation(history: tuple[Path, str]) -> Iterator[Simulation]:
    with simulated_organisation(activity=[COMMITS], copilot=[history[0]]) as running:
        yield running


def test_a_chain_of_nights_a_rebuild_and_one_backfill_end_in_equal_rows(
    simulation: Simulation, history: tuple[Path, str], folder: Path, module_postgres_url: str
) -> None:
    """One story: each night stands on the one before it."""
    login = history[1]
    who = f"github:{stable_user_id(login)}"
    chain = home_of(simulation, folder, "chain")
    chain.must("backfill", "--from", str(FIRST), "--to", str(NIGHTS[0] - timedelta(days=1)))
    chain.must("run", "--day", str(NIGHTS[0]))
    assert chain.ask("select * from core.fct_corrections") == [], "nothing was restated"

    # A day that was published is restated.
    languages = {"day": str(RESTATED), "user_login": login, "set": WITHOUT_LANGUAGES}
    simulation.set_faults([{"restate": languages}])
    chain.must("run", "--day", str(NIGHTS[1]))
    corrections = chain.ask("select * from core.fct_corrections")
    of_whom = "select distinct developer_id, activity_date, table_name from core.fct_corrections"
    assert chain.ask(of_whom) == [(who, RESTATED, "fct_xp_ledger")]
    told = chain.ask(
        "select developer_id, activity_date from core.fct_notifications where type = 'correction'"
    )
    assert told == [(who, RESTATED)]

    # The same night again.
    its_hash, rows = chain.content_hash(), chain.core()
    again = chain.must("run", "--day", str(NIGHTS[1]))
    assert "0 rows written; the published night stays" in again.err
    assert chain.content_hash() == its_hash
    assert core_differences(rows, chain.core()) == []

    chain.must("run", "--day", str(NIGHTS[2]))
    announced_by = chain.ask("select count(distinct run_id) from ops.announced_awards")
    assert announced_by == [(4,)], "each night announced something"

    # Everything again, with the same announcements: equal, and no row of the ledger is rewritten.
    its_hash, rows = chain.content_hash(), chain.core()
    ledger = chain.ask("select ledger_id, run_id from core.fct_xp_ledger order by ledger_id")
    chain.must("rebuild")
    assert core_differences(rows, chain.core()) == []
    assert chain.content_hash() == its_hash
    assert ledger == chain.ask(
        "select ledger_id, run_id from core.fct_xp_ledger order by ledger_id"
    )
    assert chain.ask("select * from core.fct_corrections") == corrections

    # At once, on another engine, with nothing announced before. Announcements decide only what the
    # facts no longer support, and there is no such award: so the hash of all rows is the same.
    assert chain.kept() == set()
    once = home_of(simulation, folder, "once", target="postgres", postgres_url=module_postgres_url)
    once.must("backfill", "--from", str(FIRST), "--to", str(NIGHTS[-1]))
    assert core_differences(without_seats(rows), without_seats(once.core())) == []
    assert once.content_hash() == its_hash
