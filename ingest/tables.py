"""The typed raw tables: the contract between ingestion and the dbt sources of the same names.

A table belongs to a source; its rows belong to one (scope, day), which is replaced whole. `scope`
is what was asked (an organisation, an enterprise, an extract), the day column the game day. Times
are UTC without an offset; local dates are computed here, in Polars, because the three engines
disagree on time zones.
"""

from dataclasses import dataclass, field

import polars as pl

TEXT, WHOLE, FLAG, DAY = pl.String(), pl.Int64(), pl.Boolean(), pl.Date()
MOMENT = pl.Datetime("us")
#: Exact decimals of the game: 18 digits, 6 of them after the point (Snowflake's NUMBER(18,4) fits).
AMOUNT = pl.Decimal(18, 6)

SQL_TYPES: dict[pl.DataType, str] = {
    TEXT: "varchar",
    WHOLE: "bigint",
    FLAG: "boolean",
    DAY: "date",
    MOMENT: "timestamp",
    AMOUNT: "numeric(18, 6)",
}


@dataclass(frozen=True)
class Table:
    """One raw table: `schema.name`, what a row is, its columns in order, and its day column.

    `day_column` is None for tables that are replaced as a whole (the rule pack, the settings).
    """

    schema: str
    name: str
    grain: str
    columns: dict[str, pl.DataType] = field(hash=False)
    day_column: str | None = "activity_date"

    @property
    def path(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def ddl(self) -> str:
        columns = ", ".join(f"{name} {SQL_TYPES[kind]}" for name, kind in self.columns.items())
        return f"create table if not exists {self.path} ({columns})"

    def frame(self, rows: list[dict]) -> pl.DataFrame:
        """Rows as a typed frame with exactly this table's columns (missing keys are null)."""
        return pl.DataFrame(rows, schema=self.columns, orient="row", strict=True)


COPILOT_USER_DAYS = Table(
    "raw_copilot",
    "user_days",
    "scope, day, user: one line of a users-1-day report",
    {
        "scope": TEXT,
        "activity_date": DAY,
        "user_id": WHOLE,
        "user_login": TEXT,
        "interactions": WHOLE,
        "generations": WHOLE,
        "acceptances": WHOLE,
        "lines_suggested": WHOLE,
        "lines_added": WHOLE,
        "is_active": FLAG,
        "load_id": TEXT,
    },
)
COPILOT_USER_DAY_VALUES = Table(
    "raw_copilot",
    "user_day_values",
    "scope, day, user, kind (feature, language, model), value",
    {
        "scope": TEXT,
        "activity_date": DAY,
        "user_id": WHOLE,
        "kind": TEXT,
        "value_text": TEXT,
        "use_count": WHOLE,
        "load_id": TEXT,
    },
)
#: Copilot's own view of the teams of its users: a check on the teams that GitHub lists, no more.
COPILOT_USER_TEAMS = Table(
    "raw_copilot",
    "user_teams",
    "scope, day, user, team: one line of a user-teams-1-day report",
    {
        "scope": TEXT,
        "activity_date": DAY,
        "user_id": WHOLE,
        "user_login": TEXT,
        "team_id": WHOLE,
        "slug": TEXT,
        "load_id": TEXT,
    },
)
COPILOT_SEATS = Table(
    "raw_copilot",
    "seats",
    "scope, snapshot, seat (its holder may be a deleted user: null)",
    {
        "scope": TEXT,
        "snapshot_date": DAY,
        "user_id": WHOLE,
        "user_login": TEXT,
        "plan_type": TEXT,
        "assigned_at": MOMENT,
        "last_activity_at": MOMENT,
        "last_activity_editor": TEXT,
        "pending_cancellation_date": DAY,
        "load_id": TEXT,
    },
    "snapshot_date",
)
GITHUB_PULL_REQUESTS = Table(
    "raw_github",
    "pull_requests",
    "scope, merged pull request (day: local date of the merge)",
    {
        "scope": TEXT,
        "activity_date": DAY,
        "node_id": TEXT,
        "repository": TEXT,
        "number": WHOLE,
        "author_id": WHOLE,
        "author_login": TEXT,
        "author_type": TEXT,
        "merged_at": MOMENT,
        "additions": WHOLE,
        "deletions": WHOLE,
        "changed_files": WHOLE,
        "load_id": TEXT,
    },
)
GITHUB_REVIEWS = Table(
    "raw_github",
    "reviews",
    "scope, submitted review (day: local date of the submission)",
    {
        "scope": TEXT,
        "activity_date": DAY,
        "node_id": TEXT,
        "pull_request_node_id": TEXT,
        "repository": TEXT,
        "pull_request_number": WHOLE,
        "pull_request_author_id": WHOLE,
        "pull_request_author_login": TEXT,
        "reviewer_id": WHOLE,
        "reviewer_login": TEXT,
        "reviewer_type": TEXT,
        "state": TEXT,
        "submitted_at": MOMENT,
        "load_id": TEXT,
    },
)
GITHUB_ISSUES = Table(
    "raw_github",
    "issues",
    "scope, closed issue (day: local date of the closing)",
    {
        "scope": TEXT,
        "activity_date": DAY,
        "node_id": TEXT,
        "repository": TEXT,
        "number": WHOLE,
        "state_reason": TEXT,
        "closed_at": MOMENT,
        "assignee_count": WHOLE,
        "assignee_id": WHOLE,
        "assignee_login": TEXT,
        "assignee_type": TEXT,
        "closer_id": WHOLE,
        "closer_login": TEXT,
        "closer_type": TEXT,
        "load_id": TEXT,
    },
)
GITHUB_MEMBERS = Table(
    "raw_github",
    "members",
    "scope, snapshot, member of the organisation",
    {
        "scope": TEXT,
        "snapshot_date": DAY,
        "user_id": WHOLE,
        "login": TEXT,
        "type": TEXT,
        "load_id": TEXT,
    },
    "snapshot_date",
)
GITHUB_TEAMS = Table(
    "raw_github",
    "teams",
    "scope, snapshot, team",
    {
        "scope": TEXT,
        "snapshot_date": DAY,
        "team_id": WHOLE,
        "slug": TEXT,
        "name": TEXT,
        "parent_team_id": WHOLE,
        "load_id": TEXT,
    },
    "snapshot_date",
)
GITHUB_TEAM_MEMBERS = Table(
    "raw_github",
    "team_members",
    "scope, snapshot, team, member",
    {
        "scope": TEXT,
        "snapshot_date": DAY,
        "team_id": WHOLE,
        "user_id": WHOLE,
        "login": TEXT,
        "load_id": TEXT,
    },
    "snapshot_date",
)
#: E-mail addresses of the organisation's verified domains, as GitHub knows them of its members.
GITHUB_MEMBER_EMAILS = Table(
    "raw_github",
    "member_emails",
    "scope, snapshot, member, verified e-mail address",
    {
        "scope": TEXT,
        "snapshot_date": DAY,
        "user_id": WHOLE,
        "login": TEXT,
        "email": TEXT,
        "load_id": TEXT,
    },
    "snapshot_date",
)
#: `person_key` is what the customer's table calls a person; `key_kind` (login, email,
#: employee_id, github_user_id) is declared with the extract and decides how it may be matched.
SNOWFLAKE_METRICS = Table(
    "raw_snowflake",
    "metrics",
    "scope (extract), row of the extract, metric (a person's rows of a day add up)",
    {
        "scope": TEXT,
        "activity_date": DAY,
        "person_key": TEXT,
        "key_kind": TEXT,
        "metric": TEXT,
        "value": AMOUNT,
        "load_id": TEXT,
    },
)
SNOWFLAKE_CHALLENGE_ATTEMPTS = Table(
    "raw_snowflake",
    "challenge_attempts",
    "scope (extract), submission of a challenge",
    {
        "scope": TEXT,
        "activity_date": DAY,
        "person_key": TEXT,
        "key_kind": TEXT,
        "challenge_id": TEXT,
        "score": AMOUNT,
        "submitted_at": MOMENT,
        "load_id": TEXT,
    },
)
SNOWFLAKE_LEAVE = Table(
    "raw_snowflake",
    "leave",
    "scope (extract), row of the extract: a person's day of leave",
    {"scope": TEXT, "activity_date": DAY, "person_key": TEXT, "key_kind": TEXT, "load_id": TEXT},
)
#: A snapshot of who there is: it ties e-mail addresses and employee ids to GitHub accounts. Every
#: column but the key may be null.
SNOWFLAKE_PEOPLE = Table(
    "raw_snowflake",
    "people",
    "scope (extract), snapshot, person",
    {
        "scope": TEXT,
        "snapshot_date": DAY,
        "person_key": TEXT,
        "key_kind": TEXT,
        "display_name": TEXT,
        "email": TEXT,
        "employee_id": TEXT,
        "github_login": TEXT,
        "github_user_id": WHOLE,
        "load_id": TEXT,
    },
    "snapshot_date",
)
#: `source` is snowflake or file; the newest snapshot of each scope holds for the whole history.
SNOWFLAKE_IDENTITY_MAP = Table(
    "raw_snowflake",
    "identity_map",
    "scope (extract), snapshot, source, key",
    {
        "scope": TEXT,
        "snapshot_date": DAY,
        "source": TEXT,
        "source_key": TEXT,
        "github_user_id": WHOLE,
        "load_id": TEXT,
    },
    "snapshot_date",
)
#: File drop: the scope is the file's name. A file of the same name replaces the one before.
FILEDROP_ACTIVITY = Table(
    "raw_filedrop",
    "activity",
    "scope (file), day, person, metric",
    {**SNOWFLAKE_METRICS.columns},
)
FILEDROP_CHALLENGE_ATTEMPTS = Table(
    "raw_filedrop",
    "challenge_attempts",
    "scope (file), submission of a challenge",
    {**SNOWFLAKE_CHALLENGE_ATTEMPTS.columns},
)
FILEDROP_LEAVE = Table(
    "raw_filedrop",
    "leave",
    "scope (file), day of leave, person",
    {**SNOWFLAKE_LEAVE.columns},
)
#: An adjustment with `badge_id` (and `season`, where the badge has seasons) revokes that award.
FILEDROP_ADJUSTMENTS = Table(
    "raw_filedrop",
    "adjustments",
    "adjustment: a signed correction of XP by a person",
    {
        "scope": TEXT,
        "activity_date": DAY,
        "adjustment_id": TEXT,
        "person_key": TEXT,
        "key_kind": TEXT,
        "xp": WHOLE,
        "reason_text": TEXT,
        "requested_by": TEXT,
        "approved_by": TEXT,
        "badge_id": TEXT,
        "season": TEXT,
        "load_id": TEXT,
    },
)
FILEDROP_PEOPLE = Table(
    "raw_filedrop",
    "people",
    "scope (file), snapshot, person",
    {**SNOWFLAKE_PEOPLE.columns},
    "snapshot_date",
)
FILEDROP_IDENTITY_MAP = Table(
    "raw_filedrop",
    "identity_map",
    "scope (file), snapshot, source, key",
    {**SNOWFLAKE_IDENTITY_MAP.columns},
    "snapshot_date",
)
FILEDROP_OPT_INS = Table(
    "raw_filedrop",
    "opt_ins",
    "scope (file), day from which it holds, person",
    {**SNOWFLAKE_LEAVE.columns},
)
FILEDROP_OPT_OUTS = Table(
    "raw_filedrop",
    "opt_outs",
    "scope (file), day from which it holds, person",
    {**SNOWFLAKE_LEAVE.columns},
)

RULES_PACKS = Table(
    "raw_rules",
    "packs",
    "the one rule pack in force",
    {
        "pack_name": TEXT,
        "pack_hash": TEXT,
        "level_curve": TEXT,
        "daily_activity_cap": WHOLE,
        "xp_requires_pass": FLAG,
        "time_zone": TEXT,
        "freezes_start": WHOLE,
        "freezes_cap": WHOLE,
        "freezes_refill_every": WHOLE,
        "streak_bonus_per_day": WHOLE,
        "streak_bonus_cap": WHOLE,
        "max_pending_days": WHOLE,
    },
    None,
)
RULES_QUALIFYING_METRICS = Table(
    "raw_rules",
    "qualifying_metrics",
    "metric that makes a day active for streaks",
    {"metric": TEXT},
    None,
)
RULES_WORKING_DAYS = Table(
    "raw_rules",
    "working_days",
    "ISO weekday (1 Monday .. 7 Sunday) that is worked",
    {"iso_weekday": WHOLE},
    None,
)
RULES_HOLIDAYS = Table(
    "raw_rules",
    "holidays",
    "holiday",
    {"date_day": DAY, "holiday_name": TEXT},
    None,
)
#: `like_pattern` is the pack's glob as a lower-case SQL LIKE pattern with `!` as escape.
RULES_BOT_PATTERNS = Table(
    "raw_rules",
    "bot_patterns",
    "login pattern of automation accounts",
    {"pattern": TEXT, "like_pattern": TEXT},
    None,
)
RULES_EXCLUDED_REPOSITORIES = Table(
    "raw_rules",
    "excluded_repositories",
    "repository (owner/name) that earns nothing",
    {"repository": TEXT},
    None,
)
RULES_METRICS = Table(
    "raw_rules",
    "metrics",
    "metric of the registry: built in, or declared by an extract",
    {"metric": TEXT, "unit": TEXT, "source": TEXT, "description": TEXT},
    None,
)
RULES_XP_RULES = Table(
    "raw_rules",
    "xp_rules",
    "XP rule, version",
    {
        "rule_id": TEXT,
        "version": WHOLE,
        "metric": TEXT,
        "points": AMOUNT,
        "per": AMOUNT,
        "daily_cap": WHOLE,
        "priority": WHOLE,
        "valid_from": DAY,
        "valid_to": DAY,
        "description": TEXT,
    },
    None,
)
#: Challenges are here too, with `kind` challenge and no metric, aggregate, target or period;
#: `base_xp` is the explicit XP or that of the difficulty; `tags` are joined by commas.
RULES_MISSIONS = Table(
    "raw_rules",
    "missions",
    "mission or challenge, version",
    {
        "mission_id": TEXT,
        "version": WHOLE,
        "name": TEXT,
        "description": TEXT,
        "kind": TEXT,
        "difficulty": TEXT,
        "base_xp": WHOLE,
        "metric": TEXT,
        "aggregate": TEXT,
        "target": AMOUNT,
        "period": TEXT,
        "scope": TEXT,
        "pass_threshold": AMOUNT,
        "valid_from": DAY,
        "valid_to": DAY,
        "badge_id": TEXT,
        "tags": TEXT,
        "author": TEXT,
        "is_published": FLAG,
    },
    None,
)
RULES_BADGES = Table(
    "raw_rules",
    "badges",
    "badge, version",
    {
        "badge_id": TEXT,
        "version": WHOLE,
        "name": TEXT,
        "description": TEXT,
        "category": TEXT,
        "rarity": TEXT,
        "xp_reward": WHOLE,
        "icon": TEXT,
        "condition": TEXT,
        "repeat": TEXT,
        "valid_from": DAY,
        "valid_to": DAY,
    },
    None,
)
#: A plain condition is one row with condition_index 1; all_of has one row for each part. `target`
#: is the threshold, count or number of days, whatever the type calls it (mission: 1);
#: `consecutive_days` with mode distinct arrives as distinct_days.
RULES_BADGE_CONDITIONS = Table(
    "raw_rules",
    "badge_conditions",
    "badge, version, condition",
    {
        "badge_id": TEXT,
        "version": WHOLE,
        "condition_index": WHOLE,
        "type": TEXT,
        "metric": TEXT,
        "target": AMOUNT,
        "window_days": WHOLE,
        "status": TEXT,
        "mission_id": TEXT,
    },
    None,
)

#: What is known of each day of each dataset. A row changes only when the day's content or state
#: does, so that an unchanged day costs nothing downstream. `is_complete` false: no complete report
#: yet, `reason` says why.
OPS_SOURCE_DAYS = Table(
    "ops",
    "source_days",
    "source, dataset, scope, day",
    {
        "source": TEXT,
        "dataset": TEXT,
        "scope": TEXT,
        "activity_date": DAY,
        "is_complete": FLAG,
        "reason": TEXT,
        "row_count": WHOLE,
        "content_hash": TEXT,
        "load_id": TEXT,
        "loaded_at": MOMENT,
        "load_count": WHOLE,
    },
)
#: The datasets with daily states that are asked for at all; `history_from` is the first day of the
#: source's history (null: unlimited).
OPS_SOURCES = Table(
    "ops",
    "sources",
    "configured source, dataset, scope",
    {"source": TEXT, "dataset": TEXT, "scope": TEXT, "history_from": DAY},
    None,
)
#: `rules_problem` tells readers which changes of the rule pack wait, `sources_problem` what could
#: not be read; null where all is said.
OPS_NIGHTS = Table(
    "ops",
    "nights",
    "the one night that the models compute",
    {
        "as_of_day": DAY,
        "run_id": TEXT,
        "restatement_days": WHOLE,
        "matches_logins": FLAG,
        "matches_emails": FLAG,
        "min_team_size": WHOLE,
        "visibility": TEXT,
        "rules_problem": TEXT,
        "sources_problem": TEXT,
    },
    None,
)
OPS_QUARANTINE = Table(
    "ops",
    "quarantine",
    "row that could not be loaded, with the reason",
    {
        "source": TEXT,
        "dataset": TEXT,
        "scope": TEXT,
        "activity_date": DAY,
        "row_number": WHOLE,
        "reason": TEXT,
        "payload": TEXT,
        "load_id": TEXT,
    },
)
#: What waits for a person's word (`nightquest held`); what was in force before stays meanwhile.
OPS_HELD_DAYS = Table(
    "ops",
    "held_days",
    "source, dataset, scope, day whose latest reading looks wrong",
    {
        "source": TEXT,
        "dataset": TEXT,
        "scope": TEXT,
        "activity_date": DAY,
        "rows_in_force": WHOLE,
        "rows_held": WHOLE,
        "held_since": MOMENT,
        "load_id": TEXT,
    },
    None,
)
#: What was loaded since readers last saw a night: written with the rows, cleared by publication, so
#: that whatever comes between, the next build starts from what readers see.
OPS_UNPUBLISHED_CHANGES = Table(
    "ops",
    "unpublished_changes",
    "source, dataset, scope, day",
    {"source": TEXT, "dataset": TEXT, "scope": TEXT, "activity_date": DAY},
)
#: What published nights have told people: written in the publishing transaction, never changed, and
#: an input of every later night (game.md section 5). One row per developer who was paid; a
#: challenge has one for each day that earned.
OPS_ANNOUNCED_AWARDS = Table(
    "ops",
    "announced_awards",
    "kind, developer, reference, season, day",
    {
        "kind": TEXT,
        "developer_id": TEXT,
        "reference_id": TEXT,
        "season": TEXT,
        "mission_id": TEXT,
        "version": WHOLE,
        "team_id": TEXT,
        "period_start": DAY,
        "status": TEXT,
        "decided_on": DAY,
        "xp": WHOLE,
        "xp_perfect": WHOLE,
        "perfect_on": DAY,
        "run_id": TEXT,
    },
    None,
)

#: Every pack that a night was computed with, as one text: the folder may say something else by now.
#: The pack in force is the one whose hash the published night shows.
OPS_RULE_PACKS = Table("ops", "rule_packs", "rule pack", {"pack_hash": TEXT, "content": TEXT}, None)

#: What readers have seen, and see: two warehouses hold the same game where `content_hash` is the
#: same, and were given the same facts and rules where `input_hash` and `basis_hash` are.
OPS_RUNS = Table(
    "ops",
    "runs",
    "published run",
    {
        "run_id": TEXT,
        "as_of_day": DAY,
        "input_hash": TEXT,
        "basis_hash": TEXT,
        "content_hash": TEXT,
        "pack_hash": TEXT,
        "code_version": TEXT,
        "is_rebuild": FLAG,
        "started_at": MOMENT,
        "published_at": MOMENT,
        "load_seconds": AMOUNT,
        "build_seconds": AMOUNT,
        "publish_seconds": AMOUNT,
        "rows_written": WHOLE,
        "row_counts": TEXT,
    },
    None,
)

TABLES: tuple[Table, ...] = tuple(v for v in list(globals().values()) if isinstance(v, Table))
#: Records that no landing and no rule can give back: a rebuild keeps them.
RECORDS = frozenset({OPS_ANNOUNCED_AWARDS, OPS_RULE_PACKS, OPS_RUNS})
