"""What may stand in each file of a rule pack, field by field (game.md, sections 2 to 6 and 10).

Everything that one entry can be judged by, alone or against the known names in the validation
context (`metrics`, `badges`, `missions`), is judged here; what needs two entries is in `checks`.
Each type carries the words that say what it allows, for messages.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Literal, NoReturn
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from ingest.rules.metrics import DECLARED_PREFIXES, WITH_VALUES, Metric, measures_clock_time
from ingest.rules.problems import did_you_mean

#: The largest number of any field: far above any game, far below a bigint after multiplication.
MOST = 1_000_000_000
DIFFICULTY_XP = {"easy": 50, "medium": 100, "hard": 200}


@dataclass(frozen=True)
class Allowed:
    """What a field takes, in words."""

    text: str


def refuse(allowed: str, found: str | None = None) -> NoReturn:
    """Refuse a field's value; `found` only where the value itself does not say it."""
    raise PydanticCustomError("refused", "{allowed}", {"allowed": allowed, "found": found})


def _day(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return date.fromisoformat(value)
    return value


def _amount(value: object) -> object:
    """20, 20.0 and 20.000 are one amount, and one text in the pack's hash."""
    if isinstance(value, Decimal) or type(value) is int:
        return Decimal(format((Decimal(value) + 0).normalize(), "f"))
    return value


def _once_each(values: list[str]) -> list[str]:
    """Without regard to case: logins and repositories are compared so, and must join once."""
    seen: set[str] = set()
    for value in values:
        if value.lower() in seen:
            refuse("each at most once", f"'{value}' twice")
        seen.add(value.lower())
    return values


def _known_metric(name: str, info: ValidationInfo) -> str:
    registry: Mapping[str, Metric] = (info.context or {})["metrics"]
    unit = registry[name].unit if name in registry else ""
    if measures_clock_time(name, unit):
        refuse("a metric without clock time. No rule may score a clock hour")
    if name in registry or re.fullmatch(r"(snowflake|file)\.[A-Za-z0-9_.-]+", name):
        return name
    same_source = [known for known in registry if known.split(".")[0] == name.split(".")[0]]
    near = get_close_matches(name, list(registry), n=3) or same_source or list(registry)
    refuse(
        f"a metric of the registry, such as {', '.join(near)}; or one declared under "
        + " or ".join(DECLARED_PREFIXES)
    )


def _metric_with_values(name: str) -> str:
    if name not in WITH_VALUES:
        refuse("a metric that counts different things: " + ", ".join(sorted(WITH_VALUES)))
    return name


def _known_id(kind: str) -> AfterValidator:
    def check(value: str, info: ValidationInfo) -> str:
        known: frozenset[str] = (info.context or {})[kind]
        if value not in known:
            refuse(f"the id of an entry of {_FILES_OF[kind]}{did_you_mean(value, known)}")
        return value

    return AfterValidator(check)


_FILES_OF = {"badges": "badges.yml", "missions": "missions.yml or challenges.yml"}


def _time_zone(value: str) -> str:
    zones = available_timezones()
    if value not in zones:
        refuse("an IANA time zone, such as UTC or Europe/Paris" + did_you_mean(value, zones))
    return value


_Id = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=100),
    Allowed("letters, digits and _ . - (at most 100, a letter or digit first)"),
]
_Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1),
    Allowed("text (in quotes where it looks like a number, true, false or null)"),
]
_Day = Annotated[date, BeforeValidator(_day), Allowed("a date of the calendar, as in 2026-12-31")]
_Whole = Annotated[int, Field(ge=0, le=MOST), Allowed(f"a whole number from 0 to {MOST}")]
_Count = Annotated[int, Field(ge=1, le=MOST), Allowed(f"a whole number from 1 to {MOST}")]
_Days = Annotated[int, Field(ge=1, le=36500), Allowed("a whole number of days from 1 to 36500")]
_Points = Annotated[
    Decimal,
    BeforeValidator(_amount),
    Field(ge=0, le=MOST, decimal_places=6, max_digits=15),
    Allowed(f"a number from 0 to {MOST} with at most 6 decimals (15 digits in all)"),
]
_Amount = Annotated[
    Decimal,
    BeforeValidator(_amount),
    Field(gt=0, le=MOST, decimal_places=6, max_digits=15),
    Allowed(f"a number above 0, up to {MOST}, with at most 6 decimals (15 digits in all)"),
]
_Percent = Annotated[
    Decimal,
    BeforeValidator(_amount),
    Field(ge=0, le=100, decimal_places=6),
    Allowed("a number from 0 to 100 with at most 6 decimals"),
]
_Flag = Annotated[bool, Allowed("true or false")]
_MetricName = Annotated[str, AfterValidator(_known_metric), Allowed("the name of a metric")]
_BadgeId = Annotated[str, _known_id("badges"), Allowed("the id of an entry of badges.yml")]
_MissionId = Annotated[
    str, _known_id("missions"), Allowed("the id of an entry of missions.yml or challenges.yml")
]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


