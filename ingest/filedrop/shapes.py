"""What a dropped file may hold: the shapes, their columns, and what a cell of each kind allows."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from ingest.tables import (
    AMOUNT,
    FILEDROP_ACTIVITY,
    FILEDROP_ADJUSTMENTS,
    FILEDROP_CHALLENGE_ATTEMPTS,
    FILEDROP_IDENTITY_MAP,
    FILEDROP_LEAVE,
    FILEDROP_OPT_INS,
    FILEDROP_OPT_OUTS,
    FILEDROP_PEOPLE,
    WHOLE,
    Table,
)

SOURCE = "filedrop"
#: Days outside are slips of the pen: one in the year 0206 would make the game start there.
FIRST_YEAR, LAST_YEAR = 2000, 2099
LONGEST_TEXT = 1_000


@dataclass(frozen=True)
class Kind:
    """What a cell may hold, in words; `parsed` gives its canonical text, or null if it may not."""

    allowed: str
    parsed: Callable[[pl.Expr], pl.Expr]


@dataclass(frozen=True)
class Column:
    """A column of a shape; `name` is the table's, but for the day. A required one has no gaps."""

    name: str
    kind: Kind
    aliases: tuple[str, ...] = ()
    is_required: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


@dataclass(frozen=True)
class Shape:
    """One kind of file. One of `key_columns` names the person; `unique` stands once in a file.

    Columns that are `ignored` are nothing to warn of.
    """

    name: str
    table: Table
    columns: tuple[Column, ...]
    key_columns: tuple[Column, ...] = ()
    unique: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def is_snapshot(self) -> bool:
        return self.table.day_column == "snapshot_date"


def _where(is_valid: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(is_valid).then(value)


def _matching(pattern: str) -> Callable[[pl.Expr], pl.Expr]:
    return lambda cell: _where(cell.str.contains(pattern), cell)


def _text(cell: pl.Expr) -> pl.Expr:
    is_plain = ~cell.str.contains(r"\p{Cc}")  # Postgres holds no NUL; a line break is a lost quote
    return _where(is_plain & (cell.str.len_chars() <= LONGEST_TEXT), cell)


def _amount(cell: pl.Expr) -> pl.Expr:
    # The pattern first: the cast alone would cut a seventh place off, and take 1e3.
    is_number = cell.str.contains(r"^\+?[0-9]{1,12}(\.[0-9]{1,6}0*)?$")
    return _where(is_number, cell).cast(AMOUNT, strict=False).cast(pl.String)


def _score(cell: pl.Expr) -> pl.Expr:
    amount = _amount(cell)
    return _where(amount.cast(AMOUNT) <= 100, amount)


def _whole(cell: pl.Expr) -> pl.Expr:
    # Tools that know no missing whole number write 50.0.
    is_whole = cell.str.contains(r"^[+-]?[0-9]{1,9}(\.0+)?$")
    return (
        _where(is_whole, cell).str.replace(r"\.0+$", "").cast(WHOLE, strict=False).cast(pl.String)
    )


def _user_id(cell: pl.Expr) -> pl.Expr:
    is_id = cell.str.contains(r"^(github:)?0*[1-9][0-9]{0,17}(\.0+)?$")
    digits = cell.str.strip_prefix("github:").str.replace(r"\.0+$", "")
    return _where(is_id, digits.str.strip_chars_start("0"))


def _metric(cell: pl.Expr) -> pl.Expr:
    name = cell.str.strip_prefix("file.")
    return _where(name.str.contains(r"^[a-z0-9_]{1,100}$"), pl.format("file.{}", name))


def _in_bounds(day: pl.Expr) -> pl.Expr:
    return day.dt.year().is_between(FIRST_YEAR, LAST_YEAR)


def _day(cell: pl.Expr) -> pl.Expr:
    # Databases and frames export days with a midnight behind them.
    is_day = cell.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]00:00(:00(\.0+)?)?Z?)?$")
    day = _where(is_day, cell).str.head(10).str.to_date("%Y-%m-%d", strict=False)
    return _where(_in_bounds(day), day.dt.to_string("%Y-%m-%d"))


def _moment(cell: pl.Expr) -> pl.Expr:
    """As UTC; a moment without an offset is UTC already."""
    parts = cell.str.extract_groups(
        r"^(?<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[T ](?<minute>[0-9]{2}:[0-9]{2})(?<second>:[0-9]{2})?"
        r"(?:\.(?<fraction>[0-9]{1,9}))?"
        r" ?(?:[Zz]|(?<sign>[+-])(?<hours>[01][0-9]):?(?<minutes>[0-5][0-9])?)?$"
    ).struct
    local = pl.format(
        "{} {}{}.{}",
        parts["day"],
        parts["minute"],
        parts["second"].fill_null(":00"),
        parts["fraction"].fill_null("").str.pad_end(9, "0").str.head(6),
    ).str.to_datetime("%Y-%m-%d %H:%M:%S%.6f", time_unit="us", strict=False)
    ahead = pl.duration(
        hours=parts["hours"].cast(pl.Int64).fill_null(0),
        minutes=parts["minutes"].cast(pl.Int64).fill_null(0),
    )
    moment = pl.when(parts["sign"] == "-").then(local + ahead).otherwise(local - ahead)
    return _where(_in_bounds(moment), moment.dt.to_string("%Y-%m-%dT%H:%M:%S%.6f"))


