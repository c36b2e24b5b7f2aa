"""What somebody must be told, derived from how things stand: pure, and the same for all who ask.

An event's key names it once and for all, so that it is told once. What it means and what to do
follow from its kind; `docs/runbook.md` has an entry for each.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from ingest.settings import Settings
from orchestration.alerts.kinds import ADVICE, Advice, Kind
from orchestration.night import LONGEST_WAIT
from orchestration.packs import RULES_WAIT
from orchestration.standing import Disk, End, Row, Standing

ONE_DAY = timedelta(days=1)
RUNBOOK = "docs/runbook.md"


#: What makes `nightquest status` exit with 1.
GRAVE = {Kind.night_failed, Kind.night_killed, Kind.night_stopped, Kind.figures_old}
#: What a run that is no good is told as.
ENDS = {
    End.failed: Kind.night_failed,
    End.killed: Kind.night_killed,
    End.stopped: Kind.night_stopped,
}


@dataclass(frozen=True)
class Event:
    """Something that somebody must be told, once.

    Attributes:
        name: what it is about, unique within its kind for all time.
        what: what happened, a sentence.
        is_sure: False while the next look may see that nothing is the matter.
    """

    kind: Kind
    name: str
    what: str
    is_sure: bool = True

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.name}"

    @property
    def advice(self) -> Advice:
        return ADVICE[self.kind]

    @property
    def runbook(self) -> str:
        return f"{RUNBOOK}#{self.kind}"


def events_of(settings: Settings, standing: Standing) -> list[Event]:
    """What is to be told now, the gravest first."""
    return [
        *of_runs(standing),
        *of_age(settings, standing),
        *of_what_cannot_be_read(standing),
        *of_rules(standing),
        *of_disks(standing),
        *of_sources(settings, standing),
        *of_held_days(standing),
        *of_quarantine(standing),
    ]


def of_runs(standing: Standing) -> Iterator[Event]:
    """What became of the last night or rebuild."""
    if not standing.runs:
        return
    last, *before = standing.runs
    if kind := ENDS.get(last.end):
        what = f"the last {last} {last.end}{f': {one_line(last.reason)}' if last.reason else ''}"
        yield Event(kind, last.run_id, what, last.is_sure)
    if last.end is End.good and before and before[0].end in ENDS:
        what = f"the {last} went well; the {before[0]} {before[0].end}"
        yield Event(Kind.good_again, last.run_id, what)


def of_age(settings: Settings, standing: Standing) -> Iterator[Event]:
    """Figures that are older than allowed. The demo's days are fixed ones."""
    if standing.night is None or settings.env == "demo":
        return
    as_of_day = standing.night.as_of_day
    age = (standing.today - as_of_day).days
    if age > settings.stale_after_days:
        yield Event(
            Kind.figures_old,
            str(as_of_day),
            f"the published day is {age} days old, and {settings.stale_after_days} are allowed "
            "(NIGHTQUEST_STALE_AFTER_DAYS): see that nights run",
        )


def of_what_cannot_be_read(standing: Standing) -> Iterator[Event]:
    for sentence in standing.unread:
        yield Event(Kind.figures_unreadable, f"{standing.today}/{short_hash(sentence)}", sentence)


def of_rules(standing: Standing) -> Iterator[Event]:
    """A pack that cannot be read, or that has changes which wait for a person's word.

    Which it was when the last night was published; a folder put back since waits for nothing.
    """
    if standing.pack_problem:
        yield Event(
            Kind.rules_broken, short_hash(standing.pack_problem), one_line(standing.pack_problem)
        )
    night = standing.night
    if night and standing.folder_pack not in (None, night.pack_hash):
        _, found, rest = (night.problems or "").partition(RULES_WAIT)
        if found:
            yield Event(Kind.rules_wait, str(standing.folder_pack), f"{found}{rest}")


def of_disks(standing: Standing) -> Iterator[Event]:
    """Once a day for as long as it lasts: nothing but a day names such an event."""
    for disk in standing.disks:
        if disk.free < disk.needed:
            yield Event(Kind.disk_nearly_full, f"{standing.today}/{disk.folder}", told(disk))


def told(disk: Disk) -> str:
    return (
        f"{disk.folder} has {disk.free / 1e9:,.1f} GB left, and a night may want "
        f"{disk.needed / 1e9:,.1f} GB (NIGHTQUEST_DISK_FREE_GB)"
    )


def of_sources(settings: Settings, standing: Standing) -> Iterator[Event]:
    """Sources that could not be read, and those that owe days for longer than is normal."""
    if standing.night is None:
        return
    as_of_day = standing.night.as_of_day
    owed: dict[str, dict[date, list[str]]] = {}
    for row in standing.pending:
        days = owed.setdefault(row["source"], {})
        days.setdefault(row["activity_date"], []).append(row["scope"])
    for source, why in standing.unreachable.items():
        newest = stretches(owed.get(source, [as_of_day]))[-1]
        what = f"{source} could not be read: {one_line(why).rstrip('.')}"
        yield Event(Kind.source_unreachable, f"{source}/{newest[0]}", what)
    for source, days in owed.items():
        normal = settings.late_after_days[source]
        for stretch in stretches(days):
            first, last = stretch[0], stretch[-1]
            waited = (as_of_day - first).days + 1
            # Nights ask for older days no more: they are a gap that people know of.
            if waited <= normal or last < as_of_day - LONGEST_WAIT:
                continue
            scopes = ", ".join(sorted({scope for day in stretch for scope in days[day]}))
            owing = f"{first} to {last}" if last > first else first
            yield Event(
                Kind.source_late,
                f"{source}/{first}",
                f"{source} ({scopes}) still owes {owing}: as of {as_of_day} it is waited for since "
                f"{waited} days, and {normal} are normal (NIGHTQUEST_LATE_AFTER_DAYS)",
            )


def stretches(days: Iterable[date]) -> list[list[date]]:
    """Days in order, those that follow one another together."""
    found: list[list[date]] = []
    for day in sorted(days):
        if found and day - found[-1][-1] == ONE_DAY:
            found[-1].append(day)
        else:
            found.append([day])
    return found


def of_held_days(standing: Standing) -> Iterator[Event]:
    """Each reading that is asked about; another reading of the same day is another question."""
    for row in standing.held or ():
        place = "{source}/{dataset}/{scope}/{activity_date}".format(**row)
        yield Event(Kind.day_held, f"{place}/{row['load_id']}", held_in_words(row))


def held_in_words(row: Row) -> str:
    return (
        "{source} {dataset} {scope}, {activity_date}: {rows_held:,} rows, {rows_in_force:,} "
        "before (`nightquest held`)".format(**row)
    )


def of_quarantine(standing: Standing) -> Iterator[Event]:
    for row in standing.quarantine:
        count, last = row["row_count"], row["last_date"]
        yield Event(
            Kind.rows_in_quarantine,
            f"{row['source']}/{row['dataset']}/{last}/{count}",
            f"{row['source']} {row['dataset']}: {count:,} {'row' if count == 1 else 'rows'}"
            f"{f', the latest of {last}' if last else ''}",
        )


def short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def one_line(text: str) -> str:
    return "; ".join(line.strip() for line in text.splitlines() if line.strip())
