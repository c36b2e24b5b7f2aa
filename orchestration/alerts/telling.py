"""Each event once through each channel, at every occasion: after a run, and now and then.

The record of what was told (`alerts/told.json` in the home) is written after each message, whole.
A crash between sending and recording tells once more: better twice than never. A channel that
failed is tried again at the next occasion, for what then still holds; the others repeat nothing.
"""

import json
import logging
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from dagster import DagsterInstance
from filelock import FileLock, Timeout

from ingest.errors import NightquestError, SettingsError
from ingest.settings import Settings
from orchestration.alerts.channels import Channel, ChannelError, Message, channels_of
from orchestration.alerts.digest import send_digests
from orchestration.alerts.events import Event, events_of, one_line, short_hash
from orchestration.alerts.kinds import ADVICE, Kind
from orchestration.files import read_record, write_whole
from orchestration.looking import how_things_stand
from orchestration.metrics import write_metrics

log = logging.getLogger("nightquest.alerts")

#: How long to wait for another process that tells at this moment.
LOCK_SECONDS = 30

#: Records that a full disk refused: this process, which may look every few minutes, still knows.
UNWRITTEN: dict[Path, dict[str, dict[str, str]]] = {}


@dataclass
class Told:
    """What was told: by channel, the keys of events and when. Written after each change."""

    path: Path
    keys: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings) -> "Told":
        path = settings.home / "alerts" / "told.json"
        return cls(path, read_record(path))

    def __post_init__(self) -> None:
        for channel, keys in UNWRITTEN.get(self.path, {}).items():
            self.keys.setdefault(channel, {}).update(keys)

    def untold(self, channel: str, events: Iterable[Event]) -> list[Event]:
        known = self.keys.get(channel, {})
        return [event for event in events if event.key not in known]

    def note(self, channel: str, keys: Iterable[str]) -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self.keys.setdefault(channel, {}).update(dict.fromkeys(keys, now))
        try:
            write_whole(self.path, json.dumps(self.keys, indent=1))
        except OSError as error:
            UNWRITTEN[self.path] = self.keys
            log.warning("Alerts: what was told cannot be noted in %s: %s", self.path, error)


def tell(
    settings: Settings, error: str | None = None, instance: DagsterInstance | None = None
) -> None:
    """Tell what is new, and write the metrics. Whatever goes wrong with that is said in the log.

    Args:
        error: what a run ended with that perhaps no record holds, because it never began.
        instance: Dagster's, where one is open already.
    """
    if not settings.home.exists():
        return  # nothing has ever run here
    try:
        with FileLock(lock_file(settings), timeout=LOCK_SECONDS):
            tell_alone(settings, error, instance)
    except Timeout:
        log.warning("Alerts: another process is telling; the next occasion goes on from there.")
    except (NightquestError, OSError) as trouble:
        log.warning("Alerts: %s", one_line(str(trouble)))
    except Exception:  # a mistake of ours, which must not spoil a good night
        log.exception("Alerts: this should not happen; what was run is not touched by it")


def lock_file(settings: Settings) -> Path:
    path = settings.home / "alerts" / "telling.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def tell_alone(settings: Settings, error: str | None, instance: DagsterInstance | None) -> None:
    """
    Raises:
        NightquestError: the digest's file is wrong, or a record spoilt.
        OSError: a record cannot be read or written.
    """
    standing = how_things_stand(settings, instance)
    events = events_of(settings, standing)
    if error and not any(one_line(error) in event.what for event in events):
        events.insert(0, unrecorded(error, standing.today))
    try:
        write_metrics(settings, standing, events)
    except OSError as trouble:
        log.warning("The metrics cannot be written: %s", trouble)
    send(settings, [event for event in events if event.is_sure])
    if standing.night and (failed := send_digests(settings, standing.night)):
        send(settings, failed)


def unrecorded(error: str, today: date) -> Event:
    """A run that failed before it began, so that Dagster knows of none."""
    what = one_line(error)
    return Event(Kind.night_failed, f"{today}/{short_hash(what)}", f"a run could not begin: {what}")


def send(settings: Settings, events: Sequence[Event]) -> None:
    """Send each channel what it has not told; that a channel failed is told through the others."""
    told, channels = Told.of(settings), channels_of(settings)
    failed = {
        channel.name: trouble
        for channel in channels
        if (trouble := sent(settings, channel, told, events))
    }
    for channel in channels:
        if failed and channel.name not in failed:
            sent(settings, channel, told, [*failed.values()])


def sent(settings: Settings, channel: Channel, told: Told, events: Sequence[Event]) -> Event | None:
    """Send what a channel has not told; where it fails, that as an event, once a day."""
    new = told.untold(channel.name, events)
    if not new:
        return None
    try:
        channel.send(message_of(settings, new))
    except (ChannelError, SettingsError) as error:
        said = str(error).rstrip(".")
        log.warning("Alerts: %s. It is tried again at the next occasion.", said)
        name = f"{channel.name}/{date.today()}"
        return Event(Kind.channel_failed, name, f"{len(new)} could not be sent: {said}")
    told.note(channel.name, [event.key for event in new])
    return None


def message_of(settings: Settings, events: Sequence[Event]) -> Message:
    """All that is new in one message: each kind with what it means and what to do, once."""
    place = f"{settings.home.resolve()} on {socket.gethostname()}"
    by_kind = [(kind, [*group]) for kind, group in groupby(events, key=attrgetter("kind"))]
    paragraphs = [
        "\n".join(
            [
                *([f"{ADVICE[kind].title}:"] if len(by_kind) > 1 else []),
                *(f"- {event.what}" for event in group),
                f"What it means: {ADVICE[kind].meaning}",
                f"What to do: {ADVICE[kind].to_do}",
                f"More: {group[0].runbook}",
            ]
        )
        for kind, group in by_kind
    ]
    return Message(
        subject=f"Nightquest: {'; '.join(ADVICE[kind].title for kind, _ in by_kind)}",
        text="\n\n".join([*paragraphs, f"From {place}"]),
        events=events,
    )


def open_now(settings: Settings) -> str:
    """What is to be looked at now, for a person; what was not told yet is told as well."""
    tell(settings)
    events = [
        event
        for event in events_of(settings, how_things_stand(settings))
        if event.kind is not Kind.good_again
    ]
    return message_of(settings, events).text if events else "Nothing has to be looked at."


def tested(settings: Settings) -> str:
    """Send a test message through every channel, whatever was told before.

    Raises:
        NightquestError: which channel did not take it, and why.
    """
    event = Event(Kind.test, "now", "if you read this, alerts reach you here")
    failed = []
    for channel in channels_of(settings):
        try:
            channel.send(message_of(settings, [event]))
        except ChannelError as error:
            failed.append(str(error))
    if failed:
        raise NightquestError(f"The test did not get through: {'; '.join(failed)}.")
    return f"Sent through: {', '.join(channel.name for channel in channels_of(settings))}."
