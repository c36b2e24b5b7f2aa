"""Copilot reports over the wire: every form of "not there yet" is pending, and nothing is lost."""

import gzip
import json
import logging
from collections.abc import Callable
from datetime import date

import httpx
import polars as pl
import pytest

from ingest.copilot.fetch import land_user_days
from ingest.errors import SourceError
from ingest.landing import DatasetReport, Landing
from ingest.settings import Settings
from tests.unit.ingest.conftest import FakeCopilot, ndjson, streamed, user_day

DAY = date(2026, 5, 7)
Land = Callable[..., DatasetReport]


@pytest.fixture
def land(settings: Settings, landing: Landing, copilot: FakeCopilot, slept: list[float]) -> Land:
    def run(first: date = DAY, last: date = DAY, as_of: date = DAY, **changes: object):
        return land_user_days(
            settings.model_copy(update=changes), landing, first, last, as_of,
            transport=httpx.MockTransport(copilot), sleep=slept.append,
        ).of("users-1-day")  # fmt: skip

    return run


def states(landing: Landing) -> pl.DataFrame:
    return landing.states().filter(dataset="users-1-day")


def landed(landing: Landing) -> bytes:
    state = states(landing).row(0, named=True)
    assert state["is_complete"]
    return landing.content(state["payload"])


def reason(landing: Landing) -> str:
    state = states(landing).row(0, named=True)
    assert not state["is_complete"]
    assert state["payload"] is None
    return state["reason"]


def test_all_parts_of_a_day_are_landed_as_they_came(
    land: Land, landing: Landing, copilot: FakeCopilot
) -> None:
    copilot.parts = [b'{"user_id": 1,  "new": {}}\n', b'\xef\xbb\xbf{"user_id": 2}']
    report = land()
    assert landed(landing) == b'{"user_id": 1,  "new": {}}\n{"user_id": 2}\n'
    assert (report.days, report.complete_days, report.rows, report.requests) == (1, 1, 2, 3)


def test_the_token_goes_to_the_api_alone(land: Land, copilot: FakeCopilot) -> None:
    land()
    sent = {request.url.host: request.headers.get("authorization") for request in copilot.requests}
    assert sent == {"api.test": "Bearer planted-token", "files.test": None}


def test_each_scope_is_asked_at_its_own_address(land: Land, copilot: FakeCopilot) -> None:
    land(copilot_enterprise="big corp")
    paths = [r.url.raw_path for r in copilot.requests if r.url.host == "api.test"]
    end = b"/copilot/metrics/reports/users-1-day?day=2026-05-07"
    assert paths == [b"/enterprises/big%20corp" + end, b"/orgs/acme" + end]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(204), "no report yet (204)"),
        (httpx.Response(404, json={"message": "Not Found"}), "no report yet (404)"),
        (httpx.Response(200, json="Report not ready"), "no report yet: Report not ready"),
        (httpx.Response(200, json={"download_links": [], "report_day": "2026-05-07"}),
         "no report yet: the list of download links is empty"),
        (httpx.Response(200, json={"report_day": "2026-05-07"}),
         "no report yet: the answer holds no list of download links"),
        (httpx.Response(200, json=[1]), "no report yet: the answer is no envelope of links"),
        (httpx.Response(200, text="<html>"), "no report yet: the answer is not JSON"),
        (httpx.Response(200, json={"download_links": ["https://files.test/part-1"],
                                   "report_day": "2026-05-06"}),
         "the answer is the report of '2026-05-06', not of 2026-05-07"),
        (httpx.Response(503), "GitHub at api.test answered 503 to /orgs/acme/copilot/metrics/"
         "reports/users-1-day: given up after 3 tries (NIGHTQUEST_MAX_TRIES)."),
    ],
)  # fmt: skip
def test_no_report_yet_is_pending_and_never_zero(
    land: Land, landing: Landing, copilot: FakeCopilot, answer: httpx.Response, said: str
) -> None:
    copilot.envelope = lambda _: answer
    report = land()
    assert report.pending == {("org:acme", DAY): said}
    assert reason(landing) == said


