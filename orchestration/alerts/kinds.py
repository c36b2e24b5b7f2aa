"""The kinds of alerts: what each is called, what it means, and what to do.

`docs/runbook.md` has an entry for each, which says more.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What may happen. The value is the anchor of its entry in the runbook."""

    night_failed = "night-failed"
    night_killed = "night-killed"
    night_stopped = "night-stopped"
    good_again = "good-again"
    figures_old = "figures-old"
    figures_unreadable = "figures-unreadable"
    source_unreachable = "source-unreachable"
    source_late = "source-late"
    day_held = "day-held"
    rows_in_quarantine = "rows-in-quarantine"
    rules_wait = "rules-wait"
    rules_broken = "rules-broken"
    disk_nearly_full = "disk-nearly-full"
    channel_failed = "channel-failed"
    test = "test"


@dataclass(frozen=True)
class Advice:
    """What a kind of event is called, what it means, and what to do."""

    title: str
    meaning: str
    to_do: str


ADVICE = {
    Kind.night_failed: Advice(
        "A night failed",
        "Readers still see the last good night; nothing is lost.",
        "Read the reason and remove the cause, then type `nightquest run`; if it has passed by "
        "itself, the next night heals it.",
    ),
    Kind.night_killed: Advice(
        "A night did not end",
        "Its process is gone (killed, out of memory, power). Readers still see whole nights.",
        "Type `nightquest run`, or wait for the next night: it starts from what readers see. If it "
        "happens again, look at the machine's memory.",
    ),
    Kind.night_stopped: Advice(
        "A night was stopped",
        "Somebody ended it. Readers still see the last good night.",
        "Type `nightquest run` when nothing stands against it, or wait for the next night.",
    ),
    Kind.good_again: Advice(
        "Good again",
        "What failed before has healed: readers see a new night.",
        "Nothing.",
    ),
    Kind.figures_old: Advice(
        "The figures are too old",
        "No night has published for days, so nobody sees new XP.",
        "See that nights run: is Dagster's daemon up and the schedule on? Then type `nightquest "
        "run`, which catches up.",
    ),
    Kind.figures_unreadable: Advice(
        "How things stand cannot be read",
        "The published tables, Dagster's records or the landing cannot be reached, so that other "
        "trouble may go unseen, and readers may see nothing.",
        "Bring back what the sentence names, then type `nightquest status`.",
    ),
    Kind.source_unreachable: Advice(
        "A night went on without a source",
        "The source could not be read, so its newest days wait; all others are shown.",
        "Read the reason: a refused token or key is yours to mend, an outage passes. The next "
        "night fills the gap.",
    ),
    Kind.source_late: Advice(
        "A source is late",
        "Its days are waited for longer than is normal. Missing is not zero: missions and streaks "
        "wait, the rest goes on.",
        "See whether the source itself has an outage, and whether its settings still hold. When it "
        "returns, the next night fills the gap.",
    ),
    Kind.day_held: Advice(
        "A day is held back",
        "A new reading of the day looks wrong, so that what was read before is still shown.",
        "Look at the day in the source. Then `nightquest held --accept` takes the new rows, and "
        "`--refuse` keeps the old ones.",
    ),
    Kind.rows_in_quarantine: Advice(
        "Rows are in quarantine",
        "Rows that could not be read are set aside, and count for nobody; all others count.",
        "Look at `reason` and `payload` in `ops.quarantine`, and have the source send them right.",
    ),
    Kind.rules_wait: Advice(
        "Changed rules wait",
        "The rule pack has changes that would alter what people have seen, so the pack in force "
        "goes on.",
        "Type `nightquest rules simulate DIR`, then `nightquest rebuild --accept-rules`; or put "
        "the folder back.",
    ),
    Kind.rules_broken: Advice(
        "The rule pack is broken",
        "No night can run until it is mended; the last good night stays up.",
        "Mend the places that are named; `nightquest rules validate` checks the pack.",
    ),
    Kind.disk_nearly_full: Advice(
        "A disk is nearly full",
        "A night may soon fail for want of room; it then changes nothing.",
        "Make room, or move the home or the landing to a larger disk.",
    ),
    Kind.channel_failed: Advice(
        "An alert could not be sent",
        "Whoever listens there hears nothing. What still holds is sent when the channel works.",
        "Mend the address or the service, then type `nightquest alerts --test`.",
    ),
    Kind.test: Advice("A test", "Somebody typed `nightquest alerts --test`.", "Nothing."),
}  # fmt: skip
