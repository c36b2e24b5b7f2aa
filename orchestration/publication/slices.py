"""Which rows of what is published a night computes anew."""

from datetime import date
from typing import NamedTuple

from ingest.warehouse import Warehouse

TOUCHED = "intermediate.int_developers_touched"


class Slice(NamedTuple):
    """SQL for rows of a mart, and the columns that find them: the day first, where days bound them,
    and what else they are asked for by."""

    rows: str
    found_by: tuple[str, ...] = ()


#: Which rows of a published mart a night computes again, with the alias `c`. `first_day` is the
#: first day that it computes for anybody, `first_changed_day` the first with other facts: bounds
#: that spare a look at the history. A mart without a slice is computed whole.
SLICES = {
    "touched": Slice(
        "c.activity_date >= {first_day} and exists (select 1 from "
        f"{TOUCHED} as t where t.developer_id = c.developer_id "
        "and c.activity_date >= t.touched_from)",
        found_by=("activity_date",),
    ),
    "touched_streaks": Slice(
        "(c.ended_on is null or c.ended_on >= {first_day}) and exists (select 1 from "
        f"{TOUCHED} as t where t.developer_id = c.developer_id "
        "and (c.ended_on is null or c.ended_on >= t.touched_from))",
        found_by=("ended_on",),
    ),
    "touched_developers": Slice(
        f"exists (select 1 from {TOUCHED} as t where t.developer_id = c.developer_id)",
    ),
    "changed": Slice(
        "c.activity_date >= {first_changed_day} "
        "and (c.activity_date in (select activity_date from intermediate.int_days_changed) "
        "or exists (select 1 from intermediate.int_subjects_moved as m "
        "where m.subject_id = c.developer_id and c.activity_date >= m.moved_from))",
        found_by=("activity_date",),
    ),
    # Bounds outside of the `or` are looked at before the subqueries, which cost ten times as much.
    "exclusions": Slice(
        "(c.activity_date >= {first_day} or c.activity_date >= {first_changed_day}) "
        "and (c.reason_code in ('daily_cap', 'activity_cap') and {touched} "
        "or c.reason_code not in ('daily_cap', 'activity_cap') and {changed})",
        found_by=("activity_date",),
    ),
    "attempts": Slice(
        "{first_day} <= (select as_of_day from ops.nights) "
        "and (c.period_end is null or c.period_end >= {first_day}) and (c.team_id is not null "
        f"or exists (select 1 from {TOUCHED} as t where t.developer_id = c.developer_id "
        "and (c.period_end is null or c.period_end >= t.touched_from)))",
        found_by=("period_end",),
    ),
    "periods": Slice(
        "{first_day} <= (select as_of_day from ops.nights) "
        "and (c.period_end is null or c.period_end >= {first_day})",
        found_by=("period_end",),
    ),
    "awards": Slice(
        "c.awarded_on >= {first_day} and exists (select 1 from "
        f"{TOUCHED} as t where t.developer_id = c.developer_id "
        "and c.awarded_on >= t.touched_from)",
        found_by=("awarded_on",),
    ),
    "first_seen": Slice(
        "c.first_seen >= {first_day} and exists (select 1 from "
        f"{TOUCHED} as t where t.developer_id = c.developer_id "
        "and c.first_seen >= t.touched_from)",
        found_by=("first_seen",),
    ),
    "touched_seasons": Slice(
        f"exists (select 1 from {TOUCHED} as t where t.developer_id = c.developer_id "
        "and (c.season_start = cast('1900-01-01' as date) "
        "or c.season_start >= cast(date_trunc('quarter', t.touched_from) as date)))",
    ),
    "days": Slice("c.activity_date >= {first_day}", ("activity_date",)),
    "decided_days": Slice("c.decided_on >= {first_day}", ("decided_on",)),
    "board_days": Slice("c.as_of_date >= {first_board_day}", ("as_of_date",)),
    "notifications": Slice(
        "(c.activity_date >= {first_board_day} or c.activity_date >= {first_day}) "
        "and (c.type = 'top_10_entered' and c.activity_date >= {first_board_day} "
        "or c.type not in ('top_10_entered', 'correction') and {touched})",
        found_by=("activity_date",),
    ),
    "source_rows": Slice(
        "(c.dataset in ('challenge_attempts', 'adjustments') "
        "or c.activity_date >= {first_changed_day}) "
        "and (c.dataset in ('challenge_attempts', 'adjustments') or {changed})",
        found_by=("activity_date", "dataset"),
    ),
    "appended": Slice("1 = 0"),
}


#: What even a rebuild leaves as it was: it tells what earlier nights changed.
REBUILT = {"appended": "1 = 0", "notifications": "c.type <> 'correction'"}


def slices_of_night(warehouse: Warehouse) -> dict[str, str]:
    """SQL for the rows of `core` that tonight's build replaces, by the slice's name."""
    firsts = {
        "first_day": "select min(date_day) as d from intermediate.int_days_touched",
        "first_changed_day": (
            "select min(d) as d from (select activity_date as d from intermediate.int_days_changed "
            "union all select moved_from from intermediate.int_subjects_moved) as changed"
        ),
        "first_board_day": (
            "select min(date_day) as d from intermediate.int_board_days where is_ranked"
        ),
    }
    named = {name: each.rows for name, each in SLICES.items()}
    for name, query in firsts.items():
        day = f"cast('{warehouse.query(query).item() or date.max}' as date)"
        named = {key: sql.replace(f"{{{name}}}", day) for key, sql in named.items()}
    return {
        key: sql.replace("{touched}", named["touched"]).replace("{changed}", named["changed"])
        for key, sql in named.items()
    }
