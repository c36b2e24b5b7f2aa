"""`deploy/`: read as an engine reads it, and each of its commands run here without a container."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from dagster import DagsterInstance, asset, materialize

import app.settings
from ingest.settings import Settings
from tests.conftest import PROJECT
from tests.integration.machine import (
    CONTAINERFILE,
    DEPLOY,
    INSTRUCTIONS,
    SERVERS,
    SERVICES,
    Machine,
    lines_of,
    machine_of,
)

#: The services that are ours.
OURS = [name for name in SERVICES if name != "postgres"]


# --- what the files say -------------------------------------------------------------------------


def test_images_are_pinned() -> None:
    images = [service["image"] for service in SERVICES.values()]
    images += [value for name, value in INSTRUCTIONS if name == "FROM"]
    assert all(re.search(r":\d+\.\d+", image) for image in images), images


def test_packages_are_those_of_the_lock() -> None:
    installs = re.findall(r"pip install ([^&\n]+)", CONTAINERFILE)
    assert len(installs) == 2
    assert "--require-hashes --requirement requirements.lock" in installs[0]
    assert all("--no-deps" in install for install in installs)


def test_whatever_is_copied_is_there_and_let_through() -> None:
    allowed = (PROJECT / ".dockerignore").read_text().splitlines()
    copied = [path for name, value in INSTRUCTIONS if name == "COPY" for path in value.split()[:-1]]
    assert [path for path in copied if not (PROJECT / path).exists()] == []
    assert [path for path in copied if f"!{path.rstrip('/')}" not in allowed
            and path != "./"] == []  # fmt: skip


def test_nobody_is_root_and_nothing_is_written_beside_the_volumes() -> None:
    users = [value for name, value in INSTRUCTIONS if name == "USER"]
    assert users == ["nightquest"]
    for name in OURS:
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "user" not in service


@pytest.mark.parametrize("name", ["postgres", *SERVERS])
def test_a_server_is_watched_and_started_again(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    waits = SERVICES[name].get("depends_on", {"postgres": {"condition": "service_healthy"}})
    assert {one["condition"] for one in waits.values()} <= {
        "service_healthy", "service_completed_successfully",
    }  # fmt: skip


def test_ports_are_open_to_this_machine_alone() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:3000:3000", "127.0.0.1:8501:8501"]


def test_every_password_is_in_the_example_and_none_has_a_default() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    names = set(re.findall(r"\$\{(\w+)", text))
    example = dict(line.split("=", 1) for line in lines_of(DEPLOY / "env.example"))
    assert names == set(example)
    assert set(example.values()) == {""}
    assert re.findall(r"\$\{\w*PASSWORD(?!:\?)", text) == []


def test_every_setting_is_one_that_there_is() -> None:
    known = {*Settings.model_fields, *app.settings.Settings.model_fields}
    given = {
        name.removeprefix("NIGHTQUEST_").lower()
        for service in map(SERVICES.get, OURS)
        for name in service.get("environment", {})
        if name.startswith("NIGHTQUEST_")
    }
    assert given <= known


@pytest.mark.parametrize(
    ("name", "own"),
    [("dashboard", "APP"), ("daemon", "DAGSTER"), ("webserver", "DAGSTER")],
)
def test_who_only_shows_is_given_no_secret_of_the_pipeline(name: str, own: str) -> None:
    service = SERVICES[name]
    assert "env_file" not in service
    assert set(re.findall(r"\$\{(\w+)_PASSWORD", str(service))) <= {own, f"NIGHTQUEST_{own}"}


def test_dagsters_records_are_written_and_read_on_postgres(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = psycopg.conninfo.conninfo_to_dict(postgres_url)
    scheme = SERVICES["daemon"]["environment"]["DAGSTER_POSTGRES_URL"].split("//")[0]
    who = given["user"] + (f":{given['password']}" if "password" in given else "")
    url = f"{scheme}//{who}@/{given['dbname']}?host={given['host']}&port={given.get('port', 5432)}"
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", url)
    monkeypatch.setenv("NIGHTQUEST_HOME", str(tmp_path))

    @asset
    def counted() -> None: ...

    with DagsterInstance.from_config(str(DEPLOY)) as instance:
        run_id = materialize([counted], instance=instance).run_id
        assert len(instance.all_logs(run_id)) > 5
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1


# --- what the commands do -----------------------------------------------------------------------


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with machine_of(tmp_path) as made:
        yield made


@pytest.mark.long
def test_every_command_does_its_work_against_a_real_postgres(machine: Machine) -> None:
    """From an empty server to a night that the daemon has run, and all of it well."""
    assert machine.is_healthy("postgres")
    script = machine.run("postgres", [str(DEPLOY / "postgres-init.sh")])
    assert script.returncode == 0, script.stderr
    for _ in range(2):  # at each start again
        made = machine.run("roles", SERVICES["roles"]["command"])
        assert made.returncode == 0, made.stderr
    assert not machine.is_healthy("webserver"), "nothing answers yet"
    with ExitStack() as stack:
        servers = {}
        for name in SERVERS:
            servers[name] = stack.enter_context(machine.started(name))
            assert becomes_healthy(machine, name, servers[name]), log_of(machine, name)
        day = date.today() - timedelta(days=1)
        launched = machine.run("daemon", launch(day))
        assert launched.returncode == 0, launched.stderr
        status = published(machine)
        assert status["as_of_day"] == str(day), status
        assert (machine.folder / "home" / "logs" / "nightquest.log").exists()
        examined = machine.run("doctor", [*SERVICES["doctor"]["command"], "--json"])
        found = {one["what"]: one for one in json.loads(examined.stdout)}
        assert [one for one in found.values() if one["verdict"] == "problem"] == []
        assert examined.returncode == 0
        assert found["Dagster"]["said"].endswith("are recorded in Postgres")
        assert "nightquest_app may read" in found["dashboard role"]["said"]
        assert [name for name in SERVERS if servers[name].poll() is not None] == []
    assert not machine.is_healthy("dashboard"), "it was stopped"


def launch(day: date) -> list[str]:
    tags = {f"dagster/asset_partition_range_{end}": str(day) for end in ("start", "end")}
    return ["dagster", "job", "launch", "--workspace", "deploy/workspace.yaml", "--job", "nightly",
            "--tags", json.dumps(tags)]  # fmt: skip


def becomes_healthy(machine: Machine, name: str, server: subprocess.Popen) -> bool:
    """Each try starts a process, so that this waits for a minute and more."""
    return any(server.poll() is None and machine.is_healthy(name) for _ in range(60))


def published(machine: Machine) -> Mapping[str, Any]:
    """The status, as soon as a night is published and Dagster's run has ended well."""
    for _ in range(60):
        said = machine.run("code", ["nightquest", "status", "--json"])
        if said.returncode == 0:
            break
    return json.loads(said.stdout)


def log_of(machine: Machine, name: str) -> str:
    return (machine.folder / f"{name}.log").read_text()[-3000:]