def test_an_expired_link_is_asked_for_again(
    land: Land, landing: Landing, copilot: FakeCopilot
) -> None:
    answers = [streamed(403, b"<Error/>"), copilot.usual_file(1)]
    copilot.file = lambda _: answers.pop(0)
    land()
    assert copilot.asked("api.test") == 2
    assert landed(landing) == copilot.parts[0]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_missing_part_leaves_the_whole_day_pending(
    land: Land, landing: Landing, copilot: FakeCopilot, status: int
) -> None:
    copilot.parts = [ndjson(user_day(1)), ndjson(user_day(2))]
    copilot.file = lambda part: streamed(status, b"") if part == 2 else copilot.usual_file(part)
    land()
    assert reason(landing) == (
        f"part 2 of 2 of the report is not there: its link to files.test answered {status}"
    )


#: 120 bytes with its newline.
ROW = b'{"user_id": 1, "pad": "' + b"x" * 94 + b'"}\n'
CUTS = {
    "60 of 120 bytes": streamed(200, ROW[:60], content_length="120"),
    "the file breaks off in the middle of a row": streamed(200, ROW[:-5]),
    "the compressed stream breaks off": streamed(
        200, gzip.compress(ROW)[:-6], content_encoding="gzip"
    ),
}


def again(answer: httpx.Response) -> httpx.Response:
    return streamed(answer.status_code, b"".join(answer.stream), **dict(answer.headers))


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_a_half_downloaded_report_is_fetched_again(
    land: Land, landing: Landing, copilot: FakeCopilot, slept: list[float], cut: httpx.Response
) -> None:
    answers = [again(cut), streamed(200, ROW)]
    copilot.file = lambda _: answers.pop(0)
    land()
    assert landed(landing) == ROW
    assert len(slept) == 1


@pytest.mark.parametrize(("said", "cut"), CUTS.items(), ids=CUTS)
def test_a_report_that_only_ever_comes_in_half_is_pending(
    land: Land, landing: Landing, copilot: FakeCopilot, said: str, cut: httpx.Response
) -> None:
    copilot.file = lambda _: again(cut)
    land()
    assert reason(landing) == (
        f"part 1 of 1 of the report came only in half from files.test ({said}), after 3 tries"
    )


def test_a_compressed_report_is_unpacked(
    land: Land, landing: Landing, copilot: FakeCopilot
) -> None:
    packed = gzip.compress(copilot.parts[0])
    copilot.file = lambda _: streamed(200, packed, content_encoding="gzip")
    land()
    assert landed(landing) == copilot.parts[0]


def test_a_link_to_another_host_stops_the_night_before_anything_is_asked(
    land: Land, copilot: FakeCopilot
) -> None:
    copilot.link_host = "https://files.test.evil.test"
    with pytest.raises(SourceError) as caught:
        land()
    assert str(caught.value) == (
        "A Copilot report's download link leads to https://files.test.evil.test, which is not "
        "allowed: NIGHTQUEST_COPILOT_DOWNLOAD_HOSTS allows files.test over https; add the host "
        "there if it is GitHub's."
    )
    assert copilot.asked("files.test.evil.test") == 0


def test_a_link_without_tls_is_refused(land: Land, copilot: FakeCopilot) -> None:
    copilot.link_host = "http://files.test"
    with pytest.raises(SourceError, match=r"leads to http://files\.test, which is not allowed"):
        land()


def test_a_download_redirected_to_another_host_is_refused(land: Land, copilot: FakeCopilot) -> None:
    copilot.file = lambda _: streamed(302, b"", location="https://evil.test/part-1")
    with pytest.raises(SourceError, match=r"https://evil\.test"):
        land()
    assert copilot.asked("evil.test") == 0


def test_a_host_may_be_allowed_by_pattern(
    land: Land, landing: Landing, copilot: FakeCopilot
) -> None:
    copilot.link_host = "https://EU.Files.test"
    land(copilot_download_hosts=["*.files.test"])
    assert landed(landing) == copilot.parts[0]


