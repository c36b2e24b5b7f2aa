"""Each event once through each channel, whatever fails in between."""

import errno
import json
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from pydantic import SecretStr

from ingest.errors import NightquestError
from ingest.settings import Settings
from orchestration import metrics
from orchestration.alerts import telling
from orchestration.alerts.telling import tell
from orchestration.standing import End, Run, Standing
from tests.unit.alerts.alert_scene import Hook, post_office, standing, with_hook

TWO = datetime(2026, 11, 22, 2, 0)
FAILED = standing(runs=(Run("run-1", "nightly", TWO, End.failed, "no such table"),))
TOLD = """\
*Nightquest: A night failed*
- the last nightly run, of 2026-11-22 02:00, failed: no such table
What it means: Readers still see the last good night; nothing is lost.
What to do: Read the reason and remove the cause, then type `nightquest run`; if it has passed by \
itself, the next night heals it.
More: docs/runbook.md#night-failed

From {home} on night-host"""

Stand = Callable[[Standing], None]


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Stand:
    """Things stand as they are given."""

    def given(how: Standing) -> None:
        monkeypatch.setattr(telling, "how_things_stand", lambda *_: how)

    return given


def in_file(settings: Settings) -> list[str]:
    """The keys of the alerts' file, in order."""
    file = settings.home / "alerts" / "alerts.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    return [json.loads(line)["key"] for line in lines]


def test_a_failed_night_is_told_once(settings: Settings, hook: Hook, stand: Stand) -> None:
    settings = with_hook(settings, hook)
    stand(FAILED)
    tell(settings)
    tell(settings)
    assert hook.texts == [TOLD.format(home=settings.home)]
    assert in_file(settings) == ["night-failed/run-1"]


def test_several_events_are_one_message(settings: Settings, hook: Hook, stand: Stand) -> None:
    rows = [
        {"source": "github", "dataset": name, "row_count": 2, "last_date": None}
        for name in ("issues", "reviews")
    ]
    stand(
        standing(
            runs=(Run("run-1", "rebuild", TWO, End.stopped),),
            quarantine=rows,
        )
    )
    tell(with_hook(settings, hook))
    assert hook.texts == [
        f"""\
*Nightquest: A night was stopped; Rows are in quarantine*
A night was stopped:
- the last rebuild run, of 2026-11-22 02:00, was stopped before its end
What it means: Somebody ended it. Readers still see the last good night.
What to do: Type `nightquest run` when nothing stands against it, or wait for the next night.
More: docs/runbook.md#night-stopped

Rows are in quarantine:
- github issues: 2 rows
- github reviews: 2 rows
What it means: Rows that could not be read are set aside, and count for nobody; all others count.
What to do: Look at `reason` and `payload` in `ops.quarantine`, and have the source send them right.
More: docs/runbook.md#rows-in-quarantine

From {settings.home} on night-host"""
    ]


def test_a_channel_that_was_down_is_told_later_and_no_other_again(
    settings: Settings, hook: Hook, stand: Stand
) -> None:
    stand(FAILED)
    hook.status = 503
    with post_office() as office:
        settings = with_hook(settings, hook).model_copy(
            update={
                "smtp_url": SecretStr(f"smtp://127.0.0.1:{office.port}"),
                "mail_from": "nightquest@example.com",
                "mail_to": ["ada@example.com"],
            }
        )
        tell(settings)
        tell(settings)
        hook.status = 200
        tell(settings)
    subjects = [mail["Subject"] for mail in office.mails]
    assert subjects == ["Nightquest: A night failed", "Nightquest: An alert could not be sent"]
    assert hook.texts == [TOLD.format(home=settings.home)]
    first, second = in_file(settings)
    assert first == "night-failed/run-1"
    assert second.startswith("channel-failed/webhook/")


def test_a_channel_whose_setting_is_wrong_stops_no_other(
    settings: Settings, hook: Hook, stand: Stand
) -> None:
    stand(FAILED)
    tell(with_hook(settings, hook).model_copy(update={"mail_to": ["ada@example.com"]}))
    assert len(hook.texts) == 2
    assert "NIGHTQUEST_SMTP_URL is not set" in hook.texts[1]