# pack.yml

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _named_holidays(value: object) -> object:
    if isinstance(value, list) and all(isinstance(day, str) for day in value):
        return dict.fromkeys(_once_each(value))
    return value


class Calendar(_Strict):
    """Where the organisation's days begin, and which of them are worked."""

    time_zone: Annotated[
        str, AfterValidator(_time_zone), Allowed("an IANA time zone, such as UTC or Europe/Paris")
    ] = "UTC"
    working_days: Annotated[
        list[Weekday],
        Field(min_length=1),
        AfterValidator(_once_each),
        Allowed("a list of mon, tue, wed, thu, fri, sat and sun, at least one of them"),
    ] = ["mon", "tue", "wed", "thu", "fri"]
    holidays: Annotated[
        dict[_Day, _Text | None],
        BeforeValidator(_named_holidays),
        Allowed(
            "a list of dates, as in [2026-12-25], or dates with their names, as in "
            "{2026-12-25: Christmas Day}"
        ),
    ] = {}


class Freezes(_Strict):
    """The streak's protection: how many at the start, at most, and how they come back."""

    start: _Whole = 3
    cap: _Whole = 3
    refill_every: _Count = 20

    @field_validator("cap")
    @classmethod
    def holds_the_start(cls, cap: int, info: ValidationInfo) -> int:
        start = info.data.get("start", 0)
        if cap < start:
            refuse(f"at least the {start} freezes of start")
        return cap


class Bonus(_Strict):
    """XP of a counted day of a streak: `min(cap, per_day x streak)`."""

    per_day: _Whole = 5
    cap: _Whole = 50


def _bonus(value: object) -> object:
    return {"per_day": 0, "cap": 0} if value == "none" else value


class Streak(_Strict):
    """What keeps a streak alive, and what it earns."""

    qualifying_metrics: Annotated[
        list[_MetricName], AfterValidator(_once_each), Allowed("a list of metrics")
    ] = [
        "copilot.active_day",
        "github.pull_requests_merged",
        "github.reviews_given",
        "github.issues_closed",
    ]
    freezes: Freezes = Freezes()
    bonus: Annotated[
        Bonus, BeforeValidator(_bonus), Allowed("{per_day: ..., cap: ...}, or none")
    ] = Bonus()
    max_pending_days: Annotated[
        int, Field(ge=0, le=365), Allowed("a whole number of days from 0 to 365")
    ] = 7


class Game(_Strict):
    """`pack.yml`: the settings of the whole game."""

    name: _Text
    level_curve: Literal["sqrt_100", "geometric_115"] = "sqrt_100"
    daily_activity_cap: _Whole | None = None
    xp_requires_pass: _Flag = True
    calendar: Calendar = Calendar()
    streak: Streak = Streak()
    bots: Annotated[
        list[_Text],
        AfterValidator(_once_each),
        Allowed("a list of login patterns in quotes, with * for any text and ? for one character"),
    ] = []
    excluded_repositories: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^[^/\s]+/[^/\s]+$")]],
        AfterValidator(_once_each),
        Allowed("a list of repositories as owner/name"),
    ] = []


# What entries of all files share


class Entry(_Strict):
    """An entry in one version, and the days on which it holds (both inclusive)."""

    id: _Id
    version: _Count = 1
    valid_from: _Day
    valid_to: _Day | None = None

    @field_validator("valid_to")
    @classmethod
    def ends_after_it_begins(cls, valid_to: date | None, info: ValidationInfo) -> date | None:
        begin = info.data.get("valid_from")
        if valid_to and begin and valid_to < begin:
            refuse(f"a date on or after valid_from, {begin}")
        return valid_to


# xp_rules.yml


class XpRule(Entry):
    """XP for activity: `points` for each `per` units of a metric, at most `daily_cap` a day."""

    metric: _MetricName
    points: _Points
    per: _Amount = Decimal(1)
    daily_cap: _Whole | None = None
    priority: _Whole = 100
    description: _Text | None = None


# missions.yml and challenges.yml


class Challenge(Entry):
    """A mission whose score comes with the fact."""

    name: _Text
    description: _Text | None = None
    difficulty: Literal["easy", "medium", "hard"] | None = None
    xp: _Whole | None = Field(default=None, validate_default=True)
    pass_threshold: _Percent = Decimal(70)
    badge: _BadgeId | None = None
    tags: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^[^,\s][^,]*$")]],
        AfterValidator(_once_each),
        Allowed("a list of words without commas"),
    ] = []
    author: _Text = "system"
    published: _Flag = True

    @field_validator("xp")
    @classmethod
    def is_told_once(cls, xp: int | None, info: ValidationInfo) -> int | None:
        if "difficulty" in info.data and (xp is None) == (info.data["difficulty"] is None):
            found = "neither difficulty nor xp" if xp is None else "both difficulty and xp"
            refuse("exactly one of difficulty (easy 50, medium 100, hard 200) and xp", found)
        return xp

    @property
    def base_xp(self) -> int:
        if self.xp is not None:
            return self.xp
        return DIFFICULTY_XP[str(self.difficulty)]