def is_self_approved() -> pl.Expr:
    """Whether an adjustment lacks another person's word: in any case, with or without blanks."""
    people = (pl.col("requested_by"), pl.col("approved_by"))
    requester, approver = (person.str.strip_chars().str.to_lowercase() for person in people)
    return requester == approver


TEXT_OF_ONE_LINE = Kind(f"text of one line, at most {LONGEST_TEXT:,} characters", _text)
AMOUNT_FROM_ZERO = Kind(
    "a number of 0 or more, with a point, at most 12 digits before and 6 after it", _amount
)
SCORE = Kind("a score from 0 to 100, at most 6 digits after the point", _score)
SIGNED_WHOLE = Kind("a whole number of at most 9 digits, such as 50 or -50", _whole)
USER_ID = Kind("a GitHub user id, such as 1234 or github:1234", _user_id)
EMAIL = Kind("an e-mail address", _matching(r"^[^@\s\p{Cc}]{1,200}@[^@\s\p{Cc}]{1,200}$"))
METRIC = Kind("a metric's name of a-z, 0-9 and _, with or without file. before it", _metric)
DAY = Kind(f"a day such as 2026-11-18, from {FIRST_YEAR} to {LAST_YEAR}", _day)
MOMENT = Kind("a time such as 2026-11-18T09:30:00Z or 2026-11-18 10:30+01:00", _moment)
SEASON = Kind("a season such as 2026-Q4", _matching(r"^20[0-9]{2}-Q[1-4]$"))
MAPPED_SOURCE = Kind("snowflake or file", _matching(r"^(snowflake|file)$"))

#: A file names its people by one of these: the name is the kind of the key.
PERSON = (
    Column("github_user_id", USER_ID, ("developer",)),
    Column("login", TEXT_OF_ONE_LINE),
    Column("email", EMAIL),
    Column("employee_id", TEXT_OF_ONE_LINE),
)
DAY_COLUMN = Column("day", DAY, ("activity_date", "date"))
#: Of these the first that a file of people has is the key: it must be there in every row.
PEOPLE_KEYS = {
    "employee_id": "employee_id",
    "email": "email",
    "github_login": "login",
    "github_user_id": "github_user_id",
}

SHAPES: dict[str, Shape] = {
    shape.name: shape
    for shape in (
        Shape(
            "activity",
            FILEDROP_ACTIVITY,
            (DAY_COLUMN, Column("metric", METRIC), Column("value", AMOUNT_FROM_ZERO)),
            PERSON,
            ignored=("unit", "description"),
        ),
        Shape(
            "challenge_attempts",
            FILEDROP_CHALLENGE_ATTEMPTS,
            (
                Column("challenge_id", TEXT_OF_ONE_LINE, ("challenge",)),
                Column("score", SCORE),
                Column("submitted_at", MOMENT),
            ),
            PERSON,
        ),
        Shape(
            "people",
            FILEDROP_PEOPLE,
            (
                Column("display_name", TEXT_OF_ONE_LINE, ("name",), is_required=False),
                Column("email", EMAIL, is_required=False),
                Column("employee_id", TEXT_OF_ONE_LINE, is_required=False),
                Column("github_login", TEXT_OF_ONE_LINE, ("login",), is_required=False),
                Column("github_user_id", USER_ID, ("developer",), is_required=False),
            ),
            unique=("person_key",),
        ),
        Shape("leave", FILEDROP_LEAVE, (DAY_COLUMN,), PERSON),
        Shape(
            "adjustments",
            FILEDROP_ADJUSTMENTS,
            (
                DAY_COLUMN,
                Column("xp", SIGNED_WHOLE),
                Column("reason_text", TEXT_OF_ONE_LINE, ("reason",)),
                Column("requested_by", TEXT_OF_ONE_LINE),
                Column("approved_by", TEXT_OF_ONE_LINE),
                Column("badge_id", TEXT_OF_ONE_LINE, is_required=False),
                Column("season", SEASON, is_required=False),
                Column("adjustment_id", TEXT_OF_ONE_LINE, is_required=False),
            ),
            PERSON,
            unique=("adjustment_id",),
        ),
        Shape(
            "identity_map",
            FILEDROP_IDENTITY_MAP,
            (
                Column("source", MAPPED_SOURCE),
                Column("source_key", TEXT_OF_ONE_LINE),
                Column("github_user_id", USER_ID),
            ),
            unique=("source", "source_key"),
        ),
        Shape("opt_ins", FILEDROP_OPT_INS, (DAY_COLUMN,), PERSON),
        Shape("opt_outs", FILEDROP_OPT_OUTS, (DAY_COLUMN,), PERSON),
    )
}