def test_a_crash_before_the_record_tells_once_more(
    settings: Settings, hook: Hook, stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least once: an alert that comes twice harms less than one that never comes."""
    settings = with_hook(settings, hook)
    stand(FAILED)

    def crash(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(telling, "write_whole", crash)
        with pytest.raises(KeyboardInterrupt):
            tell(settings)
    tell(settings)
    tell(settings)
    assert in_file(settings) == ["night-failed/run-1"] * 2
    assert len(hook.texts) == 1


def test_a_full_disk_does_not_tell_every_five_minutes(
    settings: Settings, hook: Hook, stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for module in (telling, metrics):
        monkeypatch.setattr(module, "write_whole", refuse)
    stand(FAILED)
    tell(with_hook(settings, hook))
    tell(with_hook(settings, hook))
    assert len(hook.texts) == 1


def test_a_night_that_may_only_be_ending_is_told_when_it_is_sure(
    settings: Settings, stand: Stand
) -> None:
    stand(standing(runs=(Run("run-1", "nightly", TWO, End.killed, is_sure=False),)))
    tell(settings)
    assert in_file(settings) == []
    stand(standing(runs=(Run("run-1", "nightly", TWO, End.killed),)))
    tell(settings)
    assert in_file(settings) == ["night-killed/run-1"]


def test_a_run_that_never_began_is_told(settings: Settings, hook: Hook, stand: Stand) -> None:
    stand(standing())
    tell(with_hook(settings, hook), "Postgres cannot be reached.")
    assert "- a run could not begin: Postgres cannot be reached.\n" in hook.texts[0]


def test_a_failure_that_is_on_record_is_not_told_twice(settings: Settings, stand: Stand) -> None:
    stand(FAILED)
    tell(settings, "no such table")
    assert in_file(settings) == ["night-failed/run-1"]


def test_a_failing_channel_does_not_fail_a_night(
    settings: Settings, stand: Stand, caplog: pytest.LogCaptureFixture
) -> None:
    stand(FAILED)
    settings = settings.model_copy(
        update={"webhook_url": SecretStr("http://127.0.0.1:9/planted-secret")}
    )
    tell(settings)
    assert caplog.messages == [
        "Alerts: the webhook cannot be reached (ConnectError). It is tried again at the next "
        "occasion."
    ]
    written = [path.read_text() for path in settings.home.rglob("*") if path.is_file()]
    assert "planted-secret" not in "".join(written)


def test_a_mistake_of_ours_does_not_fail_a_night_either(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(telling, "how_things_stand", lambda *_: 1 / 0)
    tell(settings)
    assert caplog.records[0].levelno == logging.ERROR


def test_a_record_that_somebody_has_spoilt_is_named(
    settings: Settings, stand: Stand, caplog: pytest.LogCaptureFixture
) -> None:
    stand(FAILED)
    (settings.home / "alerts").mkdir()
    (settings.home / "alerts" / "told.json").write_text("{")
    tell(settings)
    assert "told.json is not readable as JSON" in caplog.text


def test_where_nothing_ever_ran_nothing_is_told_or_made(settings: Settings, stand: Stand) -> None:
    stand(FAILED)
    settings.home.rmdir()
    tell(settings)
    assert not settings.home.exists()


def test_what_is_open_now_is_shown(settings: Settings, stand: Stand) -> None:
    stand(FAILED)
    assert telling.open_now(settings) == TOLD.format(home=settings.home).split("\n", 1)[1]
    stand(standing())
    assert telling.open_now(settings) == "Nothing has to be looked at."


def test_a_test_goes_through_every_channel_each_time(settings: Settings, hook: Hook) -> None:
    settings = with_hook(settings, hook)
    assert telling.tested(settings) == "Sent through: file, webhook."
    telling.tested(settings)
    assert [text.split("\n")[1] for text in hook.texts] == [
        "- if you read this, alerts reach you here"
    ] * 2


def test_a_test_that_does_not_get_through_says_where(settings: Settings, hook: Hook) -> None:
    hook.status = 410
    with pytest.raises(NightquestError, match="did not get through: the webhook answered 410"):
        telling.tested(with_hook(settings, hook))
