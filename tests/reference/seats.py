"""Who holds a Copilot seat (warehouse.md section 3)."""

from datetime import date

from .activity import github_subject
from .facts import Facts, Row
from .people import People


def seat_rows(facts: Facts, people: People) -> list[Row]:
    """One row a holder and snapshot; of several scopes the enterprise speaks, else the first."""
    held: dict[tuple[int, date], Row] = {}
    for row in sorted(
        facts.until_as_of("raw_copilot.seats"),
        key=lambda row: (not row["scope"].startswith("enterprise:"), row["scope"]),
    ):
        if row["user_id"] is not None:
            held.setdefault((row["user_id"], row["snapshot_date"]), row)
    return [
        {
            "holder_id": github_subject(user_id),
            "developer_id": github_subject(user_id) if user_id in people.developers else None,
            "login": row["user_login"],
            "snapshot_date": day,
            "plan": row["plan_type"],
            "last_activity_at": row["last_activity_at"],
            "is_pending_cancellation": row["pending_cancellation_date"] is not None,
        }
        for (user_id, day), row in held.items()
    ]
