"""Take each fault's handler away, one by one: a case that claims to cover it must fail.

`python -m tests.faults.mutants [NAME ...]` prints a table and exits 1 if a mutant survives. Not in
the suite: it runs the cases some seventy times, in a copy of the package.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from tests.faults.cases import FOLDER, read_cases

PROJECT = FOLDER.parents[1]
TESTS = (
    "test_a_fault_comes_out_as_its_case_says",
    "test_a_fault_sends_no_token_elsewhere_and_shows_no_secret",
)
#: Some handlers end what would go on for ever. The cases of a mutant take 10 s.
LONGEST_SECONDS = 120
#: What pytest says of tests that ran, some of them failing.
FAILED = 1


class Mutant(BaseModel):
    """A source edit that takes a handler away, and the cases that are to notice."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    old: str
    new: str
    cases: list[str]

    def apply(self, folder: Path) -> None:
        """Edit the file below a copy of the project; its text must be as the table knows it."""
        path = folder / self.file
        text = path.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise LookupError(f"stands {text.count(self.old)} times in {self.file}")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


def read_mutants() -> dict[str, Mutant]:
    entries = yaml.safe_load((FOLDER / "mutants.yml").read_text(encoding="utf-8"))
    return {name: Mutant.model_validate(entry) for name, entry in entries.items()}


def fate(mutant: Mutant) -> str:
    """What became of a mutant: `killed ...`, `SURVIVED`, or what is wrong with its entry."""
    if unknown := set(mutant.cases) - read_cases().keys():
        return f"WRONG: there is no case {', '.join(sorted(unknown))}"
    with tempfile.TemporaryDirectory(prefix="nightquest-mutant-") as copy:
        folder = Path(copy)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / "ingest", folder / "ingest", ignore=ignored)
        shutil.copytree(FOLDER, folder / "tests" / "faults", ignore=ignored)
        for name in ("tests/__init__.py", "tests/conftest.py"):
            shutil.copy(PROJECT / name, folder / name)
        try:
            mutant.apply(folder)
        except LookupError as problem:
            return f"WRONG: the old text {problem}"
        names = [
            f"tests/faults/test_faults.py::{test}[{case}]"
            for case in mutant.cases
            for test in TESTS
        ]
        # In the copy, which stands first on the path there: not the installed package.
        try:
            done = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *names],
                cwd=folder, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return "killed (it never ends)"
    if done.returncode not in (0, FAILED):
        return f"WRONG: pytest ended with {done.returncode}: {done.stdout[-300:]}"
    return "killed" if done.returncode == FAILED else "SURVIVED"


def main(chosen: list[str]) -> int:
    mutants = read_mutants()
    claimed = {case for mutant in mutants.values() for case in mutant.cases}
    print("| handler taken away | file | cases | fate |\n|---|---|---|---|")
    fates = []
    for name, mutant in mutants.items():
        if chosen and name not in chosen:
            continue
        fates.append(fate(mutant))
        print(f"| {name} | {mutant.file} | {', '.join(mutant.cases)} | {fates[-1]} |", flush=True)
    killed = sum(one.startswith("killed") for one in fates)
    print(f"\n{killed} of {len(fates)} mutants killed.")
    if unclaimed := [name for name in read_cases() if name not in claimed]:
        print(f"Cases that no mutant takes a handler from: {', '.join(unclaimed)}.")
    return 0 if killed == len(fates) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
