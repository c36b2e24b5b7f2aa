"""`nightquest doctor`: each line well, and each line's failure, seen against what it tries."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from ingest import storage_checks
from ingest.copilot.checks import check_copilot
from ingest.findings import Finding, Verdict, ok, problem
from ingest.github.checks import check_github
from ingest.settings import Settings
from ingest.simulator import Simulation, simulated_organisation
from ingest.storage_checks import check_home, check_inbox, check_landing
from ingest.store import Store
from orchestration import cli, doctor, roles
from orchestration.resources import night_file, night_lock
from tests.object_store import new_bucket, object_store, use_credentials

PLANTED = "planted-secret"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, home=tmp_path / "home")


def seen(settings: Settings, *checks: Callable[..., Any]) -> dict[str, str]:
    """What the checks find: `verdict: words` by what was tried."""
    named = {str(number): check for number, check in enumerate(checks)}
    return {
        finding.what: f"{finding.verdict}: {finding.said}"
        for finding in doctor.examined(settings, named)
    }


# --- one by one, side by side -----------------------------------------------------------------


def test_a_check_that_breaks_stops_no_other_and_tells_no_secret(settings: Settings) -> None:
    def breaks(_: Settings) -> Iterator[Finding]:
        yield ok("before", "it broke")
        raise ValueError(f"postgresql://me:{PLANTED}@db")

    found = list(
        doctor.examined(settings, {"broken": breaks, "other": lambda _: [ok("other", "")]})
    )
    assert [finding.what for finding in found] == ["before", "broken", "other"]
    assert found[1] == problem("broken", "the check itself broke (ValueError): report it.")


def test_a_check_that_hangs_is_left(settings: Settings) -> None:
    end = threading.Event()

    def hangs(_: Settings) -> Iterator[Finding]:
        end.wait()
        yield ok("never", "")

    checks = {"hung": hangs, "other": lambda _: [ok("other", "told")]}
    found = list(doctor.examined(settings, checks, seconds=0.5))
    end.set()
    assert [finding.what for finding in found] == ["hung", "other"]
    assert found[0].said.startswith("no answer within 0 s")


@pytest.mark.parametrize(
    ("finding", "code"),
    [(ok("home", "good"), None), (problem("home", "bad"), 1)],
)
def test_the_exit_code_tells_whether_something_is_wrong(
    finding: Finding, code: int | None, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(doctor, "examined", lambda _: iter([finding]))
    monkeypatch.setattr(sys, "argv", ["nightquest", "doctor", "--json"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == (code or 0)
    (told,) = json.loads(capsys.readouterr().out)
    assert told == {"what": "home", "verdict": finding.verdict.value, "said": finding.said}


def test_settings_that_cannot_be_read_are_wrong_use(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NIGHTQUEST_MAX_TRIES", "none")
    monkeypatch.setattr(sys, "argv", ["nightquest", "doctor"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 2
    assert "NIGHTQUEST_MAX_TRIES is wrong" in capsys.readouterr().err


# --- places -----------------------------------------------------------------------------------


def test_an_empty_home_is_well_and_stays_empty(settings: Settings) -> None:
    found = seen(settings, check_home, check_landing, check_inbox, doctor.check_target)
    assert found["home"].startswith("ok: ")
    assert found["landing"].startswith("ok: ")
    assert found["inbox"].startswith("not set: NIGHTQUEST_INBOX")
    assert found["target"].endswith("the first night makes it")
    assert not settings.home.exists()


def test_a_home_that_cannot_be_written_is_told(settings: Settings) -> None:
    settings.home.write_text("a file where the folder should be")
    found = seen(settings, check_home, check_landing)
    assert found["home"].startswith(f"problem: {settings.home} cannot be written (Not a directory")
    assert found["landing"].startswith(f"problem: {settings.home} cannot be written")


def test_a_disk_with_less_room_than_a_night_needs_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.published_file.parent.mkdir(parents=True)
    with settings.published_file.open("wb") as file:
        file.truncate(3_000_000_000)
    room = SimpleNamespace(free=2_900_000_000)
    monkeypatch.setattr(storage_checks.shutil, "disk_usage", lambda _: room)
    said = "problem: 2.9 GB free, 3.0 GB used by the home: a night may need 3.0 GB. Make room"
    assert seen(settings, check_home)["disk"].startswith(said)
    room.free = 3_000_000_000
    assert seen(settings, check_home)["disk"].startswith("ok: 3.0 GB free")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with object_store() as running:
        yield running


def test_a_bucket_is_listed_written_and_left_as_it_was(
    settings: Settings, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_credentials(monkeypatch)
    place = new_bucket(endpoint)
    inbox = new_bucket(endpoint, "inbox")
    in_bucket = settings.model_copy(update={"landing_url": place, "inbox": inbox})
    found = seen(in_bucket, check_landing, check_inbox)
    written = "can be written, read and deleted"
    assert found["landing"].endswith(f"0 loads are recorded; {written}")
    assert found["inbox"].endswith(f"0 files wait; {written}")
    assert Store(place).names() == Store(inbox).names() == []
    absent = place.replace("bucket-", "no-bucket-")
    found = seen(
        settings.model_copy(update={"landing_url": absent, "inbox": absent}),
        check_landing, check_inbox,
    )  # fmt: skip
    assert found["landing"].startswith("problem: The landing s3://no-bucket-")
    assert found["inbox"].startswith("problem: NIGHTQUEST_INBOX names the bucket no-bucket-")


def test_an_inbox_that_is_no_folder_is_told(settings: Settings, tmp_path: Path) -> None:
    place = tmp_path / "inbox"
    wanting = settings.model_copy(update={"inbox": str(place)})
    assert seen(wanting, check_inbox)["inbox"].startswith(
        f"problem: NIGHTQUEST_INBOX names {place}, which is no folder: create it."
    )
    place.mkdir()
    (place / "may.csv").write_text("login,day\n")
    assert seen(wanting, check_inbox)["inbox"] == f"ok: {place}: 1 files wait; can be written"
    assert [file.name for file in place.iterdir()] == ["may.csv"]


# --- the target and the dashboard's role --------------------------------------------------------


def test_a_work_file_that_is_damaged_is_told(settings: Settings) -> None:
    settings.work_file.parent.mkdir(parents=True)
    settings.work_file.write_bytes(b"no database" * 2_000)
    said = seen(settings, doctor.check_target)["target"]
    assert said.startswith(f"problem: {settings.work_file} cannot be opened (")


def test_a_night_at_work_is_not_disturbed(settings: Settings) -> None:
    with night_lock(settings):
        found = seen(settings, doctor.check_target)
    assert found == {"target": "ok: a night is at work on it now, so it was not opened"}
    assert night_file(settings).exists()


def postgres(settings: Settings, url: str, **more: str) -> Settings:
    urls = {name: SecretStr(value) for name, value in more.items()}
    return settings.model_copy(
        update={"target": "postgres", "postgres_url": SecretStr(url), **urls}
    )


def schemas(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute("select nspname from pg_namespace")}


def test_postgres_is_tried_and_left_as_it_was(settings: Settings, postgres_url: str) -> None:
    before = schemas(postgres_url)
    found = seen(postgres(settings, postgres_url), doctor.check_target)
    assert found["target"].startswith("ok: PostgreSQL ")
    assert found["clock"] == "ok: agrees with Postgres's within 60 s"
    assert schemas(postgres_url) == before


def test_a_postgres_that_is_away_is_told_without_the_password(settings: Settings) -> None:
    url = f"postgresql://me:{PLANTED}@127.0.0.1:1/game"
    away = postgres(settings, url, app_postgres_url=url)
    found = seen(away, doctor.check_target, doctor.check_dashboard_role)
    assert found["0"].startswith("problem: Postgres cannot be reached at NIGHTQUEST_POSTGRES_URL")
    assert found["dashboard role"].startswith("problem: NIGHTQUEST_APP_POSTGRES_URL: the server")
    assert PLANTED not in str(found)


def test_the_roles_are_told_apart(settings: Settings, postgres_url: str) -> None:
    owner = postgres(settings, postgres_url)
    roles.apply(owner)
    with psycopg.connect(postgres_url) as connection:
        if password := connection.info.password:  # a server that asks for one
            for role in ("nightquest_app", "nightquest_pipeline"):
                connection.execute(
                    psycopg.sql.SQL("alter role {} password {}").format(
                        psycopg.sql.Identifier(role), password
                    )
                )
    reader = make_conninfo(postgres_url, user="nightquest_app")
    said = seen(postgres(settings, reader), doctor.check_target)["target"]
    assert said.startswith("problem: the role nightquest_app may not do in the database ")

    def role(url: str) -> str:
        given = postgres(settings, postgres_url, app_postgres_url=url)
        return seen(given, doctor.check_dashboard_role)["dashboard role"]

    assert "(it is a superuser): use nightquest_app" in role(postgres_url)
    writer = make_conninfo(postgres_url, user="nightquest_pipeline")
    assert "(it may write, or read other schemas): use nightquest_app" in role(writer)
    assert "nightquest_app of NIGHTQUEST_APP_POSTGRES_URL sees 0 of 0 tables" in role(reader)
    with psycopg.connect(writer) as connection:
        connection.execute("create table core.boards (n int)")
        connection.execute("create view marts.boards as select n from core.boards")
    assert role(reader) == "ok: nightquest_app may read 1 tables of marts, and nothing else"


def test_a_dashboard_without_a_sign_in_is_told_in_production(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NIGHTQUEST_ENV", "production")
    said = seen(settings, doctor.check_dashboard)["dashboard"]
    assert said.startswith("problem: The dashboard does not start: production asks everybody")
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text("[auth]\nclient_id = 'nightquest'\n")
    assert seen(settings, doctor.check_dashboard)["dashboard"] == "ok: it may start; people sign in"


# --- rules, schedule, records -------------------------------------------------------------------


def test_a_wrong_schedule_is_told(settings: Settings) -> None:
    assert seen(settings, doctor.check_rules)["schedule"].startswith("ok: 0 2 * * * in UTC, where")
    wrong = settings.model_copy(update={"schedule": "at two"})
    said = seen(wrong, doctor.check_rules)["schedule"]
    assert said.startswith("problem: NIGHTQUEST_SCHEDULE is 'at two': it must be a cron line")


def test_a_wrong_rule_pack_is_told_in_a_line(settings: Settings, tmp_path: Path) -> None:
    wrong = settings.model_copy(update={"rules": tmp_path / "none"})
    (said,) = seen(wrong, doctor.check_rules).values()
    assert said.startswith("problem: The rule pack ")
    assert "\n" not in said


def test_a_dagster_home_that_cannot_be_read_is_told(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert seen(settings, doctor.check_dagster)["Dagster"].startswith("not set: no records yet")
    (tmp_path / "dagster.yaml").write_text(f"storage: postgresql://me:{PLANTED}@db/dagster\n")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    said = seen(settings, doctor.check_dagster)["Dagster"]
    assert said.startswith("problem: its records cannot be read (")
    assert PLANTED not in said


# --- GitHub and Copilot -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    with simulated_organisation(snowflake=False) as running:
        yield running


@pytest.fixture
def asking(settings: Settings, simulation: Simulation) -> Settings:
    simulation.set_faults([])
    return settings.model_copy(
        update={
            "github_api_url": simulation.api_url,
            "github_token": SecretStr(PLANTED),
            "github_orgs": ["acme"],
            "copilot_download_hosts": ["127.0.0.1"],
        }
    )


def asked(settings: Settings, simulation: Simulation) -> dict[str, str]:
    """What GitHub and Copilot answer three days after the simulation's last one."""
    today = simulation.last_day + timedelta(days=3)
    return seen(settings, check_github, partial(check_copilot, today=today))


