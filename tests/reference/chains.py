"""Chains of nights: the same history as it was known night by night, and its announcements.

Between two nights facts arrive late, are restated and vanish; what a night announced is an input of
all later ones (game.md section 5).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from .compare import GRAINS, table_differences
from .facts import Facts, Row
from .game import Night, Tables, play_night

RECORD = "ops.announced_awards"
#: Tables whose rows may come late, change and go, with the dataset of their source.
CHANGING: dict[str, str | None] = {
    "raw_copilot.user_days": "user_days",
    "raw_copilot.user_day_values": "user_days",
    "raw_github.pull_requests": "pull_requests",
    "raw_github.reviews": "reviews",
    "raw_github.issues": "issues",
    "raw_snowflake.metrics": "metrics",
    "raw_snowflake.challenge_attempts": None,
    "raw_filedrop.activity": None,
    "raw_filedrop.challenge_attempts": None,
}
#: Shares of the rows that come late, vanish and were another before a restatement.
LATE, VANISHING, RESTATED = 0.06, 0.06, 0.06


@dataclass(frozen=True)
class Life:
    """In which nights a row is there, and before which it was another."""

    first: int
    last: int
    restated_in: int


def life(dice: Random, nights: int) -> Life:
    turn = dice.randrange(1, nights)
    match dice.random():
        case luck if luck < LATE:
            return Life(turn, nights, 0)
        case luck if luck < LATE + VANISHING:
            return Life(0, turn - 1, 0)
        case luck if luck < LATE + VANISHING + RESTATED:
            return Life(0, nights, turn)
    return Life(0, nights, 0)


def as_it_was(path: str, row: Row, dice: Random) -> Row:
    """What a row said before it was restated: something else, or the same."""
    match path.split(".")[1]:
        case "metrics" | "activity":
            return row | {"value": dice.choice((Decimal(0), Decimal("1.5"), Decimal(5)))}
        case "challenge_attempts":
            return row | {
                "score": dice.choice((Decimal(0), Decimal(60), Decimal(75), Decimal(100)))
            }
        case "user_days":
            return row | {"lines_added": dice.randint(0, 400), "is_active": dice.random() < 0.5}
        case "issues":
            return row | {"state_reason": dice.choice(("completed", "not_planned"))}
    return row


def late_days(facts: Facts, as_of: date, dice: Random) -> set[tuple[str, str, date]]:
    """(dataset, scope, day) that had not come yet: Copilot's newest days, now and then others."""
    late: set[tuple[str, str, date]] = set()
    newest = dice.randint(0, 3)
    for source in facts["ops.sources"]:
        dataset, scope = source["dataset"], source["scope"]
        ago = set(range(newest)) if source["source"] == "copilot" else set()
        if dice.random() < 0.4:
            ago.add(dice.randint(0, 9))
        late |= {(dataset, scope, as_of - timedelta(days=days)) for days in ago}
    return late


def night_of(facts: Facts, as_of: date, number: int, dice: Random) -> Facts:
    """The facts as of a day before what comes later, with the states of the days then."""
    late = late_days(facts, as_of, dice)
    tables = dict(facts.tables)
    (night,) = facts["ops.nights"]
    tables["ops.nights"] = [night | {"as_of_day": as_of, "run_id": f"run-{number}"}]
    tables["ops.source_days"] = [
        row
        | {
            "is_complete": row["is_complete"]
            and (row["dataset"], row["scope"], row["activity_date"]) not in late
        }
        for row in facts["ops.source_days"]
    ]
    for path, dataset in CHANGING.items():
        tables[path] = [
            row
            for row in facts[path]
            if dataset is None or (dataset, row["scope"], row["activity_date"]) not in late
        ]
    return Facts(tables)


def chain_of(facts: Facts, seed: int, ends: list[date]) -> list[Facts]:
    """The facts as each night knew them, without the record of announcements.

    Args:
        facts: what is known in the last night, and what has vanished by then.
        ends: the nights' as-of days in order, the last one that of the facts.
    """
    dice = Random(f"chain-{seed}")
    nights: list[dict[str, list[Row]]] = [{} for _ in ends]
    for path in facts.tables:
        if path not in CHANGING:
            for tables in nights:
                tables[path] = facts[path]
            continue
        versions: list[list[Row]] = [[] for _ in ends]
        for row in facts[path]:
            of_row = life(dice, len(ends)) if len(ends) > 1 else Life(0, 1, 0)
            before = as_it_was(path, row, dice) if of_row.restated_in else row
            for number in range(of_row.first, min(of_row.last, len(ends) - 1) + 1):
                versions[number].append(before if number < of_row.restated_in else row)
        for tables, version in zip(nights, versions, strict=True):
            tables[path] = version
    chain = [Facts(tables) for tables in nights]
    return [
        night_of(known, end, number, dice) if number < len(ends) - 1 else known
        for number, (known, end) in enumerate(zip(chain, ends, strict=True))
    ]


def with_record(facts: Facts, record: list[Row]) -> Facts:
    """The facts with what the nights before have announced."""
    return Facts(facts.tables | {RECORD: list(record)})


def play_chain(chain: list[Facts]) -> Iterator[tuple[Facts, Night]]:
    """Play night after night, each on the announcements of those before it."""
    record: list[Row] = []
    for facts in chain:
        known = with_record(facts, record)
        night = play_night(known)
        yield known, night
        record += night.announced


def last_night(chain: list[Facts]) -> tuple[Facts, Night]:
    """The chain's last night, its facts with the record in place: for one full build."""
    *_, last = play_chain(chain)
    return last


def chain_differences(chain: list[Facts], run_night: Callable[[Facts], Tables]) -> list[str]:
    """Run a chain on one warehouse, night by night; what tells each night from the reference.

    Args:
        run_night: loads a night's raw facts, without a record: what it has published itself is the
            record; runs the night through publication, and gives the published rows by table.
            Tables that it does not give are not compared.
    """
    lines: list[str] = []
    for number, (facts, (_, night)) in enumerate(zip(chain, play_chain(chain), strict=True)):
        found = run_night(facts)
        for table in GRAINS:
            expected = night.tables.get(table, [])
            if table in found and (expected or found[table]):
                lines += [
                    f"night {number + 1}: {line}"
                    for line in table_differences(table, found[table], expected)
                ]
    return lines
