"""The access log: who looked at which person."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.app.conftest import Draw, said

ADA = "github:1"


@pytest.fixture
def log(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "logs" / "access.jsonl"
    monkeypatch.setenv("NIGHTQUEST_ACCESS_LOG", str(path))
    return path


def lines(log: Path) -> list[dict]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_a_look_at_a_person_is_one_line_however_often_the_page_is_drawn(
    log: Path, draw: Draw
) -> None:
    page = draw("developer", developer=ADA)
    page.run()
    (line,) = lines(log)
    assert (line["developer_id"], line["viewer"]) == (ADA, None)
    assert f"run {line['run_id'][:8]}" in said(page)
    written = datetime.fromisoformat(line["at"])
    assert abs((datetime.now(UTC) - written).total_seconds()) < 60
    assert oct(log.stat().st_mode & 0o777) == "0o600"


def test_each_person_and_each_session_has_a_line(log: Path, draw: Draw) -> None:
    page = draw("developer", developer=ADA)
    page.query_params["developer"] = "github:2"
    page.run()
    draw("developer", developer=ADA)
    assert [line["developer_id"] for line in lines(log)] == [ADA, "github:2", ADA]


def test_pages_that_show_nobody_s_own_figures_write_nothing(log: Path, draw: Draw) -> None:
    draw("overview")
    draw("developer")
    draw("developer", developer="github:404")
    assert not log.exists()


@pytest.mark.parametrize(
    ("claims", "viewer"),
    [
        ({"email": "boss@corp.example", "sub": "17"}, "boss@corp.example"),
        ({"sub": "17"}, "17"),
        ({"aud": "nightquest"}, None),
    ],
)
def test_the_viewer_is_who_signed_in(
    log: Path, draw: Draw, sign_in, claims: dict, viewer: str | None
) -> None:
    sign_in(**claims)
    draw("developer", developer=ADA)
    assert [line["viewer"] for line in lines(log)] == [viewer]


def test_without_a_log_nobody_is_shown(
    home: Path, tmp_path: Path, draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NIGHTQUEST_ACCESS_LOG", str(tmp_path / "file" / "access.jsonl"))
    page = draw("developer", developer=ADA)
    (error,) = page.error
    assert "NIGHTQUEST_ACCESS_LOG" in error.value
    assert "Ada" not in said(page)
