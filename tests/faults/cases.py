"""A case: the faults, as the simulator takes them, and what must come out of the night.

```yaml
name-of-the-case:
  title: What goes wrong, in a few words
  land: copilot                 # which step: copilot, seats, activity or organisation
  faults: [...]                 # the entries of a fault file, see ingest/simulator/faults.py
  settings: {max_tries: 2}      # other than 3 tries and the defaults
  organisation: busy            # 1,100 pull requests of three days instead of the made-up acme
  after_a_good_night: true      # an undisturbed night has landed the days before
  out:
    error: [words]              # the step fails, and its message holds these
    pending: {users-1-day org:acme 2026-10-29: [words]}     # these days, and why
    log: [words]                # warnings hold these
    waits: [60, 120]            # seconds that were waited, or just how often
    more_requests: 2            # than an undisturbed night makes (after an error: where named)
    saved: 10                   # requests that 304 made cheap (looked at where it is named)
    changed: [users-1-day 2026-10-29]   # complete days that hold something else, or are not
    rows: {raw_copilot.user_days: -2}             # more or fewer rows of a raw table
    quarantined: [words, words] # one entry for each row in quarantine, or just how many
    answers: {select ...: 1}    # a value that the loaded warehouse answers
```

What `out` does not name must be as in an undisturbed night. Nights cover 2026-10-26..2026-10-30.
"""

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parent
FILES = ("copilot.yml", "github.yml", "limits.yml")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Expected(_Strict):
    """What must come out; see the module's docstring."""

    error: list[str] = []
    pending: dict[str, list[str]] = {}
    log: list[str] = []
    waits: int | list[float] = 0
    more_requests: int = 0
    saved: int | None = None
    changed: list[str] = []
    rows: dict[str, int] = {}
    quarantined: int | list[str] = []
    answers: dict[str, Any] = {}


class Case(_Strict):
    """One fault; see the module's docstring."""

    title: str
    land: Literal["copilot", "seats", "activity", "organisation"]
    faults: list[dict[str, Any]]
    settings: dict[str, Any] = {}
    organisation: Literal["acme", "busy"] = "acme"
    after_a_good_night: bool = False
    out: Expected = Expected()

    @property
    def is_loaded(self) -> bool:
        """Whether the outcome is also looked at in the warehouse."""
        return bool(self.out.rows or self.out.quarantined or self.out.answers)


def read_cases() -> dict[str, Case]:
    """All cases by name; a name stands once over all files."""
    cases: dict[str, Case] = {}
    for file in FILES:
        for name, entry in yaml.safe_load((FOLDER / file).read_text(encoding="utf-8")).items():
            assert name not in cases, f"{file}: the case {name} stands in another file too"
            cases[name] = Case.model_validate(entry)
    return cases
