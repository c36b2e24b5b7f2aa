"""What people are told (game.md sections 8 and 12), without the texts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from .attempts import Attempt
from .facts import Row

Told = tuple[str, date, str, str]


def is_milestone(streak: int) -> bool:
    return streak in (5, 10, 25, 50) or (streak > 0 and streak % 100 == 0)


def level_ups(developer_days: Iterable[Row]) -> Iterator[Told]:
    """At most one a day: the level at its end, where it is above all before."""
    highest: dict[str, int] = defaultdict(lambda: 1)
    for row in sorted(developer_days, key=lambda row: row["activity_date"]):
        developer_id, level = row["developer_id"], row["level"]
        if level > highest[developer_id]:
            highest[developer_id] = level
            yield developer_id, row["activity_date"], "level_up", str(level)


def streak_events(streak_days: dict[str, list[Row]]) -> Iterator[Told]:
    for developer_id, days in streak_days.items():
        for row in days:
            day, streak = row["activity_date"], row["current_streak"]
            if row["action"] in ("started", "increased") and is_milestone(streak):
                yield developer_id, day, "streak_milestone", str(streak)
            if row["action"] == "frozen":
                yield developer_id, day, "streak_frozen", day.isoformat()


def outcomes(attempts: Iterable[Attempt]) -> Iterator[Told]:
    """Completed and passed attempts: the developer's own, and a team's to all whom it paid."""
    for attempt in attempts:
        if not attempt.is_passed or attempt.decided_on is None:
            continue
        if attempt.developer_id is not None:
            yield (
                attempt.developer_id,
                attempt.decided_on,
                "mission_completed",
                attempt.attempt_id,
            )
            continue
        for payment in attempt.payments:
            yield payment.developer_id, payment.day, "team_mission_completed", attempt.attempt_id


def unlocked(awards: Iterable[Row]) -> Iterator[Told]:
    """The news of the day stays, also where the award was revoked since."""
    for row in awards:
        badge_id, season = row["badge_id"], row["season"]
        reference = badge_id if season is None else f"{badge_id}:{season}"
        yield row["developer_id"], row["awarded_on"], "badge_unlocked", reference


def entries_into_the_top_10(history: Iterable[Row]) -> Iterator[Told]:
    """Whoever is among the first ten of an organisation's board and was not the day before."""
    top: dict[tuple[str, date], set[str]] = defaultdict(set)
    for row in history:
        if row["rank"] <= 10:
            top[row["board_id"], row["as_of_date"]].add(row["developer_id"])
    for (board_id, day), now in sorted(top.items()):
        for developer_id in now - top.get((board_id, day - timedelta(days=1)), set()):
            yield developer_id, day, "top_10_entered", board_id


def notification_rows(
    developer_days: Iterable[Row],
    streak_days: dict[str, list[Row]],
    attempts: Iterable[Attempt],
    awards: Iterable[Row],
    history: Iterable[Row],
) -> list[Row]:
    """Each told once: who, on which day, of what kind, about what."""
    told: set[Told] = {
        *level_ups(developer_days),
        *streak_events(streak_days),
        *outcomes(attempts),
        *unlocked(awards),
        *entries_into_the_top_10(history),
    }
    return [
        {
            "developer_id": developer_id,
            "activity_date": day,
            "type": kind,
            "reference_id": reference_id,
        }
        for developer_id, day, kind, reference_id in sorted(told)
    ]
