"""The log of nights: JSON lines with run and step, for whoever collects logs."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetExecutionContext, AssetKey, AssetSpec, MaterializeResult, multi_asset
from dagster import materialize as run_assets

from ingest.errors import NightquestError
from ingest.settings import Settings
from orchestration import cli, logs
from orchestration.logs import log_file, night_log
from orchestration.plainly import told_plainly
from orchestration.resources import Night

said = logging.getLogger("nightquest.ingest")


@pytest.fixture(autouse=True)
def quiet_logger() -> Iterator[None]:
    """As a process begins: nobody listens."""
    handlers, propagate = logs.ours.handlers, logs.ours.propagate
    # Of a logger that keeps what it is told to itself, pytest listens in.
    logs.ours.handlers, logs.ours.propagate = [], True
    yield
    logs.ours.handlers, logs.ours.propagate = handlers, propagate


def settings_of(home: Path, log_format: str = "json") -> Settings:
    return Settings(_env_file=None, home=home, log_format=log_format)


def lines(settings: Settings) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log_file(settings).read_text().splitlines()]


@multi_asset(name="land", specs=[AssetSpec("landed")])
@told_plainly
def land(context: AssetExecutionContext, night: Night) -> Iterator[MaterializeResult]:
    said.info("%s rows", 3)
    logs.dbt.warning("slow model")
    yield MaterializeResult(asset_key=AssetKey("landed"))


@multi_asset(name="break_off", specs=[AssetSpec("broken")])
@told_plainly
def break_off(context: AssetExecutionContext, night: Night) -> Iterator[MaterializeResult]:
    raise NightquestError("The source is away: wait.")
    yield


def test_a_line_tells_time_level_run_step_and_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(tmp_path)
    monkeypatch.setenv("NIGHTQUEST_HOME", str(tmp_path))
    monkeypatch.setenv("NIGHTQUEST_LOG_FORMAT", "json")
    run = run_assets([land], resources={"night": Night()})
    begins, rows, model, ended = lines(settings)
    assert rows.pop("time").endswith("+00:00")
    assert rows == {
        "level": "info", "logger": "nightquest.ingest", "run_id": run.run_id, "step": "land",
        "message": "3 rows",
    }  # fmt: skip
    assert (model["level"], model["logger"]) == ("warning", "nightquest.dbt")
    assert (begins["message"], ended["message"]) == ("begins", "has ended")


def test_a_step_that_fails_says_why_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTQUEST_HOME", str(tmp_path))
    monkeypatch.setenv("NIGHTQUEST_LOG_FORMAT", "json")
    run_assets([break_off], resources={"night": Night()}, raise_on_error=False)
    last = lines(settings_of(tmp_path))[-1]
    assert last["level"] == "error"
    assert last["message"] == "failed: The source is away: wait."
    assert "trace" not in last


def test_an_unexpected_error_leaves_its_trace_in_the_log_alone(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    with night_log(settings):
        try:
            raise ZeroDivisionError
        except ZeroDivisionError:
            logs.steps.exception("failed")
    (line,) = lines(settings)
    assert line["run_id"] is None
    assert line["trace"].endswith("ZeroDivisionError")


def test_the_log_is_text_unless_it_is_asked_for_in_json(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "text")
    with night_log(settings):
        said.info("3 rows")
    said.info("after it")
    (line,) = log_file(settings).read_text().splitlines()
    assert line.endswith("INFO    nightquest.ingest  3 rows")


def test_the_terminal_is_spared_what_dbt_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_of(tmp_path)
    cli.show_progress(settings)
    with night_log(settings):
        logs.dbt.info("1 of 200 OK")
        said.info("3 rows")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["message"] == "3 rows"
    assert len(lines(settings)) == 2


def test_a_log_that_cannot_be_written_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    with night_log(settings_of(tmp_path, "text")):
        said.info("3 rows")
    err = capsys.readouterr().err
    assert "cannot be written: " in err
    assert "3 rows" in err
