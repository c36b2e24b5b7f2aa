"""Raw rows with every column filled in: what a test or a generator leaves out is ordinary."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from .facts import COLUMNS, Row

LONG_AGO = date(2016, 1, 1)


def row(path: str, **given: Any) -> Row:
    """A row of the table: nulls where nothing is given; columns it does not have are refused."""
    columns = COLUMNS[path]
    unknown = given.keys() - set(columns)
    assert not unknown, f"{path} has no columns {sorted(unknown)}"
    return {column: given.get(column) for column in columns}


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12))


def pack(**given: Any) -> Row:
    ordinary = {
        "pack_name": "test",
        "pack_hash": "hash-1",
        "level_curve": "sqrt_100",
        "daily_activity_cap": None,
        "xp_requires_pass": True,
        "time_zone": "UTC",
        "freezes_start": 3,
        "freezes_cap": 3,
        "freezes_refill_every": 20,
        "streak_bonus_per_day": 5,
        "streak_bonus_cap": 50,
        "max_pending_days": 7,
    }
    return row("raw_rules.packs", **ordinary | given)


def metric(name: str) -> Row:
    """A metric whose source is the first part of its name."""
    source = name.split(".")[0]
    return row("raw_rules.metrics", metric=name, unit="count", source=source, description=name)


def rule(rule_id: str, metric: str, points: Any, **given: Any) -> Row:
    ordinary = {
        "version": 1,
        "per": 1,
        "priority": 100,
        "valid_from": LONG_AGO,
        "description": rule_id,
    }
    amounts = {"points": Decimal(points), "per": Decimal(given.pop("per", 1))}
    return row("raw_rules.xp_rules", **ordinary | given | amounts, rule_id=rule_id, metric=metric)


def mission(mission_id: str, metric: str, target: Any, period: str, **given: Any) -> Row:
    """A published mission of a developer, for a sum, worth 100 XP, passed at 70."""
    ordinary = {
        "version": 1,
        "name": mission_id,
        "description": mission_id,
        "kind": "mission",
        "difficulty": "medium",
        "base_xp": 100,
        "aggregate": "sum",
        "scope": "developer",
        "pass_threshold": Decimal(70),
        "valid_from": LONG_AGO,
        "tags": "",
        "author": "system",
        "is_published": True,
    }
    return row(
        "raw_rules.missions",
        **ordinary | given,
        mission_id=mission_id,
        metric=metric,
        target=Decimal(target),
        period=period,
    )


def challenge(mission_id: str, **given: Any) -> Row:
    ordinary = {
        "version": 1,
        "name": mission_id,
        "description": mission_id,
        "kind": "challenge",
        "difficulty": "medium",
        "base_xp": 100,
        "scope": "developer",
        "pass_threshold": Decimal(70),
        "valid_from": LONG_AGO,
        "tags": "",
        "author": "system",
        "is_published": True,
    }
    return row("raw_rules.missions", **ordinary | given, mission_id=mission_id)


def badge(badge_id: str, *conditions: dict[str, Any], **given: Any) -> dict[str, list[Row]]:
    """A badge's row and its condition rows, by table; several conditions are `all_of`."""
    ordinary = {
        "version": 1,
        "name": badge_id,
        "description": badge_id,
        "category": "special",
        "rarity": "common",
        "xp_reward": 50,
        "icon": "*",
        "repeat": "never",
        "valid_from": LONG_AGO,
        "condition": conditions[0]["type"] if len(conditions) == 1 else "all_of",
    }
    badge_row = row("raw_rules.badges", **ordinary | given, badge_id=badge_id)
    return {
        "raw_rules.badges": [badge_row],
        "raw_rules.badge_conditions": [
            row(
                "raw_rules.badge_conditions",
                **condition | {"target": Decimal(condition.get("target", 1))},
                badge_id=badge_id,
                version=badge_row["version"],
                condition_index=index,
            )
            for index, condition in enumerate(conditions, start=1)
        ],
    }


def member(day: date, user_id: int, login: str, scope: str = "org:acme", **given: Any) -> Row:
    ordinary = {"type": "User"}
    return row(
        "raw_github.members",
        **ordinary | given,
        scope=scope,
        snapshot_date=day,
        user_id=user_id,
        login=login,
        load_id="load-1",
    )