def test_a_simulated_github_is_well_and_nothing_is_written(
    asking: Settings, simulation: Simulation
) -> None:
    found = asked(asking, simulation)
    assert {verdict.split(":")[0] for verdict in found.values()} == {Verdict.OK}
    assert list(found) == [
        "GitHub", "clock", "GitHub token", "GitHub acme", "Copilot org:acme", "downloads org:acme",
        "seats org:acme",
    ]  # fmt: skip
    assert "reports may be read; that of 2026-10-30 has " in found["Copilot org:acme"]
    assert not asking.home.exists()
    assert simulation.leaks() == 0


def strike(path: str, status: int, body: Any = None, **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"match": {"path": path}, "status": status, "headers": named,
            "body": {} if body is None else body}  # fmt: skip


USED_UP = {"resources": {"core": {"limit": 5000, "remaining": 0, "reset": 1_800_000_000}}}
REPORTS = "users-1-day"


@pytest.mark.parametrize(
    ("fault", "what", "told"),
    [
        (strike("rate_limit", 401), "0", "problem: GitHub at 127.0.0.1 refuses the token (401)"),
        (strike("rate_limit", 503), "0", "problem: GitHub at 127.0.0.1 answered 503"),
        (strike("rate_limit", 404), "GitHub", "answers; it tells no limit of requests"),
        (strike("rate_limit", 200, USED_UP), "GitHub", "0 of 5,000 requests are left until 08:00"),
        (strike("rate_limit", 200, x_oauth_scopes="gist"), "GitHub token",
         "problem: its scopes are gist: give it read:org"),
        (strike("rate_limit", 200, x_oauth_scopes="read:org"), "GitHub token",
         "ok: its scopes are read:org; without repo it sees public repositories only"),
        (strike("/members", 404), "GitHub acme", "problem: GitHub shows no members of acme (404)"),
        (strike("/teams", 403), "GitHub acme", "forbids /orgs/acme/teams (403"),
        (strike("graphql", 200, {"errors": [{"type": "FORBIDDEN", "message": "SSO"}]}),
         "GitHub acme", "problem: GitHub at 127.0.0.1 refuses a query: SSO"),
        (strike(REPORTS, 403, {"message": "disabled"}), "Copilot org:acme",
         "Copilot usage metrics policy must be enabled too"),
        (strike(REPORTS, 404, {"message": "Not Found"}), "Copilot org:acme",
         "problem: GitHub knows no report of 2026-10-30, 2026-10-23, 2026-10-05 (404)"),
        (strike(REPORTS, 404, '"Not ready"'), "Copilot org:acme",
         "ok: reports may be read; of 2026-10-30 there is no report yet: Not ready"),
        (strike(REPORTS, 204), "Copilot org:acme", "there is no report yet (204)"),
        (strike("usage-reports", 403), "downloads org:acme",
         "problem: the first part is not there"),
        (strike("usage-reports", 302, location="{elsewhere}/x"), "downloads org:acme",
         "leads to http://localhost, which is not allowed"),
        (strike("/seats", 403), "seats org:acme", "not set: they cannot be read"),
        (strike("/seats", 404), "seats org:acme", "not set: there is no Copilot plan"),
        (strike("/seats", 500), "seats org:acme", "problem: GitHub at 127.0.0.1 answered 500"),
    ],
)  # fmt: skip
def test_what_github_refuses_is_told(
    asking: Settings, simulation: Simulation, fault: dict[str, Any], what: str, told: str
) -> None:
    simulation.set_faults([fault])
    found = asked(asking, simulation)
    assert told in found[what]
    assert PLANTED not in str(found)
    assert simulation.leaks() == 0


