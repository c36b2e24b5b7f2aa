"""docs/dictionary.md: what readers see, from the models' contracts.

`python -m orchestration.dictionary` writes it (`make docs` does). A test compares the file with the
contracts, so that a table or column without words, or a changed one, is noticed at once.
"""

import re
from collections.abc import Mapping
from typing import Any

from ingest.settings import PROJECT
from orchestration.assets.models import mart_models
from orchestration.publication.marts import Mart

DICTIONARY = PROJECT / "docs" / "dictionary.md"

#: The tables in the order in which a reader meets them.
ORDER = (
    "dim_developers", "dim_teams", "bridge_team_members", "dim_metrics", "dim_levels",
    "dim_missions", "dim_badges", "dim_badge_conditions", "fct_activity_daily",
    "fct_activity_values", "dim_dates", "fct_xp_ledger", "fct_xp_exclusions", "fct_developer_days",
    "fct_mission_attempts", "fct_mission_periods", "fct_badge_awards", "fct_badge_progress",
    "fct_badge_holders", "fct_streak_days", "fct_streaks", "fct_team_days", "fct_org_days",
    "fct_level_holders", "leaderboards", "leaderboard_sizes", "leaderboard_history",
    "fct_notifications", "fct_corrections", "dim_xp_rules", "dim_rule_packs", "fct_seats",
    "fct_seat_days", "xp_explained", "xp_evidence", "xp_missing", "fct_source_rows", "run_status",
    "data_status", "quarantine_counts",
)  # fmt: skip

#: Joins that no key of a dimension tells: what for, one table, the other, and on what.
JOINS = (
    ("the calendar of a day", "fct_developer_days as a", "dim_dates as b",
     "a.activity_date = b.date_day"),
    ("the team of a team's board", "leaderboards as a", "dim_teams as b",
     "a.scope_id = b.team_id"),
    ("a person's team today", "dim_developers as a", "dim_teams as b",
     "a.current_team_id = b.team_id"),
    ("a person's team of a day",
     "fct_developer_days as a", "bridge_team_members as b",
     "a.developer_id = b.developer_id and a.activity_date >= b.valid_from "
     "and a.activity_date <= coalesce(b.valid_to, a.activity_date)"),
    ("the rule behind XP", "fct_xp_ledger as a", "dim_xp_rules as b",
     "a.reason = 'activity' and a.reference_id = b.rule_id and a.rule_version = b.version"),
    ("the attempt behind XP", "fct_xp_ledger as a", "fct_mission_attempts as b",
     "a.reason in ('mission', 'mission_perfect') and a.reference_id = b.attempt_id"),
    ("the award behind XP", "fct_xp_ledger as a", "fct_badge_awards as b",
     "a.reason = 'badge' and a.developer_id = b.developer_id "
     "and a.reference_id = b.badge_id || coalesce(':' || b.season, '')"),
    ("the source rows behind XP", "fct_xp_ledger as a", "xp_evidence as b",
     "a.ledger_id = b.ledger_id and a.developer_id = b.developer_id "
     "and a.activity_date = b.activity_date"),
    ("the badge as it was when it was won", "fct_badge_awards as a", "dim_badges as b",
     "a.badge_id = b.badge_id and a.awarded_on >= b.valid_from "
     "and a.awarded_on <= coalesce(b.valid_to, a.awarded_on)"),
    ("the curve in force", "dim_levels as a", "dim_rule_packs as b", "a.curve = b.level_curve"),
)  # fmt: skip