def team(day: date, team_id: int, scope: str = "org:acme", **given: Any) -> Row:
    ordinary = {"slug": f"team-{team_id}", "name": f"Team {team_id}", "load_id": "load-1"}
    return row(
        "raw_github.teams", **ordinary | given, scope=scope, snapshot_date=day, team_id=team_id
    )


def team_member(day: date, team_id: int, user_id: int, login: str, **given: Any) -> Row:
    ordinary = {"scope": "org:acme", "load_id": "load-1"}
    return row(
        "raw_github.team_members",
        **ordinary | given,
        snapshot_date=day,
        team_id=team_id,
        user_id=user_id,
        login=login,
    )


def member_email(day: date, user_id: int, login: str, email: str, **given: Any) -> Row:
    ordinary = {"scope": "org:acme", "load_id": "load-1"}
    return row(
        "raw_github.member_emails",
        **ordinary | given,
        snapshot_date=day,
        user_id=user_id,
        login=login,
        email=email,
    )


def seat(day: date, user_id: int | None, login: str | None, **given: Any) -> Row:
    """A seat of the plan `business`, used at noon of its day."""
    ordinary = {
        "scope": "org:acme",
        "plan_type": "business",
        "last_activity_at": noon(day),
        "load_id": "load-1",
    }
    return row(
        "raw_copilot.seats",
        **ordinary | given,
        snapshot_date=day,
        user_id=user_id,
        user_login=login,
    )


def copilot_day(day: date, user_id: int, login: str, **given: Any) -> Row:
    ordinary = {
        "scope": "org:acme",
        "interactions": 0,
        "generations": 0,
        "acceptances": 0,
        "lines_suggested": 0,
        "lines_added": 0,
        "is_active": True,
        "load_id": "load-1",
    }
    return row(
        "raw_copilot.user_days",
        **ordinary | given,
        activity_date=day,
        user_id=user_id,
        user_login=login,
    )


def copilot_value(
    day: date,
    user_id: int,
    kind: str,
    value_text: str,
    use_count: int = 1,
    scope: str = "org:acme",
) -> Row:
    return row(
        "raw_copilot.user_day_values",
        scope=scope,
        activity_date=day,
        user_id=user_id,
        kind=kind,
        value_text=value_text,
        use_count=use_count,
        load_id="load-1",
    )


def pull_request(
    day: date,
    node_id: str,
    author_id: int | None,
    author_login: str | None,
    **given: Any,
) -> Row:
    ordinary = {
        "scope": "org:acme",
        "repository": "acme/app",
        "number": 1,
        "author_type": "User",
        "merged_at": noon(day),
        "additions": 1,
        "deletions": 0,
        "changed_files": 1,
        "load_id": "load-1",
    }
    return row(
        "raw_github.pull_requests",
        **ordinary | given,
        activity_date=day,
        node_id=node_id,
        author_id=author_id,
        author_login=author_login,
    )


def review(
    day: date,
    node_id: str,
    pull_request_node_id: str,
    reviewer_id: int | None,
    reviewer_login: str | None,
    author_id: int | None,
    author_login: str | None,
    **given: Any,
) -> Row:
    ordinary = {
        "scope": "org:acme",
        "repository": "acme/app",
        "pull_request_number": 1,
        "reviewer_type": "User",
        "state": "APPROVED",
        "submitted_at": noon(day),
        "load_id": "load-1",
    }
    return row(
        "raw_github.reviews",
        **ordinary | given,
        activity_date=day,
        node_id=node_id,
        pull_request_node_id=pull_request_node_id,
        reviewer_id=reviewer_id,
        reviewer_login=reviewer_login,
        pull_request_author_id=author_id,
        pull_request_author_login=author_login,
    )


def issue(
    day: date,
    node_id: str,
    closer_id: int | None,
    closer_login: str | None,
    **given: Any,
) -> Row:
    ordinary = {
        "scope": "org:acme",
        "repository": "acme/app",
        "number": 1,
        "state_reason": "completed",
        "closed_at": noon(day),
        "assignee_count": 0,
        "closer_type": "User",
        "load_id": "load-1",
    }
    return row(
        "raw_github.issues",
        **ordinary | given,
        activity_date=day,
        node_id=node_id,
        closer_id=closer_id,
        closer_login=closer_login,
    )


