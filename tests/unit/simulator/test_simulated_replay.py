import json
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from ingest.errors import SettingsError
from ingest.simulator.organisation import Organisation, stable_user_id
from ingest.simulator.replay import replayed_organisation

REAL = Path(__file__).resolve().parents[4] / "shared" / "real_activity"


def commit(
    number: int | None, author: str, hour: int, *, merge: bool = False, lines: int = 1,
    reviewers: tuple[str, ...] = (), bot: bool = False,
) -> dict:  # fmt: skip
    return {
        "repository": "acme/api",
        "author": author,
        "author_is_bot": bot,
        "authored_at": datetime(2024, 2, 28, tzinfo=UTC),
        "committed_at": datetime(2024, 2, 29, hour, tzinfo=UTC),
        "is_merge": merge,
        "pull_request_number": number,
        "additions": lines,
        "deletions": 0,
        "changed_files": 1,
        "co_authors": list(reviewers),
    }


def replay(folder: Path, *commits: dict) -> Organisation:
    path = folder / "activity.parquet"
    schema = {"pull_request_number": pl.Int64, "co_authors": pl.List(pl.String)}
    pl.DataFrame(list(commits), schema_overrides=schema).write_parquet(path)
    return replayed_organisation([path], [])


def test_a_pull_request_is_all_its_rows(tmp_path: Path) -> None:
    organisation = replay(
        tmp_path,
        commit(7, "ann", 8, lines=10, reviewers=("ben", "cat")),
        commit(7, "ben", 9, lines=5, reviewers=("ann", "ben", "dot")),
        commit(7, "merger", 10, merge=True, lines=15),
    )
    [found] = organisation.pull_requests
    assert found["author"]["login"] == "ben"
    assert found["mergedAt"] == "2024-02-29T10:00:00Z"
    assert (found["additions"], found["deletions"], found["changedFiles"]) == (15, 0, 2)
    assert [(r["author"]["login"], r["state"], r["submittedAt"]) for r in found["reviews"]] == [
        ("ann", "APPROVED", "2024-02-29T10:00:00Z"),
        ("cat", "APPROVED", "2024-02-29T10:00:00Z"),
        ("dot", "APPROVED", "2024-02-29T10:00:00Z"),
    ]


def test_a_pull_request_of_merges_alone_is_the_mergers_and_has_no_size(tmp_path: Path) -> None:
    [found] = replay(tmp_path, commit(7, "merger", 10, merge=True, lines=9)).pull_requests
    assert (found["author"]["login"], found["additions"]) == ("merger", 0)


def test_rows_without_a_number_are_ignored(tmp_path: Path) -> None:
    organisation = replay(tmp_path, commit(7, "ann", 8), commit(None, "ben", 9))
    assert len(organisation.pull_requests) == 1
    assert [person.login for person in organisation.members] == ["ann"]


def test_members_are_authors_and_reviewers_but_no_bots(tmp_path: Path) -> None:
    organisation = replay(
        tmp_path, commit(7, "ann", 8, reviewers=("cat",)), commit(8, "robot", 9, bot=True)
    )
    assert {person.login for person in organisation.members} == {"ann", "cat"}
    assert organisation.pull_requests[1]["author"]["__typename"] == "Bot"


def test_a_login_alone_decides_its_user_id(tmp_path: Path) -> None:
    [person] = replay(tmp_path, commit(7, "ann", 8)).members
    assert person.user_id == stable_user_id("ann")
    assert 0 < person.user_id < 2**31


def test_every_day_has_a_complete_report(tmp_path: Path) -> None:
    organisation = replay(tmp_path, commit(7, "ann", 8))
    assert organisation.report(date(2024, 2, 29)) == []
    assert organisation.report(date(2030, 1, 1)) == []


def test_copilot_rows_are_served_as_they_came_each_on_its_day(tmp_path: Path) -> None:
    path = tmp_path / "rows.ndjson"
    lines = [
        '{"day": "2024-03-01", "user_id": 5, "user_login": "ann", "loc_added_sum": "many"}',
        '{"day": "2024-03-04", "user_id": 6, "user_login": "eve"}',
    ]
    path.write_text("\n".join(lines) + "\n")
    organisation = replayed_organisation([], [path])
    assert organisation.report(date(2024, 3, 1)) == lines[:1]
    assert organisation.report(date(2024, 3, 2)) == []
    assert (organisation.first_day, organisation.last_day) == (date(2024, 3, 1), date(2024, 3, 4))
    assert [(p.user_id, p.login) for p in organisation.members] == [(5, "ann"), (6, "eve")]


def test_the_user_id_of_a_copilot_row_holds_in_the_history_too(tmp_path: Path) -> None:
    activity, rows = tmp_path / "activity.parquet", tmp_path / "rows.ndjson"
    pl.DataFrame([commit(7, "ann", 8)]).write_parquet(activity)
    rows.write_text(json.dumps({"day": "2024-03-01", "user_id": 2**40, "user_login": "ann"}))
    organisation = replayed_organisation([activity], [rows])
    assert [person.user_id for person in organisation.members] == [2**40]
    assert organisation.pull_requests[0]["author"]["databaseId"] == 2**40


def test_a_copilot_row_without_a_day_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.ndjson"
    path.write_text('{"day": "2024-03-01"}\n{"day": "soon"}\n')
    with pytest.raises(SettingsError, match=r"rows\.ndjson, line 2"):
        replayed_organisation([], [path])


def test_an_activity_file_that_lacks_columns_is_named(tmp_path: Path) -> None:
    path = tmp_path / "activity.parquet"
    pl.DataFrame({"author": ["ann"]}).write_parquet(path)
    with pytest.raises(SettingsError, match="lacks the columns repository"):
        replayed_organisation([path], [])


@pytest.mark.skipif(not REAL.exists(), reason="the real activity is not beside the project")
@pytest.mark.parametrize("name", ["dbt-core", "streamlit"])
def test_real_history_gives_one_pull_request_for_each_number(name: str) -> None:
    path = REAL / f"{name}.parquet"
    numbered = pl.scan_parquet(path).filter(pl.col("pull_request_number").is_not_null())
    expected = numbered.select(
        pl.struct("repository", "pull_request_number").n_unique().alias("pull_requests"),
        pl.col("additions").filter(~pl.col("is_merge")).sum(),
    ).collect()
    found = replayed_organisation([path], []).pull_requests
    assert len(found) == expected["pull_requests"][0]
    assert sum(item["additions"] for item in found) == expected["additions"][0]
