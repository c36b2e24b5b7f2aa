"""A small published file for the dashboard's tests: 25 developers, 90 days, sums that hold.

A reduced game, written for this file alone: activity XP is 20 per pull request and 20 per review;
streak XP, levels (`sqrt_100`), one weekly mission, and four badges follow the rules of the game.
The last two days are pending for Copilot, so who was not seen on GitHub then is pending as well.

| id | login | what is special |
|---|---|---|
| github:1 | ada | one pull request and one review on each working day up to 27 March |
| github:2, github:3 | bob, cleo | equal in everything: they tie on every board |
| github:4 to github:23 | dev-04 ... | a pattern of their own, each |
| github:24 | lena | left on 15 February, on no board |
| github:25 | nora | on the roster, without any data |

Odd numbers are in the team Compilers, even ones in Engines, which is a part of it. The last night
corrected two XP of github:7. Sums of the organisation are those of the independent reference.
"""

from collections import Counter
from datetime import date, timedelta
from itertools import product
from math import floor, sqrt
from pathlib import Path
from types import SimpleNamespace

import duckdb
import polars as pl
import psycopg

from tests.reference import organisation

FIRST, AS_OF = date(2026, 1, 1), date(2026, 3, 31)
COMPLETE_THROUGH, FINAL_THROUGH = date(2026, 3, 29), date(2026, 3, 24)
LEFT_ON = date(2026, 2, 15)
DAYS = [FIRST + timedelta(days=n) for n in range((AS_OF - FIRST).days + 1)]
IDS = [f"github:{n}" for n in range(1, 26)]
NAMES = {1: "ada", 2: "bob", 3: "cleo", 24: "lena", 25: "nora"}
TITLES = ["Novice", "Apprentice", "Adept", "Expert", "Master"]
BADGES = [
    ("first_steps", "First Steps", "Earned 100 XP", "milestones", "common", 50, "👣"),
    ("first_scenario", "First Quest", "Passed the first mission", "scenarios", "common", 50, "🗺️"),
    ("week_warrior", "Week Warrior", "A streak of 5 working days", "streaks", "rare", 100, "🔥"),
    ("study_legend", "Study Legend", "Active on 180 days", "study_time", "epic", 400, "🏞️"),
]