HEAD = """\
# Data dictionary

What readers see: the schema `marts`, on every target alike. Written by `make docs` from the
models' contracts; changes belong into `dbt_project/models/marts/`. [Worked queries](queries.md)
show the tables in use.

- **Types** are those of the contracts; `varchar` is `text` on Postgres. Times are UTC, days are
  game days in the rule pack's time zone.
- **Null** says whether a column may be empty. Missing is never zero: a day without activity has no
  row, and whether all of a day has arrived is in `data_status`, for all sources together in
  `run_status.complete_through`.
- **Key**: the columns of which no two rows have the same. In a key, null is a value like others.
- **Policy**: what `NIGHTQUEST_VISIBILITY` ([who may see what](access.md)) leaves out. *Rows about
  people*: under `named` those of whoever opted out, under `opt_in` those of everybody but who
  opted in, under `anonymous` all; rows in which these columns are null stay. *Small groups*: under
  `opt_in` and `anonymous`, what counts fewer people than `NIGHTQUEST_MIN_TEAM_SIZE`.
- **Joins**: which dimensions the columns lead to. Beside these:

"""

POLICY_OF_FEW = {
    "days": "small groups: a team's day with few active people, and the next smallest where the "
    "sum of the others would tell it",
    "members": "small groups: attempts of teams with few members",
}
EVERYTHING = "none, all rows are shown under each"
CONDITIONAL = re.compile(r"case when c\.(.+) then c\.(\w+) end")


def public_tables() -> dict[str, dict[str, Any]]:
    """The tables and views of `marts` by name, as the parsed project holds them."""
    tables = [
        node for node in mart_models("table") if not Mart(**node["config"]["meta"]).is_private
    ]
    return {node["name"]: node for node in [*tables, *mart_models("view")]}


def dictionary(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """The whole document."""
    joins = "".join(
        f"  - {what}: `marts.{one}` with `marts.{other}` on `{on}`\n"
        for what, one, other, on in JOINS
    )
    return HEAD + joins + "".join(section(tables[name], tables) for name in ORDER)


def section(table: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]]) -> str:
    columns = table["columns"].values()
    key = ", ".join(f"`{column}`" for column in table["config"]["meta"]["key"])
    lines = [
        f"\n## {table['name']}\n",
        f"{table['description']}\n",
        f"- Key: {key or 'none, there is one row'}",
        f"- Policy: {policy(table, tables)}",
        *([f"- Joins: {', '.join(found)}"] if (found := joins_of(table, tables)) else []),
        "\n| column | type | null | meaning |",
        "|---|---|---|---|",
        *(
            f"| `{column['name']}` | {column['data_type']} | "
            f"{'no' if is_never_null(column) else 'yes'} | {cell(column['description'])} |"
            for column in columns
        ),
    ]
    return "\n".join(lines) + "\n"


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def is_never_null(column: Mapping[str, Any]) -> bool:
    return any(constraint["type"] == "not_null" for constraint in column["constraints"])


def policy(table: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Which rows the visibility policies leave out."""
    if table["config"]["materialized"] == "view":
        read = sorted(node.split(".")[-1] for node in table["depends_on"]["nodes"])
        hidden = [name for name in read if policy(tables[name], tables) != EVERYTHING]
        return f"a view, with the policies of what it reads: {', '.join(f'`{n}`' for n in hidden)}"
    mart = Mart(**table["config"]["meta"])
    parts = []
    if mart.names:
        shown = (CONDITIONAL.sub(r"\2` where `\1", name) for name in mart.names)
        parts.append(f"rows about people ({', '.join(f'`{name}`' for name in shown)})")
    if mart.few:
        few = f"small groups: rows whose `{mart.few}` is low, but not 0"
        parts.append(POLICY_OF_FEW.get(mart.few, few))
    return "; ".join(parts) or EVERYTHING


def joins_of(table: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The dimensions whose whole key the table has: in its own key, or beside it.

    A key that is half in, half beside is none: a badge's `version` is not that of its mission.
    """
    own = set(table["config"]["meta"]["key"])
    return sorted(
        f"`{name}` on {', '.join(f'`{column}`' for column in key)}"
        for name, other in tables.items()
        if name.startswith("dim_") and name != table["name"]
        if (key := other["config"]["meta"]["key"]) and set(key) <= table["columns"].keys()
        if set(key) <= own or not set(key) & own
    )


if __name__ == "__main__":
    DICTIONARY.write_text(dictionary(public_tables()), encoding="utf-8")
    print(f"{DICTIONARY.relative_to(PROJECT)} is written.")