def amount(day: date, person_key: str, metric: str, value: Any, **given: Any) -> Row:
    """A value of a metric, keyed by login: of a Snowflake extract, or of a file (`file.`)."""
    is_file = metric.startswith("file.")
    ordinary = {
        "scope": "activity.csv" if is_file else "tasks",
        "key_kind": "login",
        "load_id": "load-1",
    }
    return row(
        "raw_filedrop.activity" if is_file else "raw_snowflake.metrics",
        **ordinary | given,
        activity_date=day,
        person_key=person_key,
        metric=metric,
        value=Decimal(value),
    )


def submission(
    day: date,
    person_key: str,
    challenge_id: str,
    score: Any,
    **given: Any,
) -> Row:
    """A submission as Snowflake or a file brings it: both tables have the same columns."""
    ordinary = {
        "scope": "training",
        "key_kind": "login",
        "submitted_at": noon(day),
        "load_id": "load-1",
    }
    return row(
        "raw_snowflake.challenge_attempts",
        **ordinary | given,
        activity_date=day,
        person_key=person_key,
        challenge_id=challenge_id,
        score=Decimal(score),
    )


def leave(day: date, person_key: str, key_kind: str = "login") -> Row:
    """A day of leave as Snowflake or a file brings it: both tables have the same columns."""
    return row(
        "raw_snowflake.leave",
        scope="absences",
        activity_date=day,
        person_key=person_key,
        key_kind=key_kind,
        load_id="load-1",
    )


def opting(day: date, person_key: str, key_kind: str = "login") -> Row:
    """A statement as a file of opt-outs or opt-ins brings it: both have the same columns."""
    return row(
        "raw_filedrop.opt_outs",
        scope="opt-outs.csv",
        activity_date=day,
        person_key=person_key,
        key_kind=key_kind,
        load_id="load-1",
    )


def person(day: date, person_key: str, key_kind: str = "employee_id", **given: Any) -> Row:
    """A line of a table of people, of Snowflake or of a file."""
    ordinary = {"scope": "people", "load_id": "load-1"}
    return row(
        "raw_snowflake.people",
        **ordinary | given,
        snapshot_date=day,
        person_key=person_key,
        key_kind=key_kind,
    )


def mapping(day: date, source: str, source_key: str, github_user_id: int, **given: Any) -> Row:
    """A line of an identity map, of Snowflake or of a file."""
    ordinary = {"scope": "map", "load_id": "load-1"}
    return row(
        "raw_snowflake.identity_map",
        **ordinary | given,
        snapshot_date=day,
        source=source,
        source_key=source_key,
        github_user_id=github_user_id,
    )


def adjustment(
    day: date,
    adjustment_id: str,
    person_key: str,
    xp: int,
    **given: Any,
) -> Row:
    ordinary = {
        "scope": "adjustments.csv",
        "key_kind": "login",
        "reason_text": "a correction",
        "requested_by": "ann",
        "approved_by": "bob",
        "load_id": "load-1",
    }
    return row(
        "raw_filedrop.adjustments",
        **ordinary | given,
        activity_date=day,
        adjustment_id=adjustment_id,
        person_key=person_key,
        xp=xp,
    )


def announced(kind: str, developer_id: str, reference_id: str, day: date, **given: Any) -> Row:
    """An announced badge of 50 XP, or an announced mission passed or completed (`perfect_on`)."""
    ordinary = {
        "version": 1,
        "status": "awarded" if kind == "badge" else "passed",
        "xp": 50,
        "xp_perfect": 0,
        "run_id": "run-0",
    }
    return row(
        "ops.announced_awards",
        **ordinary | given,
        kind=kind,
        developer_id=developer_id,
        reference_id=reference_id,
        decided_on=day,
    )


def source(name: str, dataset: str, scope: str, history_from: date | None = None) -> Row:
    return row("ops.sources", source=name, dataset=dataset, scope=scope, history_from=history_from)


def source_day(
    name: str,
    dataset: str,
    scope: str,
    day: date,
    is_complete: bool,
    rows: int = 0,
) -> Row:
    return row(
        "ops.source_days",
        source=name,
        dataset=dataset,
        scope=scope,
        activity_date=day,
        is_complete=is_complete,
        reason=None if is_complete else "no report yet",
        row_count=rows,
        content_hash=f"{dataset}-{scope}-{day}",
        load_id="load-1",
        loaded_at=noon(day),
        load_count=1,
    )


def night(as_of_day: date, **given: Any) -> Row:
    return row("ops.nights", **given, as_of_day=as_of_day, run_id="run-1", restatement_days=7)
