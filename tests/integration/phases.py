"""What a night in another process is about, read from Dagster's own record while it is written."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

START, LANDING, LOADING, BUILD, PUBLICATION, END = PHASES = (
    "start", "landing", "loading", "build", "publication", "end",
)  # fmt: skip
STEPS = {"load_raw": LOADING, "build": BUILD, "publish": PUBLICATION}
EVENTS = (
    "select dagster_event_type, step_key, julianday(timestamp) * 86400 from event_logs "
    "where dagster_event_type in "
    "('PIPELINE_START', 'STEP_START', 'STEP_SUCCESS', 'PIPELINE_SUCCESS') order by id"
)


@dataclass(frozen=True)
class Record:
    """The record of a run: (event, step, second) in order."""

    events: list[tuple[str, str | None, float]]

    @property
    def phase(self) -> str:
        """What the run was about when the record ended."""
        phase = START
        for event, step, _ in self.events:
            if event == "STEP_START":
                phase = STEPS.get(str(step), LANDING)
            elif event == "STEP_SUCCESS" and step == "publish":
                phase = END
        return phase

    def seconds(self, phase: str | None = None) -> float:
        """How long a phase took, or the whole run."""
        whole = [at for _, _, at in self.events]
        own = [at for _, step, at in self.events if step and STEPS.get(step, LANDING) == phase]
        times = own if phase else whole
        return max(times) - min(times) if times else 0.0


def records(home: Path) -> set[Path]:
    """The records of all runs of a home."""
    found = (home / "dagster" / "history" / "runs").glob("*.db")
    return {path for path in found if path.name != "index.db"}


def read_new(home: Path, before: set[Path]) -> Record:
    """The record, as it is now, of the run that is new; an empty one where there is none yet."""
    made = records(home) - before
    if not made:
        return Record([])
    uri = f"file:{made.pop()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=5)) as connection:
            return Record(connection.execute(EVENTS).fetchall())
    except sqlite3.OperationalError:
        return Record([])  # it is being made
