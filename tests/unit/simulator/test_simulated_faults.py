import gzip
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


def test_an_answers_values_are_edited_by_their_address(
    simulation: Simulation, github: httpx.Client
) -> None:
    members = github.get("/orgs/acme/members").json()
    simulation.set_faults(
        [
            {
                "match": {"path": "/members$"},
                "edit": {"0.login": "ada-married", "*.site_admin": None, "+": {"id": 1}},
                "remove": ["1.type", "*.no_such_key"],
            }
        ]
    )
    edited = github.get("/orgs/acme/members").json()
    assert [edited[0]["login"], edited[-1]] == ["ada-married", {"id": 1}]
    assert {member["site_admin"] for member in edited[:-1]} == {None}
    assert "type" not in edited[1]
    assert edited[2] == members[2] | {"site_admin": None}


def test_an_edited_answer_comes_in_full_to_whoever_holds_the_page(
    simulation: Simulation, github: httpx.Client
) -> None:
    etag = github.get("/orgs/acme/teams").headers["etag"]
    simulation.set_faults([{"match": {"path": "/teams$"}, "edit": {"0.name": "Renamed"}}])
    response = github.get("/orgs/acme/teams", headers={"if-none-match": etag})
    assert (response.status_code, response.json()[0]["name"]) == (200, "Renamed")
    assert "etag" not in response.headers


@pytest.mark.parametrize(
    ("shape", "starts", "ends"),
    [("array", "[{", "}]"), ("day_totals", '{"day_totals": [{', "}]}"), ("half_row", "{", "")],
)
def test_a_report_is_served_in_another_shape(
    simulation: Simulation, github: httpx.Client, shape: str, starts: str, ends: str
) -> None:
    simulation.set_faults([{"match": {"path": "part-1"}, "shape": shape}])
    link = github.get(REPORTS, params={"day": "2026-10-29"}).json()["download_links"][0]
    text = httpx.get(link).text
    assert text.startswith(starts)
    assert text.endswith(ends)
    assert not text.endswith("\n")


def test_half_of_a_compressed_report_is_sent_whole(
    simulation: Simulation, github: httpx.Client
) -> None:
    simulation.set_faults([{"match": {"path": "part-1"}, "shape": "half_gzip"}])
    link = github.get(REPORTS, params={"day": "2026-10-29"}).json()["download_links"][0]
    with httpx.stream("GET", link) as response:
        body = b"".join(response.iter_raw())
        assert response.headers["content-length"] == str(len(body))
    with pytest.raises(EOFError):
        gzip.decompress(body)


def test_words_in_braces_are_filled_in(simulation: Simulation, github: httpx.Client) -> None:
    headers = {"location": "{files}{target}", "x-ratelimit-reset": "{now+90}"}
    fault = {"status": 302, "headers": headers, "body": {"a": "{elsewhere}", "b": "{api}{other}"}}
    simulation.set_faults([fault])
    response = github.get("/orgs/acme/members", params={"page": "2"})
    port = simulation.simulator.words["files"].rpartition(":")[2]
    assert response.headers["location"] == f"http://127.0.0.1:{port}/orgs/acme/members?page=2"
    assert float(response.headers["x-ratelimit-reset"]) == pytest.approx(time.time() + 90, abs=5)
    body = {"a": f"http://localhost:{port}", "b": f"{simulation.api_url}{{other}}"}
    assert response.json() == body


def test_a_token_that_reaches_the_files_port_is_counted(
    simulation: Simulation, github: httpx.Client
) -> None:
    link = github.get(REPORTS, params={"day": "2026-10-29"}).json()["download_links"][0]
    before = simulation.leaks()
    httpx.get(link)
    assert simulation.leaks() == before
    httpx.get(link, headers={"authorization": "Bearer any"})
    assert simulation.leaks() == before + 1


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
