"""The daily digest: news of `marts.fct_notifications` for those who want them by mail or webhook.

A day is news once it is complete: Copilot is two days late, and what is told of a day stays true.
Corrections are news of the night that brought them. Read are the published marts, so that the
visibility policy holds here too. A subscriber gets one message for an as-of day, and none where
there is nothing to tell; what could not be sent is sent with the next day's.
"""

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from ingest.errors import SettingsError
from ingest.settings import Settings
from ingest.yaml_files import read_yaml
from orchestration.alerts.channels import (
    Channel,
    ChannelError,
    Mail,
    Message,
    ServerDown,
    Webhook,
    channels_of,
)
from orchestration.alerts.events import Event, short_hash
from orchestration.alerts.kinds import Kind
from orchestration.files import read_record, write_whole
from orchestration.publication.nights import PublishedNight
from orchestration.published import Ask, published_marts

log = logging.getLogger("nightquest.alerts")

NewsKind = Literal[
    "level_up", "badge_unlocked", "mission_completed", "streak_milestone", "streak_frozen",
    "top_10_entered", "team_mission_completed", "correction",
]  # fmt: skip
#: Lines of a message; Slack cuts off a long one.
MOST_LINES = 100
#: Of days after $1 and up to $2; corrections of nights after $3 and up to $4, as text.
NEWS = """
select n.developer_id, d.login, d.display_name, d.current_team_id, n.activity_date, n.type, n.title,
    n.body
from marts.fct_notifications as n
inner join marts.dim_developers as d on n.developer_id = d.developer_id
where (n.type <> 'correction' and n.activity_date > $1 and n.activity_date <= $2)
    or (n.type = 'correction' and n.reference_id > $3 and n.reference_id <= $4)
order by n.activity_date, d.display_name, n.developer_id, n.type, n.reference_id
"""
TEAMS = "select team_id, team_name, parent_team_id from marts.dim_teams order by team_id"

Row = dict[str, Any]