def test_an_enterprise_needs_a_scope_of_its_own(asking: Settings, simulation: Simulation) -> None:
    simulation.set_faults([strike("rate_limit", 200, x_oauth_scopes="read:org")])
    of_enterprise = asking.model_copy(update={"copilot_enterprise": "initech"})
    assert "give it read:enterprise" in asked(of_enterprise, simulation)["GitHub token"]


@pytest.mark.parametrize(
    ("permissions", "told"),
    [
        (None, "ok: the App may read issues, read members, read metadata, read pull_requests"),
        ({"metadata": "read"}, "problem: the App may read metadata: add read access to members, "),
    ],
)
def test_the_permissions_of_an_app_are_told(
    asking: Settings, simulation: Simulation, permissions: dict[str, str] | None, told: str
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    if permissions:
        given = {"token": "t", "permissions": permissions}
        simulation.set_faults([strike("access_tokens", 201, given)])
    app = {
        "github_token": None, "github_app_id": "77", "github_app_installation_id": "4711",
        "github_app_private_key": SecretStr(pem),
    }  # fmt: skip
    found = asked(asking.model_copy(update=app), simulation)
    assert found["GitHub App"].startswith(told)


def test_a_clock_that_differs_is_told(asking: Settings) -> None:
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    date = {"date": format_datetime(an_hour_ago, usegmt=True)}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers=date, json={"data": {}}))
    said = seen(asking, partial(check_github, transport=transport))["clock"]
    assert said.startswith("problem: this machine's clock is 3,6")
    assert "s ahead of GitHub's: keep it by NTP" in said


