"""Who opted out (game.md sections 9 and 12)."""

from datetime import date

from .activity import github_subject
from .facts import Facts
from .people import People


def read_hidden(facts: Facts, people: People) -> set[str]:
    """Whose latest statement is to be left out, as ids; of one day's two, that one holds.

    An account taken for a bot may be a person's all the same: it is left out as well.
    """
    latest: dict[str, tuple[date, bool]] = {}
    for path, is_out in (("raw_filedrop.opt_ins", False), ("raw_filedrop.opt_outs", True)):
        for row in facts.until_as_of(path):
            user_id = people.find("file", row)
            if user_id is not None:
                developer_id = github_subject(user_id)
                said = (row["activity_date"], is_out)
                latest[developer_id] = max(latest.get(developer_id, said), said)
    return {developer_id for developer_id, (_, is_out) in latest.items() if is_out}