class Subscriber(BaseModel):
    """Who wants news: where it goes, about whom, and which kinds (None: all)."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    email: str | None = Field(default=None, pattern=r"^[^@\s]+@[^@\s]+$")
    webhook: SecretStr | None = None
    developer: str | None = None
    team: str | None = None
    all: Literal[True] | None = None
    kinds: Annotated[list[NewsKind], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def check_choice(self) -> "Subscriber":
        """One place, and one choice of people."""
        for names in (("email", "webhook"), ("developer", "team", "all")):
            given = [name for name in names if getattr(self, name)]
            if len(given) != 1:
                found = f"{len(given)} are given" if given else "none is given"
                raise ValueError(f"exactly one of {', '.join(names)} is allowed; {found}")
        return self

    @property
    def about(self) -> str:
        return self.developer or self.team or "everybody"

    @property
    def name(self) -> str:
        """What the record of digests calls it; an address of a webhook is a secret."""
        url = self.webhook.get_secret_value() if self.webhook else ""
        return f"{self.email or f'webhook {short_hash(url)}'}, {self.about}"

    def channel(self, settings: Settings) -> Channel:
        if self.webhook:
            return Webhook(self.webhook, f"{settings.digest_file}: {self.name}", self.name)
        readers = [self.email] if self.email else []
        return Mail(settings.smtp_url, settings.mail_from, readers, self.name)


@dataclass(frozen=True)
class Sent:
    """What a subscriber was last sent, or had nothing to be sent: the night, and through when."""

    as_of_day: str
    through: str


def subscribers(settings: Settings) -> list[Subscriber]:
    """Those of NIGHTQUEST_DIGEST_FILE; none where it is not set.

    Raises:
        SettingsError: the file cannot be read; which subscriber and field is wrong.
    """
    path = settings.digest_file
    if path is None:
        return []
    content = read_yaml(path, "NIGHTQUEST_DIGEST_FILE", holds_secrets=True)  # webhooks
    if not isinstance(content, dict) or [*content] not in ([], ["subscribers"]):
        raise SettingsError(f"{path} must be a mapping with subscribers alone.")
    entries = content.get("subscribers") or []
    if not isinstance(entries, list):
        raise SettingsError(f"{path}, subscribers: it must be a list.")
    return [subscriber(path, place, entry) for place, entry in enumerate(entries, 1)]


def subscriber(path: Path, place: int, entry: object) -> Subscriber:
    try:
        return Subscriber.model_validate(entry)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = "".join(f", {part}" for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{path}, subscriber {place}{field}: {said}.") from None


def all_channels(settings: Settings) -> list[Channel]:
    """Those of alerts, and each subscriber's.

    Raises:
        SettingsError: as `subscribers`.
    """
    return [*channels_of(settings), *(one.channel(settings) for one in subscribers(settings))]


def send_digests(settings: Settings, night: PublishedNight) -> list[Event]:
    """Send each subscriber what is new since the last time; what failed is tried again later.

    Returns:
        What could not be sent, to be told through the channels of alerts.

    Raises:
        NightquestError: the file of subscribers is wrong, or the published tables unreadable.
        OSError: the record of what was sent cannot be read or written.
    """
    record = settings.home / "alerts" / "digests.json"
    sent = {name: Sent(**last) for name, last in read_record(record).items()}
    due = [
        one
        for one in subscribers(settings)
        if one.name not in sent or sent[one.name].as_of_day < str(night.as_of_day)
    ]
    if not due:
        return []
    failed: list[Event] = []
    is_mail_down = False
    now = Sent(str(night.as_of_day), str(night.complete_through))
    with published_marts(settings) as ask:
        teams = ask(TEAMS)
        for one in due:
            if one.email and is_mail_down:
                continue  # still due; each would wait in vain for seconds
            last = sent.setdefault(one.name, before(night))
            chosen = news_for(one, news_since(ask, last, night), teams)
            try:
                if chosen:
                    one.channel(settings).send(digest(one, chosen))
                sent[one.name] = now
            except (ChannelError, SettingsError) as error:
                is_mail_down |= isinstance(error, ServerDown)
                what = f"the digest for {one.name} could not be sent: {str(error).rstrip('.')}"
                log.warning("Alerts: %s. It is tried again at the next occasion.", what)
                failed.append(Event(Kind.channel_failed, f"{one.name}/{now.as_of_day}", what))
            write_whole(record, json.dumps({name: vars(day) for name, day in sent.items()}))
    return failed


def before(night: PublishedNight) -> Sent:
    """Where somebody new begins: with the newest complete day."""
    day = timedelta(days=1)
    return Sent(str(night.as_of_day - day), str(night.complete_through - day))


def news_since(ask: Ask, last: Sent, night: PublishedNight) -> list[Row]:
    through = date.fromisoformat(last.through)
    return ask(NEWS, [through, night.complete_through, last.as_of_day, str(night.as_of_day)])


def news_for(one: Subscriber, news: Iterable[Row], teams: Sequence[Row]) -> list[Row]:
    """The news that a subscriber asked for."""
    chosen = [row for row in news if one.kinds is None or row["type"] in one.kinds]
    if one.developer:
        who = one.developer.lower()
        return [row for row in chosen if who in (row["login"].lower(), row["developer_id"].lower())]
    if one.team:
        meant = teams_below(one.team, teams)
        return [row for row in chosen if row["current_team_id"] in meant]
    return chosen


def teams_below(named: str, teams: Sequence[Row]) -> set[str]:
    """The ids of a team, by id or name, and of those below it."""
    found = {row["team_id"] for row in teams if named in (row["team_id"], row["team_name"])}
    while more := {row["team_id"] for row in teams if row["parent_team_id"] in found} - found:
        found |= more
    return found


def digest(one: Subscriber, news: Sequence[Row]) -> Message:
    """The news, a line each; where they are of several people, with whose they are."""
    lines = [
        f"{row['activity_date']}  {row['title']}. {row['body']}"
        if one.developer
        else f"{row['activity_date']}  {row['display_name'] or row['login']}: {row['title']}"
        for row in news[:MOST_LINES]
    ]
    if len(news) > MOST_LINES:
        lines.append(f"and {len(news) - MOST_LINES:,} more: see the page What's new.")
    return Message(f"Nightquest: news of {one.about}", "\n".join(lines))