TABLES = {
    "run_status": "last_good_run varchar, as_of_day date, complete_through date, "
    "final_through date, quarantined_rows bigint, problems varchar",
    "data_status": "source varchar, scope varchar, activity_date date, state varchar, "
    "row_count bigint, last_loaded_at timestamp",
    "dim_developers": "developer_id varchar, login varchar, display_name varchar, "
    "current_team_id varchar, is_active boolean, joined_on date, left_on date, "
    "first_active_date date, last_active_date date, level integer, title varchar",
    "dim_teams": "team_id varchar, team_name varchar, parent_team_id varchar, member_count bigint",
    "bridge_team_members": "team_id varchar, developer_id varchar, valid_from date, valid_to date",
    "dim_dates": "date_day date, iso_week_start date, month_start date, is_working_day boolean, "
    "holiday_name varchar",
    "dim_levels": "curve varchar, level integer, total_xp_required bigint, title varchar",
    "dim_metrics": "metric varchar, unit varchar, source varchar, description varchar",
    "dim_rule_packs": "pack_name varchar, pack_hash varchar, level_curve varchar, "
    "daily_activity_cap bigint, xp_requires_pass boolean, time_zone varchar, "
    "freezes_start bigint, freezes_cap bigint, freezes_refill_every bigint, "
    "streak_bonus_per_day bigint, streak_bonus_cap bigint, max_pending_days bigint",
    "dim_xp_rules": "rule_id varchar, version bigint, metric varchar, points numeric(18, 6), "
    "per numeric(18, 6), daily_cap bigint, valid_from date, valid_to date, description varchar",
    "dim_missions": "mission_id varchar, version bigint, name varchar, kind varchar, "
    "difficulty varchar, base_xp bigint, metric varchar, aggregate varchar, "
    "target numeric(18, 6), period varchar, scope varchar, pass_threshold numeric(18, 6), "
    "valid_from date, valid_to date, is_published boolean",
    "dim_badges": "badge_id varchar, version bigint, name varchar, description varchar, "
    "category varchar, rarity varchar, xp_reward bigint, icon varchar, valid_from date, "
    "valid_to date",
    "fct_xp_ledger": "ledger_id varchar, developer_id varchar, activity_date date, "
    "reason varchar, reference_id varchar, rule_version bigint, xp_before_caps bigint, xp bigint, "
    "run_id varchar",
    "fct_xp_exclusions": "developer_id varchar, activity_date date, subject varchar, "
    "reason_code varchar, xp_forgone bigint",
    "fct_developer_days": "developer_id varchar, activity_date date, xp bigint, "
    "xp_activity bigint, xp_missions bigint, xp_badges bigint, xp_streak bigint, "
    "xp_adjustments bigint, total_xp bigint, level integer, title varchar, "
    "next_level_total_xp bigint, xp_remaining bigint, level_progress numeric(18, 4)",
    "fct_mission_attempts": "attempt_id varchar, mission_id varchar, version bigint, "
    "developer_id varchar, team_id varchar, period_start date, period_end date, "
    "progress numeric(18, 6), target numeric(18, 6), score numeric(18, 4), status varchar, "
    "announced_status varchar, decided_on date, xp_awarded bigint",
    "fct_badge_awards": "developer_id varchar, badge_id varchar, season varchar, "
    "awarded_on date, xp_reward bigint, status varchar, evidence varchar",
    "fct_badge_progress": "developer_id varchar, badge_id varchar, current_value numeric(18, 6), "
    "target_value numeric(18, 6), share numeric(18, 4)",
    "fct_streak_days": "developer_id varchar, activity_date date, action varchar, "
    "current_streak bigint, longest_streak bigint, freezes_available bigint, "
    "total_active_days bigint, is_working_day boolean",
    "fct_team_days": "team_id varchar, activity_date date, xp bigint, active_members bigint, "
    "members bigint, xp_per_active_member numeric(18, 4)",
    "fct_org_days": "activity_date date, members bigint, active_members bigint, "
    "active_members_7d bigint, missions_completed bigint, badges_awarded bigint, xp bigint, "
    "xp_activity bigint, xp_missions bigint, xp_badges bigint, xp_streak bigint, "
    "xp_adjustments bigint",
    "fct_mission_periods": "mission_id varchar, version bigint, period_start date, "
    "period_end date, attempts bigint, in_progress bigint, submitted bigint, completed bigint, "
    "passed bigint, failed bigint, kept bigint, xp_awarded bigint",
    "fct_badge_holders": "badge_id varchar, holders bigint, members bigint, "
    "holder_share numeric(18, 4), last_awarded_on date",
    "fct_level_holders": "level integer, title varchar, holders bigint",
    "fct_seat_days": "snapshot_date date, seats bigint, used_7d bigint, used_28d bigint, "
    "pending_cancellations bigint",
    "fct_notifications": "notification_id varchar, developer_id varchar, activity_date date, "
    "type varchar, reference_id varchar, title varchar, body varchar",
    "fct_corrections": "run_id varchar, table_name varchar, developer_id varchar, "
    "activity_date date, reference_id varchar, measure varchar, old_value varchar, "
    "new_value varchar",
    "quarantine_counts": "source varchar, dataset varchar, row_count bigint, first_date date, "
    "last_date date",
    "xp_evidence": "ledger_id varchar, developer_id varchar, source varchar, dataset varchar, "
    "source_key varchar, load_id varchar",
    "leaderboard_sizes": "board_id varchar, scope_id varchar, as_of_date date, ranked bigint",
    "leaderboard_history": "board_id varchar, as_of_date date, developer_id varchar, "
    "rank bigint, score numeric(18, 4)",
    "leaderboards": "board_id varchar, scope_id varchar, as_of_date date, developer_id varchar, "
    "rank bigint, place bigint, tie_count bigint, score numeric(18, 4), previous_rank bigint, "
    "rank_7d_ago bigint",
}


