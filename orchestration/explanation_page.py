"""The account of a day as lines for a person at a terminal."""

from typing import Any

from rich.console import Console
from rich.text import Text

Row = dict[str, Any]
SHOWN_ROWS = 5


class Page:
    """Lines, indented by level; nothing in them is taken for markup."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def line(self, text: str = "", level: int = 0, style: str = "") -> None:
        self.console.print(Text("  " * level + text, style=style), soft_wrap=True)

    def heading(self, text: str) -> None:
        self.line()
        self.line(text, style="bold")


def show(account: Row, console: Console) -> None:
    """Print an account of `orchestration.explanation.explain`."""
    page = Page(console)
    if account["kind"] == "excluded":
        show_excluded(account, page)
        return
    developer = account["developer"]
    names = dict.fromkeys([developer["display_name"], developer["login"]])
    team = f", team {developer['team_name']}" if developer["team_name"] else ""
    left = f", left on {developer['left_on']}" if developer["left_on"] else ""
    page.line(
        f"{', '.join(map(str, names))} ({developer['developer_id']}){team}{left}", style="bold"
    )
    page.line(f"{level_of(account['total'])}, as of {account['as_of_day']}")

    then = account["total_that_day"]
    after = f", {then['total_xp']:,} in total after it" if account["rows"] else ""
    page.heading(f"{account['day']:%A}, {account['day']}: {account['xp']:,} XP{after}")
    for row in account["rows"]:
        show_row(row, account, page)
    for sentence in account["why_no_xp"] or ():
        page.line(sentence, 1)
    show_missing(account, page)


def level_of(total: Row | None) -> str:
    if total is None:
        return "0 XP, level 1"
    further = (
        f"; {total['xp_remaining']:,} XP to level {total['level'] + 1} "
        f"(at {total['next_level_total_xp']:,})"
        if total["next_level_total_xp"] is not None
        else "; the highest level"
    )
    return f"{total['total_xp']:,} XP, level {total['level']} {total['title']}{further}"


def show_row(row: Row, account: Row, page: Page) -> None:
    version = f" v{row['rule_version']}" if row["rule_version"] is not None else ""
    caps = f" (before caps {row['xp_before_caps']:,})" if row["xp"] != row["xp_before_caps"] else ""
    page.line(f"{row['xp']:+6,}{caps}  {row['name']}", 1, style="cyan")
    page.line(f"        {row['sentence']}", 1)
    if row["reference_id"] != row["reason"]:
        page.line(f"        {row['reason']}: {row['reference_id']}{version}", 1, style="dim")
    if row["reason"] == "mission_perfect":  # rests on what its mission rests on, shown above
        return
    for found in row["evidence"][:SHOWN_ROWS]:
        on = f"{found['source_date']} " if found["source_date"] != account["day"] else ""
        label = f"{found['label']} " if found["label"] else ""
        page.line(
            f"        - {on}{found['source']} {found['dataset']} {label}[{found['source_key']}], "
            f"load {found['load_id']}",
            1,
            style="dim",
        )
    if len(row["evidence"]) > SHOWN_ROWS:
        page.line(f"        and {len(row['evidence']) - SHOWN_ROWS} more", 1, style="dim")
    if not row["evidence"]:
        page.line(
            "        - no source row of this day: it rests on what was before", 1, style="dim"
        )


def show_missing(account: Row, page: Page) -> None:
    page.heading("Why not more")
    for row in account["exclusions"]:
        page.line(f"{-row['xp']:+6,}  {row['name']}: {row['sentence']} ({row['reason_code']})", 1)
    streak = account["streak"]
    if streak:
        page.line(
            f"Streak: {streak['current_streak']} ({streak['action']}: {streak['why']}); "
            f"{streak['freezes_available']} freezes left",
            1,
        )
    else:
        page.line("Streak: none on this day; it starts with the first active day", 1)
    for row in account["failed_missions"]:
        page.line(
            f"Mission {row['name']}: failed with {float(row['score']):g} of 100, "
            f"{float(row['pass_threshold']):g} passes",
            1,
        )
    show_prospects("Missions under way", account["missions"], page)
    show_prospects("Nearest badges", account["nearest_badges"], page)
    if account["pending"]:
        page.heading("Not complete yet: what is missing here may still count")
        for row in account["pending"]:
            days = (
                row["first_day"]
                if row["first_day"] == row["last_day"]
                else f"{row['first_day']} to {row['last_day']}"
            )
            page.line(f"{row['source']} {row['scope']}: {days}", 1)


def show_prospects(title: str, rows: list[Row], page: Page) -> None:
    if rows:
        page.heading(title)
    for row in rows:
        page.line(f"{row['name']}, {row['xp']:,} XP: {row['sentence']}", 1)


def show_excluded(account: Row, page: Page) -> None:
    page.line(f"{account['subject']} is no developer of the game", style="bold")
    for row in account["reasons"]:
        page.line(
            f"{row['xp']:,} XP not given on {row['days']} days, {row['first_day']} to "
            f"{row['last_day']}: {row['sentence']} ({row['reason_code']})",
            1,
        )
    page.heading(f"{account['day']:%A}, {account['day']}")
    for row in account["exclusions"]:
        page.line(f"{-row['xp']:+6,}  {row['name']} ({row['reason_code']})", 1)
    if not account["exclusions"]:
        page.line("Nothing was excluded on this day.", 1)
