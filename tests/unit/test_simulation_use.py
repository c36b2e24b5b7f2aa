"""Wrong use of `rules simulate` and `rules validate`: one sentence, and the right exit code."""

import sys
from pathlib import Path

import pytest

from ingest.settings import PROJECT
from orchestration import cli

DEFAULT = PROJECT / "ingest" / "rules" / "default"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NIGHTQUEST_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run `nightquest rules ...`; the exit code and what was said on standard error."""

    def _answer(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["nightquest", "rules", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        code = ended.value.code
        return code if isinstance(code, int) else 0, capsys.readouterr().err

    return _answer


@pytest.mark.parametrize("command", ["validate", "simulate"])
def test_a_folder_that_is_not_there(answer, command: str) -> None:
    code, said = answer(command, "nowhere")
    assert code == 2
    assert "nowhere: found no such folder; allowed: a folder with pack.yml" in said


@pytest.mark.parametrize("command", ["validate", "simulate"])
def test_a_file_instead_of_a_folder(answer, command: str) -> None:
    code, said = answer(command, DEFAULT / "pack.yml")
    assert code == 2
    assert "found no such folder; allowed: a folder with pack.yml" in said


@pytest.mark.parametrize("command", ["validate", "simulate"])
def test_a_pack_with_a_mistake(answer, tmp_path: Path, command: str) -> None:
    for file in DEFAULT.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "challenges.yml").write_text("- {id: c, name: C, xp: -1, valid_from: 2020-01-01}")
    code, said = answer(command, tmp_path)
    assert code == 2
    assert "challenges.yml, entry c, field xp: found -1; allowed: a whole number from 0" in said


def test_a_range_whose_end_lies_before_its_beginning(answer) -> None:
    code, said = answer("simulate", DEFAULT, "--from", "2026-03-02", "--to", "2026-03-01")
    assert code == 2
    assert "--to 2026-03-01 lies before --from 2026-03-02: the range must not be empty." in said


def test_a_day_that_is_none(answer) -> None:
    code, said = answer("simulate", DEFAULT, "--from", "2026-02-30")
    assert code == 2
    assert "Invalid value for '--from'" in said


@pytest.mark.parametrize("path", ["", "missing/page.html"])
def test_a_place_where_no_page_can_be_written(answer, tmp_path: Path, path: str) -> None:
    code, said = answer("simulate", DEFAULT, "--html", tmp_path / path)
    assert code == 2
    assert "allowed is a file in a folder that exists." in said


def test_a_home_in_which_nothing_is_loaded(answer, home: Path) -> None:
    code, said = answer("simulate", DEFAULT)
    assert code == 1
    assert (
        f"Nothing is loaded yet in {home}, so there is nothing to simulate with: check "
        "NIGHTQUEST_HOME, or type `nightquest run`." in said
    )
    assert not home.exists(), "asking makes nothing"
