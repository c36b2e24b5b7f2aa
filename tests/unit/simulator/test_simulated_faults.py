import time
from pathlib import Path

import httpx
import pytest

from ingest.errors import SettingsError
from ingest.simulator import Simulation
from ingest.simulator.faults import read_faults, validated_faults

REPORTS = "/orgs/acme/copilot/metrics/reports/users-1-day"


def statuses(github: httpx.Client, path: str, tries: int) -> list[int]:
    return [github.get(path).status_code for _ in range(tries)]


def test_a_fault_strikes_after_some_and_so_often(
    simulation: Simulation, github: httpx.Client
) -> None:
    simulation.set_faults([{"match": {"path": "/members$"}, "after": 1, "times": 2, "status": 503}])
    assert statuses(github, "/orgs/acme/members", 5) == [200, 503, 503, 200, 200]


def test_a_fault_strikes_only_what_it_matches(simulation: Simulation, github: httpx.Client) -> None:
    day = {"method": "GET", "path": "/reports/", "day": "2026-10-28"}
    simulation.set_faults([{"match": day, "status": 404}])
    assert github.get("/orgs/acme/members").status_code == 200
    assert github.get(REPORTS, params={"day": "2026-10-27"}).status_code == 200
    assert github.get(REPORTS, params={"day": "2026-10-28"}).status_code == 404


def test_a_fault_answers_with_its_status_headers_and_body(
    simulation: Simulation, github: httpx.Client
) -> None:
    simulation.set_faults(
        [{"status": 429, "headers": {"retry-after": "1"}, "body": {"message": "slow down"}}]
    )
    response = github.get("/orgs/acme/members")
    assert response.status_code == 429
    assert response.headers["retry-after"] == "1"
    assert response.json() == {"message": "slow down"}


def test_a_faults_rate_limit_headers_win(simulation: Simulation, github: httpx.Client) -> None:
    simulation.set_faults([{"status": 403, "headers": {"x-ratelimit-remaining": "0"}}])
    assert github.get("/orgs/acme/members").headers.get_list("x-ratelimit-remaining") == ["0"]


def test_a_body_breaks_off(simulation: Simulation, github: httpx.Client) -> None:
    simulation.set_faults([{"match": {"path": "/members"}, "cut_after_bytes": 100}])
    with pytest.raises(httpx.RemoteProtocolError):
        github.get("/orgs/acme/members")


def test_a_compressed_download_breaks_off(simulation: Simulation, github: httpx.Client) -> None:
    simulation.set_faults(
        [{"match": {"path": "part-1"}, "gzip": True, "cut_after_bytes": 50}],
    )
    link = github.get(REPORTS, params={"day": "2026-10-29"}).json()["download_links"][0]
    with httpx.stream("GET", link, headers={"accept-encoding": "gzip"}) as response:
        assert response.headers["content-encoding"] == "gzip"
        with pytest.raises(httpx.RemoteProtocolError):
            response.read()


def test_an_answer_comes_late(simulation: Simulation, github: httpx.Client) -> None:
    simulation.set_faults([{"delay_seconds": 0.2}])
    started = time.monotonic()
    assert github.get("/orgs/acme/members").status_code == 200
    assert time.monotonic() - started >= 0.2


def test_an_envelope_misses_a_part(simulation: Simulation, github: httpx.Client) -> None:
    simulation.set_faults([{"match": {"day": "2026-10-29"}, "drop_part": 2}])
    links = github.get(REPORTS, params={"day": "2026-10-29"}).json()["download_links"]
    assert len(links) == 1
    assert "part-1" in links[0]


def test_a_row_is_restated_from_the_second_download_on(
    simulation: Simulation, github: httpx.Client
) -> None:
    change = {"code_acceptance_activity_count": 987}
    row = {"day": "2026-10-29", "user_login": "zoe-mbeki", "set": change}
    simulation.set_faults([{"after": 1, "restate": row}])
    link = github.get(REPORTS, params={"day": "2026-10-29"}).json()["download_links"][1]
    assert '"code_acceptance_activity_count": 987' not in httpx.get(link).text
    assert '"code_acceptance_activity_count": 987' in httpx.get(link).text


def test_faults_are_replaced_over_http(github: httpx.Client) -> None:
    github.post("/_simulator/faults", json=[{"match": {"path": "/members"}, "status": 500}])
    assert github.get("/orgs/acme/members").status_code == 500
    github.post("/_simulator/faults", json=[])
    assert github.get("/orgs/acme/members").status_code == 200
    refused = github.post("/_simulator/faults", json=[{"status": 9}])
    assert refused.status_code == 422


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([{"status": 503}, {"status": 99}], "entry 2, status"),
        ([{"match": {"path": "("}, "status": 503}], "entry 1, match, path"),
        ([{"match": {"paths": "/"}, "status": 503}], "entry 1, match, paths"),
        ([{"match": {"path": "/"}}], "entry 1, Value error, one of status, delay_seconds"),
        ([{"body": "x", "token": "y"}], "entry 1, Value error, headers and body need a status"),
        ({"status": 503}, "Input should be a valid list"),
    ],
)
def test_a_wrong_fault_is_named_with_its_entry_and_field(entries: object, words: str) -> None:
    with pytest.raises(SettingsError, match="The faults: ") as problem:
        validated_faults(entries, "The faults")
    assert words in str(problem.value)


def test_faults_are_read_from_yaml(tmp_path: Path) -> None:
    path = tmp_path / "faults.yml"
    path.write_text("- match: {method: GET, day: 2026-10-30}\n  times: 2\n  status: 503\n")
    [fault] = read_faults(path)
    assert (fault.times, fault.status) == (2, 503)


def test_a_fault_file_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    path = tmp_path / "faults.yml"
    path.write_text("- {status: 503")
    with pytest.raises(SettingsError, match=r"faults\.yml cannot be read"):
        read_faults(path)