def copy_to_postgres(home: Path, url: str) -> None:
    """The tables of a home's published file, in the schema marts of a server."""
    with (
        duckdb.connect(str(home / "published" / "nightquest.duckdb"), read_only=True) as source,
        psycopg.connect(url) as target,
    ):
        target.execute("create schema marts")
        for name, columns in TABLES.items():
            target.execute(f"create table marts.{name} ({columns})")
            with target.cursor().copy(f"copy marts.{name} from stdin") as copy:
                for row in source.execute(f"select * from marts.{name}").fetchall():
                    copy.write_row(row)


def write_sample(path: Path, run_id: str = "run-0331", seed: int = 0) -> None:
    """A published file at `path`; its parents are made. Another seed, other days of everybody's but
    the first three."""
    write_tables(path, _Game(run_id, seed).tables())


def write_tables(path: Path, rows: dict[str, list[dict]]) -> None:
    """A published file with all tables of the sample, and these rows in them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        for name, columns in TABLES.items():
            connection.execute(f"create table marts.{name} ({columns})")
            if rows.get(name):
                frame = pl.DataFrame(rows[name], infer_schema_length=None).to_arrow()
                connection.register("rows", frame)
                connection.execute(f"insert into marts.{name} by name select * from rows")
                connection.unregister("rows")


def is_working(day: date) -> bool:
    return day.weekday() < 5


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def facts(number: int, day: date, seed: int = 0) -> tuple[int, int]:
    """Pull requests and reviews of a developer on a day."""
    if number == 25 or (number == 24 and day > LEFT_ON):
        return 0, 0
    if number == 1:
        return (1, 1) if is_working(day) and day <= COMPLETE_THROUGH else (0, 0)
    pattern = 2 if number == 3 else number
    shift = seed if number > 3 else 0
    draw = (pattern * 31 + day.toordinal() * 30 + pattern * day.toordinal() + shift) % 29
    if not is_working(day):
        return (1, 0) if draw == 0 else (0, 0)
    # The higher the number, the more days are missed: streaks of every kind come about.
    return (0, 0) if draw < pattern // 2 else (draw % 3, draw % 2)


class _Game:
    """Walks all developers through all days and keeps the rows of every table."""

    def __init__(self, run_id: str, seed: int) -> None:
        self.run_id = run_id
        self.seed = seed
        self.ledger: list[dict] = []
        self.streaks: list[dict] = []
        self.attempts: list[dict] = []
        self.awards: list[dict] = []
        self.history: list[dict] = []
        for number in range(1, 25):
            self._play(number)

    def _play(self, number: int) -> None:
        developer = f"github:{number}"
        streak, longest, freezes, counted, active_days, total = 0, 0, 3, 0, 0, 0
        started = is_pending = False
        reviews = 0
        held: set[str] = set()
        for day in DAYS if number != 24 else [day for day in DAYS if day <= LEFT_ON]:
            merged, reviewed = facts(number, day, self.seed)
            active = merged + reviewed > 0
            for rule, value in (("pr_merged", merged), ("review_given", reviewed)):
                if value:
                    total += self._earn(developer, day, "activity", rule, 1, 20 * value)
            started = started or active
            is_pending = is_pending or (started and not active and day > COMPLETE_THROUGH)
            action, streak, freezes = _walk(day, active, is_pending, streak, freezes)
            if action in ("started", "increased"):
                counted += 1
                freezes = min(3, freezes + 1) if counted % 20 == 0 else freezes
                total += self._earn(developer, day, "streak", "streak", None, min(50, 5 * streak))
            active_days += active and not is_pending
            longest = max(longest, streak)
            if started:
                self.streaks.append(
                    {
                        "developer_id": developer, "activity_date": day, "action": action,
                        "current_streak": streak, "longest_streak": longest,
                        "freezes_available": freezes, "total_active_days": active_days,
                        "is_working_day": is_working(day),
                    }
                )  # fmt: skip
            before, reviews = (
                (0 if day.weekday() == 0 else reviews),
                reviewed + (0 if day.weekday() == 0 else reviews),
            )
            total += self._attempt(developer, day, before, reviews)
            done = [
                row
                for row in self.attempts
                if row["developer_id"] == developer and row["status"] in ("completed", "passed")
            ]
            for badge, reached in (
                ("first_steps", total >= 100), ("first_scenario", bool(done)),
                ("week_warrior", streak >= 5),
            ):  # fmt: skip
                if reached and badge not in held:
                    held.add(badge)
                    self._award(developer, day, badge)

    def _earn(
        self, developer: str, day: date, reason: str, reference: str, version: int | None, xp: int
    ) -> int:
        self.ledger.append(
            {
                "ledger_id": f"{developer}|{day}|{reason}|{reference}", "developer_id": developer,
                "activity_date": day, "reason": reason, "reference_id": reference,
                "rule_version": version, "xp_before_caps": xp, "xp": xp, "run_id": self.run_id,
            }
        )  # fmt: skip
        return xp

    def _attempt(self, developer: str, day: date, before: int, reviews: int) -> int:
        """Weekly reviewer: 5 reviews from Monday to Sunday; 100 XP and 50 for the full score."""
        attempt = f"weekly_reviewer:1:{developer}:{monday(day)}"
        row = next((row for row in self.attempts if row["attempt_id"] == attempt), None)
        if row is None:
            if not reviews:
                return 0
            row = {
                "attempt_id": attempt, "mission_id": "weekly_reviewer", "version": 1,
                "developer_id": developer, "team_id": None, "period_start": monday(day),
                "period_end": monday(day) + timedelta(days=6), "target": 5, "status": "in_progress",
                "announced_status": None, "decided_on": None, "xp_awarded": 0,
            }  # fmt: skip
            self.attempts.append(row)
        row["progress"], row["score"] = reviews, min(100, 20 * reviews)
        if reviews >= 5 > before:
            row.update(status="completed", decided_on=day, xp_awarded=150)
            self._earn(developer, day, "mission", attempt, 1, 100)
            self._earn(developer, day, "mission_perfect", attempt, 1, 50)
        elif day == row["period_end"] and row["status"] == "in_progress":
            is_passed = row["score"] >= 70
            xp = row["score"] if is_passed else 0
            row.update(status="passed" if is_passed else "failed", decided_on=day, xp_awarded=xp)
            if is_passed:
                self._earn(developer, day, "mission", attempt, 1, xp)
        return row["xp_awarded"] if row["decided_on"] == day else 0

    def _award(self, developer: str, day: date, badge: str) -> None:
        xp = next(row[5] for row in BADGES if row[0] == badge)
        self._earn(developer, day, "badge", badge, 1, xp)
        self.awards.append(
            {
                "developer_id": developer, "badge_id": badge, "season": None, "awarded_on": day,
                "xp_reward": xp, "status": "awarded", "evidence": None,
            }
        )  # fmt: skip

    def tables(self) -> dict[str, list[dict]]:
        days = self._developer_days()
        boards = self._boards()
        people = [self._person(number) for number in range(1, 26)]
        return {
            "run_status": [
                {
                    "last_good_run": self.run_id, "as_of_day": AS_OF,
                    "complete_through": COMPLETE_THROUGH, "final_through": FINAL_THROUGH,
                    "quarantined_rows": 2, "problems": "waiting for copilot since 2026-03-30",
                }
            ],
            "data_status": [
                {
                    "source": source, "scope": "org:acme", "activity_date": day,
                    "state": _state(source, day), "row_count": 20,
                    "last_loaded_at": None,
                }
                for source in ("copilot", "github")
                for day in DAYS
            ],
            "dim_developers": people,
            "dim_teams": [
                {"team_id": "github:901", "team_name": "Compilers", "member_count": 12},
                {
                    "team_id": "github:902", "team_name": "Engines",
                    "parent_team_id": "github:901", "member_count": 12,
                },
            ],
            "bridge_team_members": [
                {
                    "team_id": _team(number), "developer_id": f"github:{number}",
                    "valid_from": FIRST, "valid_to": LEFT_ON if number == 24 else None,
                }
                for number in range(1, 26)
            ],
            "dim_dates": [
                {
                    "date_day": day, "iso_week_start": monday(day),
                    "month_start": day.replace(day=1), "is_working_day": is_working(day),
                }
                for day in DAYS
            ],
            "dim_levels": [
                {
                    "curve": "sqrt_100", "level": level, "title": TITLES[level // 10],
                    "total_xp_required": 100 * (level - 1) ** 2,
                }
                for level in range(1, 50)
            ],
            "dim_xp_rules": [
                {
                    "rule_id": rule, "version": 1, "metric": metric, "points": 20, "per": 1,
                    "daily_cap": 60, "description": description,
                }
                for rule, metric, description in (
                    ("pr_merged", "github.pull_requests_merged", "A merged pull request"),
                    ("review_given", "github.reviews_given", "A review for others"),
                )
            ],
            "dim_metrics": [
                {
                    "metric": "github.reviews_given", "unit": "reviews", "source": "github",
                    "description": "reviews of others' work",
                },
                {
                    "metric": "github.pull_requests_merged", "unit": "pull requests",
                    "source": "github", "description": "pull requests merged that day",
                },
            ],
            "dim_rule_packs": [
                {
                    "pack_name": "sample", "pack_hash": "0123456789abcdef",
                    "level_curve": "sqrt_100", "daily_activity_cap": 150, "xp_requires_pass": True,
                    "time_zone": "Europe/Madrid", "freezes_start": 3, "freezes_cap": 3,
                    "freezes_refill_every": 20, "streak_bonus_per_day": 5, "streak_bonus_cap": 50,
                    "max_pending_days": 7,
                }
            ],
            "dim_missions": [
                {
                    "mission_id": "weekly_reviewer", "version": 1, "name": "Weekly reviewer",
                    "kind": "mission", "difficulty": "medium", "base_xp": 100, "period": "week",
                    "scope": "developer", "metric": "github.reviews_given", "aggregate": "sum",
                    "target": 5, "pass_threshold": 70, "is_published": True,
                }
            ],
            "dim_badges": [
                dict(
                    zip(
                        ("badge_id", "name", "description", "category", "rarity", "xp_reward",
                         "icon"),
                        badge, strict=True,
                    ),
                    version=1,
                )
                for badge in BADGES
            ],
            "fct_xp_ledger": self.ledger,
            "fct_xp_exclusions": [
                {
                    "developer_id": "github:1", "activity_date": date(2026, 3, 27),
                    "subject": "pr_merged", "reason_code": "daily_cap", "xp_forgone": 20,
                },
                {
                    "developer_id": "github:7", "activity_date": AS_OF,
                    "subject": "review_given", "reason_code": "activity_cap", "xp_forgone": 5,
                },
            ],
            "fct_developer_days": days,
            "fct_mission_attempts": self.attempts,
            "fct_badge_awards": self.awards,
            "fct_badge_progress": self._progress(),
            "fct_streak_days": self.streaks,
            "leaderboards": boards,
            "leaderboard_sizes": organisation.board_size_rows(boards),
            "leaderboard_history": self.history,
            "fct_notifications": self._news(days),
            "fct_corrections": [
                {
                    "run_id": self.run_id, "table_name": "fct_xp_ledger",
                    "developer_id": "github:7", "activity_date": date(2026, 3, 25),
                    "reference_id": "activity:pr_merged", "measure": "xp", "old_value": "18",
                    "new_value": "20",
                }
            ],
            "quarantine_counts": [
                {"source": "copilot", "dataset": "user_days", "row_count": 2, "first_date": FIRST}
            ],
            "xp_evidence": [
                {
                    "ledger_id": row["ledger_id"], "developer_id": row["developer_id"],
                    "source": "github", "dataset": "pull_requests", "load_id": "load-1",
                    "source_key": f"acme/engine#{number}",
                }
                for number, row in enumerate(self.ledger)
                if row["reason"] == "activity"
            ],
            "fct_seat_days": [
                {
                    "snapshot_date": AS_OF, "seats": 20, "used_7d": 12, "used_28d": 15,
                    "pending_cancellations": 1,
                }
            ],
            **self._sums(people, days),
        }  # fmt: skip

    def _sums(self, people: list[dict], days: list[dict]) -> dict[str, list[dict]]:
        """Sums of the organisation and of teams, of the rows of people."""
        attempts = [SimpleNamespace(**row, mission=row) for row in self.attempts]
        rules = {"raw_rules.badges": [{"badge_id": badge[0]} for badge in BADGES]}
        of_team: dict[tuple[str, date], list[dict]] = {}
        for row in days:
            team = _team(int(row["developer_id"].removeprefix("github:")))
            of_team.setdefault((team, row["activity_date"]), []).append(row)
        return {
            "fct_org_days": organisation.org_day_rows(AS_OF, people, days, attempts, self.awards),
            "fct_mission_periods": organisation.mission_period_rows(attempts),
            "fct_badge_holders": organisation.badge_holder_rows(rules, people, self.awards),
            "fct_level_holders": organisation.level_holder_rows(people),
            "fct_team_days": [
                {
                    "team_id": team, "activity_date": day, "xp": sum(row["xp"] for row in those),
                    "active_members": len(those), "members": 12,
                    "xp_per_active_member": sum(row["xp"] for row in those) / len(those),
                }
                for (team, day), those in of_team.items()
            ],
        }  # fmt: skip

    def _news(self, days: list[dict]) -> list[dict]:
        """Badges, levels and freezes, as news."""
        told = [
            (row["developer_id"], row["awarded_on"], "badge_unlocked", row["badge_id"])
            for row in self.awards
        ]
        levels: dict[str, int] = {}
        for row in days:
            if row["level"] > levels.get(row["developer_id"], 1):
                told.append(
                    (row["developer_id"], row["activity_date"], "level_up", str(row["level"]))
                )
            levels[row["developer_id"]] = row["level"]
        told += [
            (row["developer_id"], row["activity_date"], "streak_frozen", "streak")
            for row in self.streaks
            if row["action"] == "frozen"
        ]
        return [
            {
                "notification_id": f"{who}|{day}|{kind}|{what}", "developer_id": who,
                "activity_date": day, "type": kind, "reference_id": what,
                "title": f"{kind} {what}", "body": "You did it.",
            }
            for who, day, kind, what in told
        ]  # fmt: skip

    def _person(self, number: int) -> dict:
        total = self._xp(f"github:{number}", FIRST, AS_OF)
        active = [day for day in DAYS if any(facts(number, day, self.seed))]
        login = NAMES.get(number, f"dev-{number:02}")
        return {
            "developer_id": f"github:{number}", "login": login, "display_name": login,
            "current_team_id": None if number == 24 else _team(number),
            "is_active": number != 24, "joined_on": None,
            "left_on": LEFT_ON if number == 24 else None,
            "first_active_date": min(active, default=None),
            "last_active_date": max(active, default=None),
            "level": _level(total), "title": TITLES[_level(total) // 10],
        }  # fmt: skip

    def _developer_days(self) -> list[dict]:
        kinds = {
            "xp_activity": ("activity",), "xp_missions": ("mission", "mission_perfect"),
            "xp_badges": ("badge",), "xp_streak": ("streak",), "xp_adjustments": ("adjustment",),
        }  # fmt: skip
        rows, totals = [], dict.fromkeys(IDS, 0)
        by_day: dict[tuple[str, date], list[dict]] = {}
        for row in self.ledger:
            by_day.setdefault((row["developer_id"], row["activity_date"]), []).append(row)
        for (developer, day), earned in sorted(by_day.items(), key=lambda item: item[0]):
            xp = sum(row["xp"] for row in earned)
            totals[developer] += xp
            level = _level(totals[developer])
            floor_xp, goal = 100 * (level - 1) ** 2, 100 * level**2
            rows.append(
                {
                    "developer_id": developer, "activity_date": day, "xp": xp,
                    **{
                        column: sum(row["xp"] for row in earned if row["reason"] in reasons)
                        for column, reasons in kinds.items()
                    },
                    "total_xp": totals[developer], "level": level, "title": TITLES[level // 10],
                    "next_level_total_xp": goal, "xp_remaining": goal - totals[developer],
                    "level_progress": round((totals[developer] - floor_xp) / (goal - floor_xp), 4),
                }
            )  # fmt: skip
        return rows

    def _progress(self) -> list[dict]:
        """Towards study_legend, which nobody holds: active days of 180."""
        active = {row["developer_id"]: row["total_active_days"] for row in self.streaks}
        return [
            {
                "developer_id": developer, "badge_id": "study_legend",
                "current_value": active.get(developer, 0), "target_value": 180,
                "share": round(active.get(developer, 0) / 180, 4),
            }
            for developer in IDS
        ]  # fmt: skip

    def _boards(self) -> list[dict]:
        boards = {
            "xp_all_time": lambda who, day: self._xp(who, FIRST, day),
            "xp_7d": lambda who, day: self._xp(who, day - timedelta(days=6), day),
            "xp_30d": lambda who, day: self._xp(who, day - timedelta(days=29), day),
            "streak_current": lambda who, day: self._streak(who, day, "current_streak"),
            "streak_longest": lambda who, day: self._streak(who, day, "longest_streak"),
            "missions_completed": lambda who, day: sum(
                row["developer_id"] == who
                and row["status"] in ("completed", "passed")
                and row["decided_on"] <= day
                for row in self.attempts
            ),
            "badges_unlocked": lambda who, day: sum(
                row["developer_id"] == who and row["awarded_on"] <= day for row in self.awards
            ),
        }
        rows = []
        scopes = {"org": IDS[:23], **{team: [] for team in ("github:901", "github:902")}}
        for who in IDS[:23]:
            scopes[_team(int(who.removeprefix("github:")))].append(who)
        for (board, score), (scope, members) in product(boards.items(), scopes.items()):
            ranks = {
                ago: _ranks({who: score(who, AS_OF - timedelta(days=ago)) for who in members})
                for ago in (0, 1, 7)
            }
            tied = Counter(rank for rank, _ in ranks[0].values())
            shown = sorted(ranks[0].items(), key=lambda item: (item[1][0], item[0]))
            rows += [
                {
                    "board_id": board, "scope_id": scope, "as_of_date": AS_OF,
                    "developer_id": who, "rank": rank, "place": place, "tie_count": tied[rank],
                    "score": points, "previous_rank": ranks[1].get(who, (None,))[0],
                    "rank_7d_ago": ranks[7].get(who, (None,))[0],
                }
                for place, (who, (rank, points)) in enumerate(shown, start=1)
            ]  # fmt: skip
            self.history += [
                {
                    "board_id": board, "as_of_date": AS_OF - timedelta(days=ago),
                    "developer_id": who, "rank": rank, "score": points,
                }
                for ago, those in ranks.items()
                for who, (rank, points) in those.items()
                if scope == "org"
            ]  # fmt: skip
        return rows

    def _xp(self, who: str, since: date, until: date) -> int:
        return sum(
            row["xp"]
            for row in self.ledger
            if row["developer_id"] == who and since <= row["activity_date"] <= until
        )

    def _streak(self, who: str, day: date, column: str) -> int:
        return next(
            (
                row[column]
                for row in self.streaks
                if row["developer_id"] == who and row["activity_date"] == day
            ),
            0,
        )


def _walk(
    day: date, active: bool, is_pending: bool, streak: int, freezes: int
) -> tuple[str, int, int]:
    """The day's streak action, and streak and freezes after it."""
    if is_pending:
        return "pending", streak, freezes
    if not is_working(day):
        return ("maintained" if active and streak else "rest"), streak, freezes
    if active:
        return ("increased" if streak else "started"), streak + 1, freezes
    if not streak:
        return "idle", 0, freezes
    return ("frozen", streak, freezes - 1) if freezes else ("broken", 0, 0)


def _ranks(scores: dict[str, int]) -> dict[str, tuple[int, int]]:
    """Competition ranks (1, 2, 2, 4) of the scores above 0."""
    above = {who: points for who, points in scores.items() if points > 0}
    return {
        who: (1 + sum(other > points for other in above.values()), points)
        for who, points in above.items()
    }


def _level(total_xp: int) -> int:
    return floor(sqrt(total_xp / 100)) + 1


def _team(number: int) -> str:
    return "github:901" if number % 2 else "github:902"


def _state(source: str, day: date) -> str:
    if source == "copilot" and day > COMPLETE_THROUGH:
        return "pending"
    return "provisional" if day > FINAL_THROUGH else "final"
