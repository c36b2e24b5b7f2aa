"""How a mistake in a rule pack is told: where it is, what was found, what is allowed."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ingest.errors import SettingsError

_LONGEST_FOUND = 80


@dataclass(frozen=True)
class Problem:
    """One mistake. `place` is the file with the entry or the line; `field` is a dotted path."""

    place: str
    field: str
    found: str
    allowed: str

    def __str__(self) -> str:
        field = f", field {self.field}" if self.field else ""
        return f"{self.place}{field}: found {self.found}; allowed: {self.allowed}"


class RulePackError(SettingsError):
    """The rule pack has mistakes, and nothing of it was loaded.

    `mistakes` has one line for each: `<file>, entry <id or position>, field <name>: found
    <value>; allowed: <what>`. The message is a heading and these lines.
    """

    def __init__(self, folder: object, problems: Iterable[Problem]) -> None:
        self.mistakes = tuple(dict.fromkeys(str(problem) for problem in problems))
        count = "1 mistake" if len(self.mistakes) == 1 else f"{len(self.mistakes)} mistakes"
        heading = f"The rule pack {folder} has {count}; nothing of it was loaded."
        super().__init__("\n".join((heading, *self.mistakes)))


def shown(value: object) -> str:
    """A value as its author would recognise it in the file, shortened."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        text = "{" + ", ".join(f"{key}: {shown(part)}" for key, part in value.items()) + "}"
    elif isinstance(value, list):
        text = "[" + ", ".join(shown(part) for part in value) + "]"
    elif isinstance(value, int | Decimal):
        text = str(value)
    else:
        text = f"'{' '.join(str(value).split())}'"
    return text if len(text) <= _LONGEST_FOUND else text[: _LONGEST_FOUND - 3] + "..."


def either(words: Sequence[str]) -> str:
    """`a, b or c`."""
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean x?)` where one of the known words is near, else nothing."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.7)
    return f" (did you mean {near[0]}?)" if near else ""
