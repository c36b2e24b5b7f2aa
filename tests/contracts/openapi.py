"""Every REST request of the product against GitHub's own OpenAPI description, served by prism.

`python -m tests.contracts.openapi` drives the functions that a night calls, prints each request
with its verdict, and ends with 1 if GitHub's description has anything against one of them, if an
expected request was never made, or if a request that is wrong on purpose was not caught. It proves
paths, parameters, headers, and that GitHub's own examples can be read; not paging: prism is
stateless. GraphQL is answered by nothing here (see `test_graphql`).

Prism runs without `--errors`: requests are validated either way (422, or 404 for an unknown path),
and with it GitHub's own example of a team, which lacks a field that its schema demands, would be a
500. Parameters that the description does not know are found here: prism lets them pass.
"""

import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr

from ingest.copilot.fetch import land_user_days
from ingest.copilot.seats import land_seats
from ingest.errors import NightquestError
from ingest.github.fetch import land_activity, land_organisation
from ingest.http import GitHubClient
from ingest.landing import Landing
from ingest.loading import load_raw
from ingest.settings import Settings
from ingest.warehouse import DuckDBWarehouse
from tests.contracts.npm import Unavailable, files_of, installed

#: A day for which `now` needs no care: nothing older than a year is asked for.
DAY = date(2026, 5, 7)
#: Where the example's download links lead.
FILES = "example.com"
HEADERS = {"accept": "application/vnd.github+json", "x-github-api-version": "2026-03-10"}
#: Prism needs 13 s here to read the description of 1,100 operations.
START_SECONDS = 120

EXPECTED = [
    "POST /app/installations/{installation_id}/access_tokens",
    "GET /enterprises/{enterprise}/copilot/billing/seats",
    "GET /enterprises/{enterprise}/copilot/metrics/reports/user-teams-1-day",
    "GET /enterprises/{enterprise}/copilot/metrics/reports/users-1-day",
    "GET /orgs/{org}/copilot/billing/seats",
    "GET /orgs/{org}/copilot/metrics/reports/user-teams-1-day",
    "GET /orgs/{org}/copilot/metrics/reports/users-1-day",
    "GET /orgs/{org}/members",
    "GET /orgs/{org}/repos",
    "GET /orgs/{org}/teams",
    "GET /orgs/{org}/teams/{team_slug}/members",
    "GET /repos/{owner}/{repo}/issues",
]


@dataclass
class Verdict:
    """One request, the operation of the description that it is, and what is wrong with it."""

    request: str
    operation: str
    status: int
    problems: list[str] = field(default_factory=list)


