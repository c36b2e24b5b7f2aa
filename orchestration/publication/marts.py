"""What publication must know of a mart, and which of its rows readers may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.settings import Settings

#: Who has a row, by the visibility policy, and the table that decides: `{person}` is a column of a
#: mart that names people.
NAMED = {
    "named": (
        "not exists (select 1 from {schema}.state_opted_out as o where o.developer_id = {person})",
        "state_opted_out",
    ),
    "opt_in": (
        "({person} is null or exists "
        "(select 1 from {schema}.state_opted_in as o where o.developer_id = {person}))",
        "state_opted_in",
    ),
    "anonymous": ("{person} is null", None),
}


#: Where people are not named: of a mart that counts people, rows with few of them are left out.
FEW_COUNTED = "(c.{count} = 0 or c.{count} >= {min_team_size})"


#: And of a mart about teams: few people are easily guessed.
FEW = {
    "days": (
        "not exists (select 1 from {schema}.state_small_team_days as s "
        "where s.team_id = c.team_id and s.activity_date = c.activity_date)",
        "state_small_team_days",
    ),
    "members": (
        "(c.team_id is null or c.team_id in (select team_id from {schema}.dim_teams as t "
        "where t.member_count >= {min_team_size}))",
        "dim_teams",
    ),
}


@dataclass(frozen=True)
class Mart:
    """What publication must know of a mart.

    Attributes:
        key: the grain; empty for a one-row table.
        slice: which part of it a night computes; None: all.
        names: columns that name people (or SQL with the alias `c`): rows of theirs are shown as
            the visibility policy says.
        few: for a mart about groups, what makes it lead to a person: few active on some of its
            `days`, few `members` of a team, or a small number in the column of that name.
        is_private: a night reads it, and no reader does.
        sorted_by: what readers look its rows up by; none: the first two columns of the key.
    """

    key: list[str]
    slice: str | None = None
    names: tuple[str, ...] = ()
    few: str | None = None
    is_private: bool = False
    sorted_by: tuple[str, ...] = ()

    @property
    def order(self) -> Sequence[str]:
        """The columns by which the published file is sorted."""
        return self.sorted_by or self.key[:2]

    def policy(self, settings: Settings, schema: str = "core") -> tuple[str, set[str]]:
        """SQL for the rows, with the alias `c`, that the visibility policy shows, and the tables of
        `schema` that it looks into."""
        policies = []
        for person in self.names:
            sql, decider = NAMED[settings.visibility]
            column = f"c.{person}" if person.isidentifier() else f"({person})"
            policies.append((sql.replace("{person}", column), decider))
        if self.few and settings.visibility != "named":
            counted = (FEW_COUNTED.replace("{count}", self.few), None)
            policies.append(FEW.get(self.few, counted))
        size = str(settings.min_team_size)
        shown = " and ".join(
            sql.replace("{schema}", schema).replace("{min_team_size}", size) for sql, _ in policies
        )
        return shown or "1 = 1", {decider for _, decider in policies if decider}