def test_no_message_shows_a_links_signature(
    land: Land, landing: Landing, copilot: FakeCopilot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    copilot.file = lambda _: streamed(500, b"")
    land()
    assert "files.test answered 500" in reason(landing)
    assert "sig=" not in caplog.text + reason(landing)
    assert "planted-token" not in caplog.text


def test_days_before_the_year_of_history_are_not_asked_for(
    land: Land, landing: Landing, copilot: FakeCopilot
) -> None:
    land(date(2025, 5, 1), date(2025, 5, 8), DAY)
    assert states(landing)["day"].to_list() == [date(2025, 5, 7), date(2025, 5, 8)]


def test_a_complete_report_survives_a_night_without_one(
    land: Land, landing: Landing, copilot: FakeCopilot, caplog: pytest.LogCaptureFixture
) -> None:
    land()
    copilot.envelope = lambda _: httpx.Response(404)
    report = land()
    assert landed(landing) == copilot.parts[0]
    assert (report.complete_days, report.changed_days, report.pending) == (1, 0, {})
    assert "the complete report landed before stays" in caplog.text


def test_a_restated_day_replaces_the_one_before(
    land: Land, landing: Landing, copilot: FakeCopilot
) -> None:
    land()
    copilot.parts = [ndjson(user_day(1, code_generation_activity_count=9))]
    assert land().changed_days == 1
    assert landed(landing) == copilot.parts[0]


def test_a_day_is_refused_above_the_share_of_bad_rows_and_not_at_it(
    land: Land, copilot: FakeCopilot
) -> None:
    copilot.parts = [ndjson(*(user_day(n) for n in range(19)), {"user_login": "nobody"})]
    assert land().complete_days == 1
    copilot.parts = [ndjson(*(user_day(n) for n in range(18)), {"user_login": "nobody"})]
    assert land(copilot_orgs=["other"]).pending == {
        ("org:other", DAY): "the report is refused: 1 of 19 rows cannot be loaded, more than 5% "
        "(NIGHTQUEST_QUARANTINE_SHARE)"
    }


def test_a_file_of_another_day_is_refused(land: Land, copilot: FakeCopilot) -> None:
    copilot.parts = [ndjson(user_day(1, "2026-05-06"), user_day(2, "2026-05-06"))]
    assert "2 of 2 rows cannot be loaded" in land().pending["org:acme", DAY]


def test_a_service_that_fails_day_after_day_is_not_asked_for_a_year(
    land: Land, copilot: FakeCopilot
) -> None:
    copilot.envelope = lambda _: httpx.Response(503)
    report = land(date(2026, 4, 1), date(2026, 4, 30), DAY)
    assert len(report.pending) == 30
    assert copilot.asked("api.test") == 9  # three days, three tries each


def test_a_host_that_never_answers_is_not_waited_for_all_year(
    land: Land, copilot: FakeCopilot
) -> None:
    copilot.file = lambda _: streamed(500, b"")
    report = land(date(2026, 4, 1), date(2026, 4, 30), DAY)
    assert len(report.pending) == 30
    assert copilot.asked("files.test") == 9  # three days, three tries each


def test_a_limited_download_waits_as_long_as_it_says(
    land: Land, copilot: FakeCopilot, slept: list[float]
) -> None:
    copilot.file = lambda _: streamed(429, b"", retry_after="7")
    land()
    assert slept[:2] == [7, 7]


def test_a_report_that_lost_all_its_rows_is_awaited(
    land: Land, landing: Landing, copilot: FakeCopilot
) -> None:
    land()
    before = copilot.parts[0]
    copilot.parts = [b""]
    land()
    assert landed(landing) == before


@pytest.mark.parametrize("host", ["https://xn--a.files.test/1", "https://[::1/1"])
def test_a_link_that_is_no_address_leaves_its_day_pending(
    land: Land, landing: Landing, copilot: FakeCopilot, host: str
) -> None:
    copilot.envelope = lambda day: httpx.Response(
        200, json={"download_links": [host], "report_day": str(day)}
    )
    land(copilot_download_hosts=["*.files.test"])
    assert reason(landing) == "a download link is no address"


def test_a_report_without_rows_is_complete(
    land: Land, landing: Landing, copilot: FakeCopilot
) -> None:
    copilot.parts = [b""]
    land()
    assert states(landing)["row_count"].to_list() == [0]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda rows: json.dumps(rows).encode(),
        lambda rows: json.dumps(rows, indent=2).encode(),
        lambda rows: json.dumps({"report_day": "2026-05-07", "day_totals": rows}).encode(),
        lambda rows: json.dumps({"day_totals": rows}, indent=1).encode(),
        lambda rows: ndjson({"day_totals": rows[:1]}, {"day_totals": rows[1:]}),
    ],
)
def test_arrays_and_rows_wrapped_in_day_totals_are_the_same_report(
    land: Land, landing: Landing, copilot: FakeCopilot, wrap: Callable[[list[object]], bytes]
) -> None:
    rows = [user_day(1, used_agent=True), user_day(2)]
    copilot.parts = [wrap(rows)]
    land()
    assert [json.loads(line) for line in landed(landing).splitlines()] == rows