def test_a_github_without_credentials_is_told_once(asking: Settings) -> None:
    nobody = asking.model_copy(update={"github_token": None})
    found = seen(nobody, doctor.check_configured, check_github, check_copilot)
    (said,) = found.values()
    assert said.startswith("problem: NIGHTQUEST_GITHUB_TOKEN is not set")


# --- alerts -------------------------------------------------------------------------------------


def test_the_channels_of_alerts_are_named_and_a_mail_server_is_tried(settings: Settings) -> None:
    assert seen(settings, doctor.check_alerts)["alerts"] == (
        "ok: they go through: file; `nightquest alerts --test` sends a message"
    )
    url = SecretStr(f"smtp://nightquest:{PLANTED}@127.0.0.1:9")
    mailing = settings.model_copy(
        update={"smtp_url": url, "mail_from": "nightquest@example.com", "mail_to": ["a@b.example"]}
    )
    said = seen(mailing, doctor.check_alerts)["alerts"]
    assert said.startswith("problem: mail cannot be sent through 127.0.0.1 (ConnectionRefused")
    assert PLANTED not in said


def test_a_setting_of_alerts_that_is_wrong_is_named(settings: Settings, tmp_path: Path) -> None:
    wrong = settings.model_copy(update={"webhook_url": SecretStr("hooks.example.com")})
    assert "NIGHTQUEST_WEBHOOK_URL is no address" in seen(wrong, doctor.check_alerts)["alerts"]
    digests = settings.model_copy(update={"digest_file": tmp_path / "none.yml"})
    assert "NIGHTQUEST_DIGEST_FILE" in seen(digests, doctor.check_alerts)["alerts"]
