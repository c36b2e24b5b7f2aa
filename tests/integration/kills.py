"""Nights that are killed at random moments, and the next one that heals.

`python -m tests.integration.kills [--count 50] [--target postgres] [--phase publication]` prints a
line for each kill, then how many struck which phase, and exits 1 if anything differs. Not part of
the suite: a kill and the nights that belong to it take most of a minute.

Ten nights are killed for each day: that of the new day, and nine more of the same day, for which
one reply of the window is served wrong, then right again, so that each has something to write.
`nightquest run` is typed, all of its processes are killed (SIGKILL to their group), and it is typed
again. What a killed night leaves visible must be the whole night before it or, where publication
was through, its own. What the next one shows must be what a second home shows that nobody
disturbs, row for row, by a hash that is counted anew. The second home is on DuckDB, whatever the
target: equal rows give equal hashes. A reader polls all the while. At the end everything is
rebuilt from the landing, once more to the same hash.
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
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from ingest.simulator import Simulation, simulated_organisation
from tests.environment import forget_settings
from tests.integration import phases
from tests.integration.phases import PHASES, PUBLICATION, Record
from tests.integration.reader import Polls, reading
from tests.integration.replaying import restated_reply
from tests.integration.striking import Home, home_of, struck_night

#: How much longer than an undisturbed night a random moment may lie: some lie after publication.
REACH = 1.05
KILLS_OF_A_DAY = 10
#: Days that are published before the first kill.
FIRST_DAYS = 30
#: A reader that hardly looked proves nothing: 50 kills with fewer than 1,000 polls fail.
POLLS_OF_A_KILL = 20
ONE_DAY = timedelta(days=1)


@dataclass
class Tally:
    """What became of the kills: by phase how many struck, and how many found it published."""

    struck: Counter[str] = field(default_factory=Counter)
    published: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def fail(self, what: str) -> None:
        self.failures.append(what)
        print(f"     {what}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=50, help="kills (default 50)")
    parser.add_argument("--target", choices=["duckdb", "postgres"], default="duckdb")
    parser.add_argument("--phase", choices=PHASES[1:-1], help="strike in this phase alone")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    forget_settings()
    started = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        simulation = stack.enter_context(simulated_organisation())
        killed = stack.enter_context(home_of(asked.target, folder / "killed", simulation))
        whole = stack.enter_context(home_of("duckdb", folder / "whole", simulation))
        day = simulation.first_day + ONE_DAY * FIRST_DAYS
        for home in (killed, whole):
            home.must("backfill", "--from", str(simulation.first_day), "--to", str(day - ONE_DAY))
        with reading(killed.poll, seconds=0.3) as polls:
            typical = killed.must("run", "--day", str(day))
            whole.must("run", "--day", str(day))
            chance = random.Random(asked.seed)
            campaign = Campaign(killed, whole, simulation, asked.phase, chance, typical)
            tally = campaign.run(day + ONE_DAY, asked.count)
    return verdict(asked, tally, polls, (time.monotonic() - started) / 60)


@dataclass
class Campaign:
    """The kills of one home, beside another that nobody disturbs.

    Attributes:
        phase: where to strike; None: anywhere in the night.
        typical: the latest undisturbed night of the first home: how long its phases take. On a
            machine that others use as well it is never the same.
    """

    killed: Home
    whole: Home
    simulation: Simulation
    phase: str | None
    chance: random.Random
    typical: Record
    tally: Tally = field(default_factory=Tally)
    fault: dict = field(default_factory=dict)
    expected: dict[bool, tuple] = field(default_factory=dict)

    def run(self, day: date, count: int) -> Tally:
        seen = self.whole.seen()
        if self.killed.seen() != seen:
            self.tally.fail("the homes differ before the first kill")
        while True:
            for number in range(KILLS_OF_A_DAY):
                if self.tally.struck.total() == count:
                    self.rebuild(seen)
                    return self.tally
                is_wrong = number % 2 == 1
                now = self.undisturbed(day, number)
                self.simulation.set_faults([self.fault] if is_wrong else [])
                self.kill(day, is_wrong, seen, now)
                seen = now
            day += ONE_DAY

    def undisturbed(self, day: date, number: int) -> tuple:
        """What the night shows where nobody disturbs it: asked twice a day."""
        if number == 0:
            self.simulation.set_faults([])
            self.whole.must("run", "--day", str(day))
            self.expected = {False: self.whole.seen()}
            self.fault = restated_reply(self.whole.settings, day)[1]
        if number == 1:
            self.simulation.set_faults([self.fault])
            self.whole.must("run", "--day", str(day))
            self.expected[True] = self.whole.seen()
            assert self.expected[True] != self.expected[False], "the wrong reply changes nothing"
        return self.expected[number % 2 == 1]

    def kill(self, day: date, is_wrong: bool, before: tuple, now: tuple) -> None:
        """Kill a night, look, and type it again."""
        moment = self.chance.random() * self.typical.seconds(self.phase) * REACH
        night = struck_night(self.killed, day, kill_all, self.phase, moment)
        left = self.killed.seen()
        struck = night.record.phase if night else "in time"
        words = f"{day} {'restated' if is_wrong else '':<8}  {struck:<11}"
        if left not in (before, now):
            self.tally.fail(f"{words}: left something else than a whole night visible")
        known = phases.records(self.killed.place)
        said = self.killed.say("run", "--day", str(day))
        healing = phases.read_new(self.killed.place, known)
        if healing.seconds(PUBLICATION):
            self.typical = healing
        is_healed = said.code == 0 and self.killed.seen() == now
        if not is_healed:
            self.tally.fail(f"{words}: not healed: {said.err[-300:]}")
        if night is None:
            return  # it had ended before the moment came: no kill
        self.tally.struck[struck] += 1
        self.tally.published[struck] += left == now
        print(f"{self.tally.struck.total():>3}  {words} after {moment:5.2f} s  "
              f"{'its own' if left == now else 'the last'} night up, "
              f"{'healed' if is_healed else 'NOT HEALED'}", flush=True)  # fmt: skip

    def rebuild(self, expected: tuple) -> None:
        """All of it again from the landing that the kills have left."""
        said = self.killed.say("rebuild")
        if said.code or self.killed.seen() != expected:
            self.tally.fail(f"the rebuild at the end differs: {said.err[-300:]}")


def kill_all(process: subprocess.Popen) -> None:
    """All processes of a night at once: it is the leader of their group."""
    os.killpg(process.pid, signal.SIGKILL)


def verdict(asked: argparse.Namespace, tally: Tally, polls: Polls, minutes: float) -> int:
    """Say what came out; the exit code."""
    kills = tally.struck.total()
    if polls.count < POLLS_OF_A_KILL * kills:
        tally.fail(f"the reader polled only {polls.count} times")
    print(f"\n{kills} kills on {asked.target} in {minutes:.0f} minutes:")
    for phase in (phase for phase in PHASES if tally.struck[phase]):
        told = tally.published[phase]
        print(f"{tally.struck[phase]:>5}  {phase:<11}  {told} with the night already published")
    print(f"{len(tally.failures)} not healed or otherwise wrong {tally.failures or ''}")
    print(f"the reader: {polls.count:,} polls, {len(polls.runs)} nights, "
          f"{len(polls.broken)} broken {polls.broken[:3] or ''}")  # fmt: skip
    return 1 if tally.failures or polls.broken else 0


if __name__ == "__main__":
    sys.exit(main())
