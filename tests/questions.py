"""The questions of docs/queries.md, as they stand there."""

import re
from datetime import date

from tests.conftest import PROJECT

#: Whom the document asks about, and the day.
WHO, DAY = "petra-ahmed", "2026-10-28"


def questions() -> dict[str, str]:
    """The statement under each heading."""
    text = (PROJECT / "docs" / "queries.md").read_text(encoding="utf-8")
    sections = text.split("\n## ")[1:]
    return {part.splitlines()[0]: statement(part) for part in sections}


def statement(section: str) -> str:
    (sql,) = re.findall(r"```sql\n(.*?)```", section, flags=re.DOTALL)
    return sql


def asked_of(sql: str, login: str, day: date) -> str:
    """A question of the document about somebody else, and another day."""
    return sql.replace(WHO, login).replace(DAY, str(day))
