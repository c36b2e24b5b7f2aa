"""The daily digest: who is sent what, once for a day."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from pydantic import SecretStr

from ingest.errors import SettingsError
from ingest.settings import PROJECT, Settings
from orchestration.alerts import digest
from orchestration.alerts.digest import Subscriber, news_for, send_digests, subscribers
from orchestration.publication.nights import PublishedNight
from orchestration.published import Ask, asked
from tests.unit.alerts.alert_scene import Hook, night, post_office

TEAMS = [("t1", "engineering", None), ("t2", "platform", "t1"), ("t3", "sales", None)]
PEOPLE = [("github:1", "Ada", "Ada L.", "t2"), ("github:2", "bo", "Bo", "t3")]
#: Developer, day of November, type, reference.
NEWS = [
    ("github:1", 19, "level_up", "2"),
    ("github:1", 20, "badge_unlocked", "early"),
    ("github:2", 20, "level_up", "3"),
    ("github:1", 21, "level_up", "4"),
    ("github:2", 10, "correction", "2026-11-21"),
    ("github:2", 11, "correction", "2026-11-22"),
]


def day(number: int) -> date:
    return date(2026, 11, number)


def night_of(as_of: int, through: int) -> PublishedNight:
    return replace(night(day(as_of)), complete_through=day(through))


@pytest.fixture
def marts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The published tables, in memory."""
    with duckdb.connect() as database:
        database.execute(
            "create schema marts; create table marts.dim_teams (team_id text, team_name text, "
            "parent_team_id text); create table marts.dim_developers (developer_id text, login "
            "text, display_name text, current_team_id text); create table marts.fct_notifications "
            "(developer_id text, activity_date date, type text, reference_id text, title text, "
            "body text)"
        )
        database.executemany("insert into marts.dim_teams values (?, ?, ?)", TEAMS)
        database.executemany("insert into marts.dim_developers values (?, ?, ?, ?)", PEOPLE)
        database.executemany(
            "insert into marts.fct_notifications values (?, ?, ?, ?, ?, 'It is yours.')",
            [(who, day(on), kind, ref, f"{kind} {ref}") for who, on, kind, ref in NEWS],
        )

        @contextmanager
        def published(_: Settings) -> Iterator[Ask]:
            yield lambda sql, params=(): asked(database, sql, params)

        monkeypatch.setattr(digest, "published_marts", published)
        yield


def with_subscribers(settings: Settings, *entries: Any, **other: Any) -> Settings:
    file = settings.home / "digest.yml"
    file.write_text(yaml.safe_dump({"subscribers": [*entries]}))
    return settings.model_copy(update={"digest_file": file, **other})


@pytest.mark.usefixtures("marts")
def test_everybodys_news_of_the_newest_complete_day(settings: Settings, hook: Hook) -> None:
    settings = with_subscribers(settings, {"webhook": hook.url, "all": True})
    assert send_digests(settings, night_of(21, through=20)) == []
    assert hook.texts == [
        "*Nightquest: news of everybody*\n"
        "2026-11-10  Bo: correction 2026-11-21\n"
        "2026-11-20  Ada L.: badge_unlocked early\n"
        "2026-11-20  Bo: level_up 3"
    ]


@pytest.mark.usefixtures("marts")
def test_an_as_of_day_is_sent_once_and_the_next_goes_on_from_there(
    settings: Settings, hook: Hook
) -> None:
    settings = with_subscribers(settings, {"webhook": hook.url, "developer": "ada"})
    send_digests(settings, night_of(21, through=20))
    send_digests(settings, night_of(21, through=21))
    assert len(hook.texts) == 1
    send_digests(settings, night_of(22, through=21))
    assert hook.texts[1] == "*Nightquest: news of ada*\n2026-11-21  level_up 4. It is yours."


@pytest.mark.usefixtures("marts")
def test_nothing_new_is_no_message(settings: Settings, hook: Hook) -> None:
    settings = with_subscribers(settings, {"webhook": hook.url, "developer": "nobody"})
    send_digests(settings, night_of(21, through=20))
    assert hook.texts == []


@pytest.mark.usefixtures("marts")
def test_a_digest_that_failed_is_sent_with_the_next_days(settings: Settings, hook: Hook) -> None:
    settings = with_subscribers(settings, {"webhook": hook.url, "team": "platform"})
    hook.status = 500
    (failed,) = send_digests(settings, night_of(21, through=20))
    assert failed.what.endswith(", platform could not be sent: the webhook answered 500")
    assert "planted-secret" not in f"{failed}"
    hook.status = 200
    send_digests(settings, night_of(22, through=21))
    assert hook.texts[0].splitlines()[1:] == [
        "2026-11-20  Ada L.: badge_unlocked early",
        "2026-11-21  Ada L.: level_up 4",
    ]


