"""A simulated organisation, served in the sources' own wire formats on loopback.

For the demo, the tests, and whoever wants to try Nightquest without a company at hand: GitHub's
REST and GraphQL, Copilot's reports with signed links on a second port, and an emulated Snowflake.
Either a made-up organisation (`seeded`) or real history (`replay`); what can go wrong is said by
`faults`. It never speaks to anything beyond 127.0.0.1.
"""

import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.stopping import stop_on_signals

if TYPE_CHECKING:
    from ingest.simulator.server import Simulator

ORGANISATION = "acme"
TOKEN = "simulated-token"


@dataclass(frozen=True)
class Simulation:
    """A running simulation.

    `environment` holds the settings `NIGHTQUEST_*` that point the pipeline at it;
    first_day..last_day is where its activity lies.
    """

    api_url: str
    download_host: str
    environment: dict[str, str]
    first_day: date
    last_day: date
    simulator: "Simulator"

    def requests(self) -> dict[str, int]:
        """How many requests came, by `METHOD /path/{template}`."""
        return dict(self.simulator.requests)

    def leaks(self) -> int:
        """How many requests brought a token to the files' port."""
        return self.simulator.leaks

    def set_faults(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Replace the faults in force; raises SettingsError when an entry is wrong."""
        from ingest.simulator.faults import validated_faults

        self.simulator.faults.replace(validated_faults(list(entries), "The faults"))


@contextmanager
def simulated_organisation(
    *, activity: Sequence[Path] = (), copilot: Sequence[Path] = (), seed: int = 7,
    faults: Path | None = None, snowflake: bool = True, folder: Path | None = None,
    token: str | None = None, port: int = 0,
) -> Iterator[Simulation]:  # fmt: skip
    """Run the simulation in background threads.

    Args:
        activity: Parquet files of commits to replay, instead of the made-up organisation.
        copilot: NDJSON files of Copilot rows to replay.
        seed: of the made-up organisation.
        faults: YAML file of faults; its format stands in `ingest.simulator.faults`.
        snowflake: also run the emulated Snowflake (never with replayed files).
        folder: where `sources.yml` is written; absent, a temporary folder.
        token: the only token that is accepted; absent, any is.
        port: of the API on 127.0.0.1; 0 takes a free one, as the other servers always do.

    Raises:
        SettingsError: a file or the port is wrong.
    """
    from ingest.simulator.faults import Faults, read_faults
    from ingest.simulator.server import Simulator, listening, running

    entries = read_faults(faults) if faults else []
    if activity or copilot:
        from ingest.simulator.replay import replayed_organisation

        organisation = replayed_organisation(activity, copilot)
    else:
        from ingest.simulator.seeded import seeded_organisation

        organisation = seeded_organisation(seed)
    with ExitStack() as stack:
        sockets = [stack.enter_context(listening(port)), stack.enter_context(listening())]
        api_port, download_port = (listener.getsockname()[1] for listener in sockets)
        simulator = Simulator(organisation, Faults(entries), token, api_port, download_port)
        environment = {
            "GITHUB_API_URL": f"http://127.0.0.1:{api_port}",
            "GITHUB_TOKEN": token or TOKEN,
            "GITHUB_ORGS": ORGANISATION,
            "COPILOT_DOWNLOAD_HOSTS": "127.0.0.1",
        }
        if snowflake and organisation.company:
            from ingest.simulator.snowflake import emulated_snowflake, write_sources

            emulation = stack.enter_context(emulated_snowflake(organisation.company))
            environment |= {f"SNOWFLAKE_{name}": value for name, value in emulation.items()}
            written = folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
            environment["SOURCES_FILE"] = str(write_sources(written / "sources.yml"))
        # Last, so that all else is ready when it answers.
        stack.enter_context(running(simulator, sockets))
        yield Simulation(
            api_url=environment["GITHUB_API_URL"],
            download_host="127.0.0.1",
            environment={f"NIGHTQUEST_{name}": value for name, value in environment.items()},
            first_day=organisation.first_day,
            last_day=organisation.last_day,
            simulator=simulator,
        )


def serve(
    port: int, *, activity: Sequence[Path] = (), copilot: Sequence[Path] = (), seed: int = 7,
    faults: Path | None = None, token: str | None = None, announce: Callable[[str], Any] = print,
) -> None:  # fmt: skip
    """Run the simulation in the foreground until Ctrl-C (or SIGTERM).

    `announce` is given the lines that say how to point Nightquest at it, one by one.
    """
    stop_on_signals()
    with (
        suppress(KeyboardInterrupt),
        simulated_organisation(
            activity=activity, copilot=copilot, seed=seed, faults=faults, token=token, port=port
        ) as simulation,
    ):
        announce(
            f"The simulated organisation answers at {simulation.api_url}, with activity from "
            f"{simulation.first_day} to {simulation.last_day}. Ctrl-C stops it."
        )
        announce("In another terminal, point Nightquest at it with these settings:")
        for name, value in simulation.environment.items():
            announce(f"export {name}={value}")
        announce(f"and run: nightquest run --day {simulation.last_day}")
        threading.Event().wait()
