"""Copilot from GitHub's wire to the warehouse: several scopes, and the example of GitHub's docs."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from ingest.copilot.fetch import land_user_days
from ingest.copilot.seats import land_seats
from ingest.landing import Landing
from ingest.loading import load_raw
from ingest.settings import Settings
from ingest.simulator import simulated_organisation
from ingest.warehouse import open_warehouse
from tests.conftest import SHARED
from tests.integration.building import dbt

DAY = date(2026, 5, 7)
DOCS = SHARED / "fixtures/copilot_docs"
needs_shared = pytest.mark.skipif(
    not DOCS.exists(), reason="the shared folder with GitHub's worked example is absent"
)
Faults = list[dict]
Night = Callable[..., Settings]


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Night:
    """Land and load the week up to a day from a simulation that replays these Copilot rows."""

    def run(
        files: list[Path], day: date = DAY, faults: Faults | None = None, **changes: object
    ) -> Settings:
        with simulated_organisation(copilot=files) as simulation:
            for name, value in simulation.environment.items():
                monkeypatch.setenv(name, value)
            simulation.set_faults(faults or [])
            settings = Settings(_env_file=None, home=tmp_path, **changes)
            landing = Landing(settings.landing)
            land_user_days(settings, landing, day - timedelta(days=6), day, day)
            land_seats(settings, landing, day)
        with open_warehouse(settings) as warehouse:
            load_raw(settings, warehouse, landing, day, "run", {})
        return settings

    return run


def rows(settings: Settings, query: str) -> list[tuple]:
    with open_warehouse(settings) as warehouse:
        return warehouse.query(query).rows()


def test_a_person_in_an_enterprise_and_two_organisations_is_counted_once(
    night: Night, tmp_path: Path
) -> None:
    """Each report has other counts of Ann, so that the one which counts can be told."""
    ann = {"day": "2026-05-07", "user_id": 1, "user_login": "ann",
           "code_acceptance_activity_count": 3}  # fmt: skip
    (tmp_path / "rows.ndjson").write_text(json.dumps(ann))
    counts = {"orgs/zeta": 8, "orgs/beta": 5}
    faults: Faults = [
        {"match": {"path": owner}, "edit": {"*.code_acceptance_activity_count": count}}
        for owner, count in counts.items()
    ]
    scopes = {"github_orgs": ["zeta", "beta"], "copilot_enterprise": "corp"}
    settings = night([tmp_path / "rows.ndjson"], faults=faults, **scopes)
    query = "select scope, acceptances from raw_copilot.user_days order by scope"
    assert rows(settings, query) == [("enterprise:corp", 3), ("org:beta", 5), ("org:zeta", 8)]

    run = dbt(settings, "build", "--select", "+int_copilot_days_chosen", "--resource-type", "model")
    assert run.returncode == 0, run.stdout[-3000:]
    query = (
        "select scope, activity_date, user_id, acceptances "
        "from intermediate.int_copilot_days_chosen"
    )
    assert rows(settings, query) == [("enterprise:corp", DAY, 1, 3)]


@needs_shared
def test_the_worked_example_of_githubs_docs_comes_out_of_one_join(night: Night) -> None:
    names = ("docs_org_users_1_day.ndjson", "docs_org_user_teams_1_day.ndjson")
    settings = night([DOCS / name for name in names])
    expected = map(json.loads, (DOCS / "docs_team_expected.ndjson").read_text().splitlines())
    query = """
        select
            team_id,
            slug,
            count(*) as active_users,
            cast(sum(acceptances) as bigint),
            cast(sum(lines_added) as bigint)
        from raw_copilot.user_days
        inner join raw_copilot.user_teams using (scope, activity_date, user_id)
        where is_active
        group by team_id, slug
        order by team_id
    """
    assert rows(settings, query) == [tuple(row.values()) for row in expected]
    query = (
        "select cast(sum(acceptances) as bigint), cast(sum(lines_added) as bigint) "
        "from raw_copilot.user_days"
    )
    assert rows(settings, query) == [(19, 112)]


@needs_shared
def test_the_full_row_of_githubs_docs_with_its_42_fields_is_loaded(
    night: Night, tmp_path: Path
) -> None:
    row = json.loads((DOCS / "docs_users_1_day_full_example.json").read_text())
    assert len(row) == 42
    (tmp_path / "rows.ndjson").write_text(json.dumps(row))
    settings = night([tmp_path / "rows.ndjson"], date(2025, 10, 1))
    query = (
        "select user_id, user_login, interactions, generations, acceptances, lines_suggested, "
        "lines_added, is_active from raw_copilot.user_days"
    )
    assert rows(settings, query) == [(1, "login1", 1, 3, 3, 34, 32, True)]
    query = "select kind, value_text, use_count from raw_copilot.user_day_values order by 1, 2"
    assert rows(settings, query) == [
        ("feature", "code_completion", 2), ("feature", "copilot_app", 5),
        ("language", "markdown", 4), ("language", "unknown", 2),
    ]  # fmt: skip
    assert rows(settings, "select * from ops.quarantine") == []