class Mission(Challenge):
    """A target on a metric, in a period."""

    metric: _MetricName
    aggregate: Literal["sum", "days"] = "sum"
    target: _Amount
    period: Literal["day", "week", "month", "once"]
    scope: Literal["developer", "team"] = "developer"


# badges.yml


class XpCondition(_Strict):
    """Ledger XP without badge XP."""

    type: Literal["xp"]
    threshold: _Count


class MetricCondition(_Strict):
    """The sum of a metric, over the last days or over all."""

    type: Literal["metric"]
    metric: _MetricName
    threshold: _Amount
    window_days: _Days | None = None


class DistinctValues(_Strict):
    """Different things that a metric counted, over the last days or over all."""

    type: Literal["distinct_values"]
    metric: Annotated[
        str,
        AfterValidator(_known_metric),
        AfterValidator(_metric_with_values),
        Allowed("a metric that counts different things: " + ", ".join(sorted(WITH_VALUES))),
    ]
    count: _Count
    window_days: _Days | None = None


class AttemptCount(_Strict):
    """Attempts that reached a status for good; `passed` includes `completed`."""

    type: Literal["attempt_count"]
    count: _Count
    status: Literal["passed", "completed", "failed"] = "passed"


class PerfectCount(_Strict):
    """Attempts with score 100."""

    type: Literal["perfect_count"]
    count: _Count


class ConsecutiveDays(_Strict):
    """The current streak; with `mode: distinct` it is read as `distinct_days`."""

    type: Literal["consecutive_days"]
    days: _Count
    mode: Literal["consecutive", "distinct"] = Field(default="consecutive", exclude=True)


class DistinctDays(_Strict):
    """Different days with activity, of one metric or of any."""

    type: Literal["distinct_days"]
    days: _Count
    metric: _MetricName | None = None


class MissionCondition(_Strict):
    """An attempt of one mission or challenge, completed or passed."""

    type: Literal["mission"]
    mission_id: _MissionId


def _read_mode(condition: BaseModel) -> BaseModel:
    if isinstance(condition, ConsecutiveDays) and condition.mode == "distinct":
        return DistinctDays(type="distinct_days", days=condition.days)
    return condition


PlainCondition = Annotated[
    Annotated[
        XpCondition
        | MetricCondition
        | DistinctValues
        | AttemptCount
        | PerfectCount
        | ConsecutiveDays
        | DistinctDays
        | MissionCondition,
        Field(discriminator="type"),
    ],
    AfterValidator(_read_mode),
]


class AllOf(_Strict):
    """All of several conditions on the same day, one level deep."""

    type: Literal["all_of"]
    conditions: Annotated[
        list[PlainCondition],
        Field(min_length=1),
        Allowed("a list of at least one condition {type: ...}, none of them all_of"),
    ]


CONDITIONS: dict[str, type[BaseModel]] = {
    "xp": XpCondition,
    "metric": MetricCondition,
    "distinct_values": DistinctValues,
    "attempt_count": AttemptCount,
    "perfect_count": PerfectCount,
    "consecutive_days": ConsecutiveDays,
    "distinct_days": DistinctDays,
    "mission": MissionCondition,
    "all_of": AllOf,
}

Category = Literal[
    "scenarios",
    "study_time",
    "streaks",
    "vocabulary",
    "conversations",
    "milestones",
    "perfection",
    "engagement",
    "special",
]


class Badge(Entry):
    """An award for the first day on which a condition holds."""

    name: _Text
    description: _Text | None = None
    category: Category
    rarity: Literal["common", "rare", "epic", "legendary"]
    xp_reward: _Whole
    icon: _Text = "🏅"
    condition: Annotated[
        Annotated[
            XpCondition
            | MetricCondition
            | DistinctValues
            | AttemptCount
            | PerfectCount
            | ConsecutiveDays
            | DistinctDays
            | MissionCondition
            | AllOf,
            Field(discriminator="type"),
        ],
        AfterValidator(_read_mode),
        Allowed("a condition {type: ...}"),
    ]
    repeat: Literal["never", "season"] = "never"

    @property
    def conditions(self) -> list[BaseModel]:
        """The conditions that must hold together: one, or the parts of `all_of`."""
        return (
            list(self.condition.conditions)
            if isinstance(self.condition, AllOf)
            else [self.condition]
        )
