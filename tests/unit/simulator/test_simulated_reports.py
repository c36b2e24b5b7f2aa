import json
import time
from urllib.parse import urlsplit

import httpx
import pytest

from ingest.simulator import Simulation

PATH = "/orgs/acme/copilot/metrics/reports/users-1-day"
COUNTERS = [
    "user_initiated_interaction_count",
    "code_generation_activity_count",
    "code_acceptance_activity_count",
    "loc_suggested_to_add_sum",
    "loc_suggested_to_delete_sum",
    "loc_added_sum",
    "loc_deleted_sum",
]


def links_of(github: httpx.Client, day: str, path: str = PATH) -> list[str]:
    envelope = github.get(path, params={"day": day}).json()
    assert envelope["report_day"] == day
    return envelope["download_links"]


#: One client for many downloads: a new one costs 30 ms.
storage = httpx.Client()


def rows_of(github: httpx.Client, day: str) -> list[dict]:
    texts = [storage.get(link).text for link in links_of(github, day)]
    return [json.loads(line) for text in texts for line in text.splitlines()]


def test_a_working_day_comes_in_two_parts_and_a_sunday_in_one(github: httpx.Client) -> None:
    assert len(links_of(github, "2026-10-29")) == 2
    assert len(links_of(github, "2026-10-25")) == 1


def test_the_enterprise_has_the_same_rows(github: httpx.Client) -> None:
    enterprise = links_of(
        github, "2026-10-25", "/enterprises/corp/copilot/metrics/reports/users-1-day"
    )
    organisation = links_of(github, "2026-10-25")
    assert [httpx.get(link).text for link in enterprise] == [
        httpx.get(link).text for link in organisation
    ]


def test_files_lie_on_another_port(simulation: Simulation, github: httpx.Client) -> None:
    link = urlsplit(links_of(github, "2026-10-29")[0])
    assert link.hostname == simulation.download_host
    assert link.port != urlsplit(simulation.api_url).port


@pytest.mark.parametrize("day", ["2026-07-02", "2026-10-31"])
def test_days_outside_the_range_have_no_report(github: httpx.Client, day: str) -> None:
    assert github.get(PATH, params={"day": day}).status_code == 204


def test_a_day_that_is_none_is_refused(github: httpx.Client) -> None:
    assert github.get(PATH, params={"day": "yesterday"}).status_code == 422


def test_a_download_with_a_token_is_refused(github: httpx.Client) -> None:
    link = links_of(github, "2026-10-29")[0]
    assert httpx.get(link, headers={"Authorization": "Bearer any"}).status_code == 400


def test_a_wrong_signature_is_refused(github: httpx.Client) -> None:
    link = links_of(github, "2026-10-29")[0]
    assert httpx.get(link[:-1] + ("0" if link[-1] != "0" else "1")).status_code == 403
    assert httpx.get(link.partition("?")[0]).status_code == 403


def test_a_link_is_good_for_a_while_only(simulation: Simulation) -> None:
    path = "/copilot-usage-reports/orgs/acme/2026-10-29/part-1.ndjson"
    signed, now = simulation.simulator.reports.signed, int(time.time())
    assert httpx.get(signed(path, now + 60)).status_code == 200
    assert httpx.get(signed(path, now - 1)).status_code == 403


def test_sums_over_features_and_languages_equal_the_top_level(github: httpx.Client) -> None:
    rows = rows_of(github, "2026-10-29")
    assert len(rows) > 40
    for row in rows:
        for counter in COUNTERS:
            assert row[counter] == sum(part[counter] for part in row["totals_by_feature"])
        for counter in COUNTERS[1:]:
            assert row[counter] == sum(part[counter] for part in row["totals_by_language_feature"])


def test_about_two_fifths_of_all_rows_are_all_zero(github: httpx.Client) -> None:
    days = [f"2026-10-{number:02}" for number in range(1, 31)]
    rows = [row for day in days for row in rows_of(github, day)]
    zero = [row for row in rows if not any(row[counter] for counter in COUNTERS)]
    assert 0.3 < len(zero) / len(rows) < 0.5
    assert {row["used_copilot_code_review_active"] for row in rows} == {None, False, True}


def test_one_login_changes_and_keeps_its_user_id(github: httpx.Client) -> None:
    july, october = ([*rows_of(github, day)] for day in ("2026-07-09", "2026-10-29"))
    before = {row["user_id"]: row["user_login"] for row in july}
    after = {row["user_id"]: row["user_login"] for row in october}
    assert [before[i] for i in before.keys() & after.keys() if before[i] != after[i]] == [
        "old-handle"
    ]