class Contract(httpx.BaseTransport):
    """Carries the product's requests to prism, and keeps a verdict of each."""

    def __init__(self, prism: str, description: dict[str, Any]) -> None:
        self.prism = httpx.Client(base_url=prism, timeout=60)
        self.description = description
        self.verdicts: list[Verdict] = []
        self.patterns = {
            path: re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)) + "$")
            for path in description["paths"]
        }

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == FILES:
            return self._file(request)
        if request.url.path == "/graphql":
            page = {"hasNextPage": False, "endCursor": None}
            nothing = {"issueCount": 0, "nodes": [], "pageInfo": page}
            return httpx.Response(200, json={"data": {"search": nothing}})
        # Prism answers 406 to GitHub's own media type.
        answer = self.prism.request(
            request.method, request.url.raw_path.decode(), content=request.read(),
            headers={"accept": "application/json", "authorization": "Bearer any"},
        )  # fmt: skip
        self.verdicts.append(self._verdict(request, answer))
        return httpx.Response(
            answer.status_code, headers=_link(request, answer), content=self._body(request, answer)
        )

    def _verdict(self, request: httpx.Request, answer: httpx.Response) -> Verdict:
        path = self._template(request.url.path)
        shown = f"{request.method} {request.url.raw_path.decode()}"
        verdict = Verdict(shown, f"{request.method} {path}", answer.status_code)
        for name, value in HEADERS.items():
            if request.headers.get(name) != value:
                verdict.problems.append(f"{name} is {request.headers.get(name)!r}")
        if not request.headers.get("authorization", "").startswith("Bearer "):
            verdict.problems.append("no authorization")
        known = self._parameters(request.method.lower(), path)
        for name in set(request.url.params) - known:
            verdict.problems.append(f"the parameter {name} is unknown")
        if answer.is_error:
            verdict.problems.append(_objection(answer))
        return verdict

    def _template(self, path: str) -> str:
        """The path as the description has it; of several the one with the fewest parameters."""
        fitting = [name for name, pattern in self.patterns.items() if pattern.match(path)]
        return min(fitting, key=lambda name: name.count("{"), default="(unknown)")

    def _parameters(self, method: str, path: str) -> set[str]:
        operation = self.description["paths"].get(path, {}).get(method, {})
        resolved = (self._resolved(entry) for entry in operation.get("parameters", []))
        return {entry["name"] for entry in resolved if entry["in"] == "query"}

    def _resolved(self, entry: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in entry:
            return entry
        found: Any = self.description
        for key in entry["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        return found

    def _body(self, request: httpx.Request, answer: httpx.Response) -> bytes:
        if "/reports/" not in request.url.path or answer.is_error:
            return answer.content
        # The example's own day, whatever day was asked for.
        return json.dumps(answer.json() | {"report_day": request.url.params["day"]}).encode()

    def _file(self, request: httpx.Request) -> httpx.Response:
        """A report's file of one row; the example's two files end in 1 and 2."""
        leaked = ["the token was sent"] if "authorization" in request.headers else []
        self.verdicts.append(Verdict(f"GET {request.url}", "(download)", 200, leaked))
        row = {"day": DAY.isoformat(), "user_id": int(request.url.path[-8]), "team_id": 1,
               "slug": "justice-league", "organization_id": "1"}  # fmt: skip
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps(row).encode() + b"\n"))


def _objection(answer: httpx.Response) -> str:
    violations = json.loads(answer.headers.get("sl-violations", "[]"))
    if not violations and "problem" in answer.headers.get("content-type", ""):
        body = answer.json()
        violations = body.get("validation") or [{"message": body["title"]}]
    said = "; ".join(str(violation["message"]) for violation in violations)
    return f"{answer.status_code}: {said or answer.text[:200]}"


def _link(request: httpx.Request, answer: httpx.Response) -> dict[str, str]:
    """The answer's Link: page 2 of the same list, and no page after that."""
    if "next" not in answer.links or "page" in request.url.params:
        return {}
    return {"link": f'<{request.url.copy_add_param("page", "2")}>; rel="next"'}


@contextmanager
def prism(description: Path) -> Iterator[str]:
    """Prism over a description on loopback; gives its address.

    Raises:
        Unavailable: node or npm is missing, or prism does not start.
    """
    folder = installed("@stoplight/prism-cli", "5.14.2")
    node = shutil.which("node")
    if node is None:
        raise Unavailable("node is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [node, str(folder / "dist" / "index.js"), "mock", "--host", "127.0.0.1",
               "--port", str(port), "--verboseLevel", "error", str(description)]  # fmt: skip
    said = description.with_name("prism.log")
    with said.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f"prism does not start: {said.read_text()[:500]}")
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def a_night(contract: Contract, home: Path) -> list[str]:
    """All that a night asks of GitHub, twice: by a token and by an App. Returns what went wrong."""
    settings = Settings(
        _env_file=None, home=home, github_token=SecretStr("any"), github_orgs=["acme"],
        copilot_enterprise="acme-inc", copilot_download_hosts=[FILES], max_tries=1,
        identity_matching=["login"],
    )  # fmt: skip
    app = settings.model_copy(
        update={
            "github_token": None,
            "github_app_id": "1",
            "github_app_installation_id": "1",
            "github_app_private_key": SecretStr(_key()),
        }
    )
    landing = Landing(home / "landing")
    wrong = []
    for reports in (
        land_user_days(settings, landing, DAY, DAY, DAY, transport=contract, sleep=_never),
        land_seats(settings, landing, DAY, transport=contract, sleep=_never),
        land_organisation(settings, landing, DAY, transport=contract, sleep=_never),
        land_activity(settings, landing, DAY, DAY, transport=contract, sleep=_never),
        land_organisation(app, landing, DAY, transport=contract, sleep=_never),
    ):
        for name, counts in reports.datasets.items():
            wrong += [f"{name} {day}: {why}" for (_, day), why in counts.pending.items()]
    warehouse = DuckDBWarehouse(home / "contracts.duckdb")
    load_raw(settings, warehouse, landing, DAY, "contracts", {})
    refused = warehouse.query("select source, dataset, reason from ops.quarantine").rows()
    warehouse.close()
    return wrong + [f"GitHub's example is no row: {row}" for row in refused]