@pytest.mark.usefixtures("marts")
def test_a_digest_by_mail(settings: Settings) -> None:
    with post_office() as office:
        settings = with_subscribers(
            settings, {"email": "boss@example.com", "team": "sales", "kinds": ["correction"]},
            smtp_url=SecretStr(f"smtp://127.0.0.1:{office.port}"), mail_from="nq@example.com",
        )  # fmt: skip
        send_digests(settings, night_of(21, through=20))
    (mail,) = office.mails
    assert (mail["To"], mail["Subject"]) == ("boss@example.com", "Nightquest: news of sales")
    assert mail.get_content().strip() == "2026-11-10  Bo: correction 2026-11-21"


@pytest.mark.usefixtures("marts")
def test_a_mail_server_that_is_down_is_asked_once_and_all_its_readers_later(
    settings: Settings, hook: Hook
) -> None:
    readers = [{"email": f"{name}@example.com", "all": True} for name in ("ada", "bo")]
    settings = with_subscribers(
        settings, *readers, {"webhook": hook.url, "all": True},
        smtp_url=SecretStr("smtp://127.0.0.1:9"), mail_from="nq@example.com",
    )  # fmt: skip
    assert len(send_digests(settings, night_of(21, through=20))) == 1
    assert len(hook.texts) == 1
    with post_office() as office:
        mended = {"smtp_url": SecretStr(f"smtp://127.0.0.1:{office.port}")}
        assert send_digests(settings.model_copy(update=mended), night_of(21, through=20)) == []
    assert [mail["To"] for mail in office.mails] == ["ada@example.com", "bo@example.com"]
    assert len(hook.texts) == 1


def row(team: str, kind: str = "level_up") -> dict[str, Any]:
    return {"login": "x", "developer_id": "github:9", "current_team_id": team, "type": kind}


def test_a_team_is_meant_with_those_below_it() -> None:
    teams = [dict(zip(("team_id", "team_name", "parent_team_id"), t, strict=True)) for t in TEAMS]
    one = Subscriber(email="a@example.com", team="engineering")
    assert news_for(one, [row("t1"), row("t2"), row("t3")], teams) == [row("t1"), row("t2")]


def test_kinds_choose() -> None:
    one = Subscriber(email="a@example.com", all=True, kinds=["correction"])
    news = [row("t1"), row("t1", "correction")]
    assert news_for(one, news, []) == [row("t1", "correction")]


def test_a_long_digest_is_cut_and_says_so() -> None:
    news = [row("t1") | {"activity_date": day(1), "title": "T", "body": "B"} for _ in range(1234)]
    message = digest.digest(Subscriber(email="a@example.com", developer="x"), news)
    lines = message.text.splitlines()
    assert (len(lines), lines[-1]) == (101, "and 1,134 more: see the page What's new.")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"all": True}, "subscriber 1: exactly one of email, webhook is allowed; none is given"),
        (
            {"email": "a@example.com", "all": True, "team": "t"},
            "subscriber 1: exactly one of developer, team, all is allowed; 2 are given",
        ),
        ({"email": "a", "all": True}, "subscriber 1, email: String should match pattern"),
        ({"email": "a@example.com", "who": "x"}, "subscriber 1, who: Extra inputs"),
        (
            {"email": "a@example.com", "all": True, "kinds": ["xp"]},
            "subscriber 1, kinds, 0: Input should be 'level_up', 'badge_unlocked'",
        ),
        ("planted-secret", "subscriber 1: Input should be a valid dictionary"),
        ({"webhook": ["planted-secret"], "all": True}, "subscriber 1, webhook: Input should be"),
    ],
)
def test_a_wrong_subscriber_is_named_with_what_is_allowed(
    settings: Settings, entry: Any, said: str
) -> None:
    with pytest.raises(SettingsError) as error:
        subscribers(with_subscribers(settings, entry))
    assert said in str(error.value)
    assert "planted-secret" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- planted-secret", "must be a mapping with subscribers alone"),
        ("subscribers: 3", "subscribers: it must be a list"),
        ("webhook: [planted-secret", "is not readable as YAML"),
        (None, "NIGHTQUEST_DIGEST_FILE: "),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path: Path, text: str | None, said: str) -> None:
    file = tmp_path / "digest.yml"
    if text:
        file.write_text(text)
    with pytest.raises(SettingsError) as error:
        subscribers(Settings(_env_file=None, digest_file=file))
    assert said in str(error.value)
    assert "planted-secret" not in str(error.value)


def test_without_a_file_nobody_subscribes(settings: Settings) -> None:
    assert subscribers(settings) == []


def test_the_kinds_are_those_of_the_models() -> None:
    folder = PROJECT / "dbt_project" / "models" / "marts" / "notifications"
    (model,) = yaml.safe_load((folder / "_notifications__models.yml").read_text())["models"]
    (column,) = [column for column in model["columns"] if column["name"] == "type"]
    values = column["data_tests"][0]["accepted_values"]["arguments"]["values"]
    assert list(digest.NewsKind.__args__) == values  # type: ignore[attr-defined]
