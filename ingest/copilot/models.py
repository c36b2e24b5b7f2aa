"""What is modelled of a line of each report, and the row-wise pass that says what is wrong."""

from datetime import date, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)

from ingest.framing import in_utc


def _whole(value: object) -> object:
    """2.0 is a whole number in JSON, whatever wrote it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


#: More use than this in a day is a mistake; the game's decimals hold a thousand times as much.
MOST = 10**9
Whole = Annotated[int, Field(ge=-(2**63), lt=2**63), BeforeValidator(_whole)]
Count = Annotated[int, Field(gt=-MOST, lt=MOST), BeforeValidator(_whole)]
Moment = Annotated[datetime, AfterValidator(in_utc)]


class _Row(BaseModel):
    model_config = ConfigDict(strict=True)


class _Use(_Row):
    user_initiated_interaction_count: Count | None = None
    code_generation_activity_count: Count | None = None
    code_acceptance_activity_count: Count | None = None


class _FeatureUse(_Use):
    feature: str | None = None


class _LanguageUse(_Use):
    language: str | None = None


class _ModelUse(_Use):
    model: str | None = None


class _CliUse(_Row):
    session_count: Count | None = None
    request_count: Count | None = None
    prompt_count: Count | None = None


class UserDay(_Use):
    """A line of users-1-day; every field but the key may be absent."""

    user_id: Whole
    user_login: str | None = None
    day: str | None = None
    loc_suggested_to_add_sum: Count | None = None
    loc_added_sum: Count | None = None
    used_agent: bool | None = None
    used_copilot_cloud_agent: bool | None = None
    used_copilot_coding_agent: bool | None = None
    used_cli: bool | None = None
    totals_by_cli: _CliUse | None = None
    totals_by_feature: list[_FeatureUse | None] | None = None
    totals_by_language_feature: list[_LanguageUse | None] | None = None
    totals_by_language_model: list[_ModelUse | None] | None = None
    totals_by_model_feature: list[_ModelUse | None] | None = None


class UserTeam(_Row):
    """A line of user-teams-1-day."""

    user_id: Whole
    team_id: Whole
    user_login: str | None = None
    slug: str | None = None
    day: str | None = None


class _Assignee(_Row):
    id: Whole
    login: str


class Seat(_Row):
    """A seat; `assignee` is null for a deleted user."""

    assignee: _Assignee | None
    created_at: Moment | None = None
    last_activity_at: Moment | None = None
    last_activity_editor: str | None = None
    plan_type: str | None = None
    pending_cancellation_date: date | None = None