def wrong_on_purpose(contract: Contract, home: Path) -> list[str]:
    """Requests that GitHub would refuse; returns those that were not caught."""
    settings = Settings(_env_file=None, home=home, github_token=SecretStr("any"), max_tries=1)
    reports = "/orgs/acme/copilot/metrics/reports/users-1-day"
    asked: Sequence[Callable[[GitHubClient], Any]] = (
        lambda client: list(client.pages("/orgs/acme/members", {"page": "many"}, "it")),
        lambda client: list(client.pages("/orgs/acme/members", {"rolle": "all"}, "it")),
        lambda client: list(client.pages("/repos/a/b/issues", {"state": "shut"}, "it")),
        lambda client: client.get(reports, {"day": "yesterday"}),
        lambda client: client.get(reports),
        lambda client: client.get("/orgs/acme/membres"),
    )
    missed = []
    for ask in asked:
        before = len(contract.verdicts)
        with (
            GitHubClient(settings, transport=contract, sleep=_never) as client,
            suppress(NightquestError),  # what the product says of it is not the point here
        ):
            ask(client)
        found = contract.verdicts[before:]
        del contract.verdicts[before:]
        print(f"  {found[0].request}\n      {found[0].problems[:1] or 'NOT CAUGHT'}")
        missed += [verdict.request for verdict in found[:1] if not verdict.problems]
    return missed


def _never(seconds: float) -> None:
    raise AssertionError(f"a wait of {seconds} s: prism limits nothing")


def _key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def described(folder: Path) -> Path:
    """GitHub.com's description, with what Enterprise Cloud has of Copilot beyond it."""
    names = ("generated/ghec.json", "generated/api.github.com.json")
    cloud, ours = (
        json.loads(file.read_text()) for file in files_of("@octokit/openapi", "23.0.2", *names)
    )
    for kind, known in ours["components"].items():
        more = {
            name: component
            for name, component in cloud["components"].get(kind, {}).items()
            # One of them refers to a file that the package lacks.
            if not re.search(r'"\$ref": "[^#]', json.dumps(component))
        }
        ours["components"][kind] = more | known
    beyond = {path: item for path, item in cloud["paths"].items() if "/copilot/" in path}
    ours["paths"] = beyond | ours["paths"]
    description = folder / "description.json"
    description.write_text(json.dumps(ours))
    return description


def tried(folder: Path) -> tuple[list[Verdict], list[str]]:
    """The verdict of each request of a night, and all that is wrong."""
    description = described(folder)
    with prism(description) as address:
        contract = Contract(address, json.loads(description.read_text()))
        print("Wrong on purpose, and caught:")
        missed = wrong_on_purpose(contract, folder / "wrong")
        failures = [f"not caught: {request}" for request in missed]
        try:
            failures += a_night(contract, folder / "night")
        except NightquestError as error:
            failures.append(f"the night stopped: {error}")
    for verdict in contract.verdicts:
        failures += [f"{verdict.request}: {problem}" for problem in verdict.problems]
    asked = {verdict.operation for verdict in contract.verdicts}
    failures += [f"never asked: {operation}" for operation in EXPECTED if operation not in asked]
    return contract.verdicts, failures


def main() -> int:
    """Prints the verdicts; 0 if there is nothing against any of them."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            verdicts, failures = tried(Path(folder))
    except Unavailable as reason:
        print(f"GitHub's contract cannot be tried here: {reason}.")
        return 1
    print("\nWhat a night asks:")
    for verdict in verdicts:
        print(f"  {verdict.status} {verdict.request}\n      {'; '.join(verdict.problems) or 'ok'}")
    print("\n".join([f"\n{len(verdicts)} requests, {len(failures)} problems", *failures]))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
