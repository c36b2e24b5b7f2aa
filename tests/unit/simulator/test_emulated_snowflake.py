from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.settings import load_settings
from ingest.simulator import Simulation, simulated_organisation
from ingest.simulator.snowflake import connect

PREFIX = "NIGHTQUEST_SNOWFLAKE_"


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    with simulated_organisation(folder=tmp_path_factory.mktemp("company")) as running:
        yield running


def extract(simulation: Simulation, name: str, from_day: date, to_day: date) -> list[Any]:
    """The rows of a declared extract, by its own query."""
    declared = yaml.safe_load(
        Path(simulation.environment["NIGHTQUEST_SOURCES_FILE"]).read_text(encoding="utf-8")
    )
    [query] = [e["query"] for e in declared["snowflake"]["extracts"] if e["name"] == name]
    settings = {
        key.removeprefix(PREFIX): value
        for key, value in simulation.environment.items()
        if key.startswith(PREFIX)
    }
    with connect(settings) as connection, connection.cursor() as cursor:
        return cursor.execute(query, {"from_day": from_day, "to_day": to_day}).fetchall()


def test_its_environment_is_a_valid_set_of_settings(
    simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in simulation.environment.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.github_api_url == simulation.api_url
    assert settings.snowflake_protocol == "http"
    assert settings.sources_file is not None
    assert settings.sources_file.exists()


def test_tasks_arrive_with_dates_and_exact_numbers(simulation: Simulation) -> None:
    rows = extract(simulation, "tasks", date(2026, 10, 26), date(2026, 10, 30))
    assert {row[1] for row in rows} >= {date(2026, 10, 26), date(2026, 10, 30)}
    assert all(date(2026, 10, 26) <= row[1] <= date(2026, 10, 30) for row in rows)
    assert {type(row[2]) for row in rows} == {int}
    assert {type(row[3]) for row in rows} == {Decimal}


def test_one_of_its_people_is_unknown_to_github(simulation: Simulation) -> None:
    rows = extract(simulation, "tasks", simulation.first_day, simulation.last_day)
    assert "contractor-jo" in {row[0] for row in rows}


def test_challenges_are_tried_again_with_better_and_worse_scores(simulation: Simulation) -> None:
    rows = extract(simulation, "training", simulation.first_day, simulation.last_day)
    attempts: dict[tuple[str, str], list[Decimal]] = {}
    for login, challenge, score, _ in sorted(rows, key=lambda row: row[3]):
        attempts.setdefault((login, challenge), []).append(score)
    assert {challenge for _, challenge in attempts} == {
        "sql_basics",
        "git_mastery",
        "secure_coding",
        "testing_essentials",
        "prompt_craft",
        "incident_response",
        "system_design",
    }
    again = [scores for scores in attempts.values() if len(scores) > 1]
    assert any(scores[1] > scores[0] for scores in again)
    assert any(scores[1] < scores[0] for scores in again)
    assert all(0 <= score <= 100 for scores in attempts.values() for score in scores)


def test_a_day_outside_has_no_leave(simulation: Simulation) -> None:
    assert extract(simulation, "absences", date(2020, 1, 6), date(2020, 1, 6)) == []
    assert extract(simulation, "absences", simulation.first_day, simulation.last_day) != []
