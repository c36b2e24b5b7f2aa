"""Real history, replayed: commits from Parquet files, Copilot rows from NDJSON files.

One pull request is all rows of one (repository, pull_request_number). Rows without a number are
ignored. Co-authors stand for reviewers, and approve at merge time. There are no teams and no
issues. People have only a login in the history, so that their ids are derived from it; where a
Copilot row names the same login, its `user_id` holds everywhere. A Copilot row with a `team_id` is
one of the user-teams report.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from ingest.errors import SettingsError
from ingest.simulator.organisation import (
    Organisation,
    Person,
    moment,
    pull_request_of,
    review_of,
    stable_user_id,
)

COLUMNS = (
    "repository", "author", "author_is_bot", "authored_at", "committed_at", "is_merge",
    "pull_request_number", "additions", "deletions", "changed_files", "co_authors",
)  # fmt: skip


def replayed_organisation(activity: Sequence[Path], copilot: Sequence[Path]) -> Organisation:
    """The organisation of these files.

    Raises:
        SettingsError: a file cannot be read or has not the columns or rows that are needed.
    """
    commits = [_read_commits(path) for path in activity]
    rows = pl.concat(commits) if commits else pl.DataFrame(schema={"author": pl.String})
    reports, team_reports, copilot_ids = _read_reports(copilot)
    people = _people(rows, copilot_ids)
    pull_requests = _pull_requests(rows, people) if commits else []
    days = [date.fromisoformat(item["mergedAt"][:10]) for item in pull_requests] + list(reports)
    if not days:
        raise SettingsError("The files to replay hold no pull request and no Copilot row.")
    return Organisation(
        first_day=min(days),
        last_day=max(days),
        members=[person for person in people.values() if not person.is_bot],
        pull_requests=pull_requests,
        repositories=sorted({item["repository"]["nameWithOwner"] for item in pull_requests}),
        copilot=reports,
        copilot_teams=team_reports,
        has_all_days=True,
    )


def _read_commits(path: Path) -> pl.DataFrame:
    try:
        commits = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SettingsError(f"{path} cannot be read as Parquet: {error}") from None
    if missing := [name for name in COLUMNS if name not in commits.columns]:
        raise SettingsError(f"{path} lacks the columns {', '.join(missing)}.")
    return commits.select(COLUMNS).filter(pl.col("pull_request_number").is_not_null())


Reports = dict[date, list[str]]


def _read_reports(paths: Sequence[Path]) -> tuple[Reports, Reports, dict[str, int]]:
    """Lines of users and of user-teams by day, as they came, and each login's last user id."""
    reports: Reports = defaultdict(list)
    team_reports: Reports = defaultdict(list)
    ids: dict[str, int] = {}
    for path in paths:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path} cannot be read: {error}") from None
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                days = team_reports if "team_id" in row else reports
                days[date.fromisoformat(row["day"])].append(line)
            except (ValueError, TypeError, KeyError):
                raise SettingsError(
                    f"{path}, line {number}: a Copilot row is a JSON object with a "
                    '"day" like 2026-10-30.'
                ) from None
            login, user_id = row.get("user_login"), row.get("user_id")
            if isinstance(login, str) and type(user_id) is int:
                ids[login] = user_id
    return dict(reports), dict(team_reports), ids


def _people(rows: pl.DataFrame, copilot_ids: dict[str, int]) -> dict[str, Person]:
    """Everybody in the files, by login. Who only reviews is no bot."""
    logins: set[str] = set()
    bots: set[str] = set()
    if rows.height:
        logins = set(rows["author"]) | set(rows["co_authors"].explode().drop_nulls())
        bots = set(rows.filter("author_is_bot")["author"])
    # A renamed user is one person: only the last of the logins that share an id is a member's.
    current = {user_id: login for login, user_id in copilot_ids.items()}
    logins |= set(current.values())
    taken = set(copilot_ids.values())
    people = {}
    for login in sorted(logins):
        user_id = copilot_ids.get(login) or stable_user_id(login)
        while login not in copilot_ids and user_id in taken:
            user_id += 1
        taken.add(user_id)
        people[login] = Person(user_id, login, login in bots or login.endswith("[bot]"))
    return people


def _pull_requests(rows: pl.DataFrame, people: dict[str, Person]) -> list[dict[str, Any]]:
    work = ~pl.col("is_merge")
    grouped = (
        rows.sort("committed_at", maintain_order=True)
        .group_by("repository", "pull_request_number", maintain_order=True)
        .agg(
            pl.coalesce(pl.col("author").filter(work).last(), pl.col("author").last()),
            pl.col("authored_at").min().alias("created_at"),
            pl.col("committed_at").last().alias("merged_at"),
            pl.col("additions", "deletions", "changed_files").filter(work).sum(),
            pl.col("co_authors").explode().drop_nulls().unique().alias("reviewers"),
        )
    )
    pull_requests = []
    for row in grouped.iter_rows(named=True):
        repository, number, author = row["repository"], row["pull_request_number"], row["author"]
        merged_at = moment(row["merged_at"])
        pull_requests.append(
            pull_request_of(
                repository=repository,
                number=number,
                author=people[author],
                created_at=min(moment(row["created_at"]), merged_at),
                merged_at=merged_at,
                size=(row["additions"], row["deletions"], row["changed_files"]),
                reviews=[
                    review_of(people[login], "APPROVED", merged_at, repository, number, login)
                    for login in sorted(row["reviewers"])
                    if login != author
                ],
            )
        )
    return pull_requests
