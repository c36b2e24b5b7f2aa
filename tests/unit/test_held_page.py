"""`nightquest held` and `nightquest refetch`: what they say, and which uses they refuse."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest.errors import NightquestError, SettingsError
from ingest.guard import Guard
from ingest.landing import Landing
from ingest.settings import Settings
from orchestration import night
from orchestration.cli import app
from orchestration.held_page import Choice, decided, listed
from orchestration.night import check_refetch
from orchestration.resources import night_lock

DAY, NEXT = date(2026, 5, 7), date(2026, 5, 8)
GUARD = Guard(drop_share=0.25, min_rows=20, may_empty=False)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home in which two days of Copilot and one of GitHub wait."""
    monkeypatch.setenv("NIGHTQUEST_HOME", str(tmp_path))
    settings = Settings(_env_file=None, home=tmp_path, github_orgs=["acme"])
    places = [("copilot", "users-1-day", DAY), ("copilot", "users-1-day", NEXT),
              ("github", "issues", NEXT)]  # fmt: skip
    for source, dataset, day in places:
        for rows in (1_200, 31):
            with Landing(settings.landing).load(source) as load:
                load.put_lines(dataset, "org:acme", day, [b"%d" % n for n in range(rows)],
                               guard=GUARD)  # fmt: skip
    return settings


def choice(
    refused: bool = False, source: str | None = None, scope: str | None = None,
    day: date | None = None,
) -> Choice:  # fmt: skip
    return Choice(refused, source, scope, day)


def days(said: str) -> list[list[str]]:
    """Source and day of each line of the table."""
    return [[words[0], words[3]] for words in map(str.split, said.splitlines()[1:-1])]


def test_what_waits_is_a_table_with_what_may_be_done(settings: Settings) -> None:
    head, first, *_, last = listed(settings, choice()).splitlines()
    assert head == "source   dataset      scope     day         rows  before  since (UTC)"
    assert first.startswith("copilot  users-1-day  org:acme  2026-05-07    31   1,200  20")
    assert last == (
        "Shown is what was read before. `nightquest held --accept` takes the new rows, `--refuse` "
        "keeps the old ones; --source, --scope and --day choose."
    )


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        (choice(scope="org:acme"),
         [["copilot", "2026-05-07"], ["copilot", "2026-05-08"], ["github", "2026-05-08"]]),
        (choice(source="copilot"), [["copilot", "2026-05-07"], ["copilot", "2026-05-08"]]),
        (choice(day=NEXT), [["copilot", "2026-05-08"], ["github", "2026-05-08"]]),
        (choice(scope="org:acme", source="github", day=NEXT), [["github", "2026-05-08"]]),
    ],
)  # fmt: skip
def test_days_are_chosen_by_source_scope_and_day(
    settings: Settings, which: Choice, expected: list[list[str]]
) -> None:
    assert days(listed(settings, which)) == expected


def test_an_accepted_day_is_said_to_count_from_the_next_night(settings: Settings) -> None:
    said = decided(settings, choice(day=DAY), is_accepted=True)
    assert days(said) == [["copilot", "2026-05-07"]]
    assert said.endswith("\nAccepted: the next night counts the new rows (`nightquest run`).")
    assert len(days(listed(settings, choice()))) == 2


def test_a_refused_day_is_listed_apart_and_can_be_taken_after_all(settings: Settings) -> None:
    decided(settings, choice(), is_accepted=False)
    assert listed(settings, choice()) == "Nothing is held back."
    assert len(days(listed(settings, choice(refused=True)))) == 3
    decided(settings, choice(refused=True), is_accepted=True)
    assert listed(settings, choice(refused=True)) == "Nothing was refused."
    assert Landing(settings.landing).states()["row_count"].to_list() == [31, 31, 31]


def test_a_choice_of_nothing_is_told_and_decides_nothing(settings: Settings) -> None:
    with pytest.raises(SettingsError, match=r"^--source copilo --day 2026-05-07 is none of the"):
        decided(settings, choice(source="copilo", day=DAY), is_accepted=True)
    assert len(days(listed(settings, choice()))) == 3


def test_no_word_is_taken_while_a_night_reads(settings: Settings) -> None:
    with night_lock(settings), pytest.raises(NightquestError, match="Another run is at work"):
        decided(settings, choice(), is_accepted=True)


def test_an_empty_home_holds_nothing_back(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, home=tmp_path / "home")
    assert listed(settings, choice()) == "Nothing is held back."
    assert decided(settings, choice(), is_accepted=True) == "Nothing is held back."


def test_the_command_line_lists_and_decides(settings: Settings) -> None:
    run = CliRunner().invoke
    assert len(days(run(app, ["held"]).stdout)) == 3
    assert run(app, ["held", "--refuse", "--source", "github"]).exit_code == 0
    assert len(days(run(app, ["held"]).stdout)) == 2
    assert run(app, ["held", "--accept", "--day", "2026-05-08"]).exit_code == 0
    assert days(run(app, ["held"]).stdout) == [["copilot", "2026-05-07"]]


@pytest.mark.parametrize("other", ["--accept", "--refused"])
def test_words_that_contradict_each_other_are_refused(settings: Settings, other: str) -> None:
    error = CliRunner().invoke(app, ["held", "--refuse", other]).exception
    assert isinstance(error, SettingsError)
    assert str(error).startswith(f"--refuse does not go with {other}: allowed is ")


@pytest.mark.parametrize(
    ("source", "day", "as_of_day", "told"),
    [
        ("jira", DAY, NEXT, "--source is 'jira'; allowed is what is configured here and has days: "
         "copilot, github."),
        ("snowflake", DAY, NEXT, "--source is 'snowflake'; allowed is "),
        ("github", DAY, None, "Nothing is published yet to be read again: type `nightquest run`."),
        ("github", NEXT, DAY, "--day 2026-05-08 lies after 2026-05-07, the day that is published"),
        ("copilot", date(2025, 5, 7), NEXT, "--day 2025-05-07 lies before 2025-05-08: the source "
         "copilot keeps no older days."),
    ],
)  # fmt: skip
def test_a_day_that_cannot_be_read_again_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch,
    source: str, day: date, as_of_day: date | None, told: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(night, "current_as_of_day", lambda _: as_of_day)
    with pytest.raises(SettingsError) as refused:
        check_refetch(settings, source, day)
    assert str(refused.value).startswith(told)


@pytest.mark.parametrize(
    ("source", "day"), [("github", date(2020, 1, 1)), ("copilot", DAY), ("copilot", NEXT)]
)
def test_a_day_that_was_read_may_be_read_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, source: str, day: date
) -> None:
    monkeypatch.setattr(night, "current_as_of_day", lambda _: NEXT)
    check_refetch(settings, source, day)
