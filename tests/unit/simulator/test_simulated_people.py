from datetime import date

import pytest

from ingest.simulator import Simulation
from ingest.simulator.organisation import Organisation
from ingest.simulator.seeded import seeded_organisation


@pytest.fixture
def organisation(simulation: Simulation) -> Organisation:
    return simulation.simulator.organisation


def logins(organisation: Organisation, from_day: str) -> set[str]:
    """Who merged anything since a day."""
    return {
        item["author"]["login"]
        for item in organisation.pull_requests
        if item["author"] and item["createdAt"] >= from_day
    }


def test_the_same_seed_gives_the_same_organisation(organisation: Organisation) -> None:
    again = seeded_organisation(7)
    assert again.pull_requests == organisation.pull_requests
    assert again.copilot == organisation.copilot
    assert again.company == organisation.company


def test_another_seed_gives_another_one(organisation: Organisation) -> None:
    assert seeded_organisation(8).pull_requests != organisation.pull_requests


def test_it_has_a_hundred_and_twenty_days_up_to_a_fixed_one(organisation: Organisation) -> None:
    assert organisation.last_day == date(2026, 10, 30)
    assert (organisation.last_day - organisation.first_day).days == 119
    assert set(organisation.copilot) == {
        date.fromordinal(organisation.first_day.toordinal() + n) for n in range(120)
    }
    assert all(item["updatedAt"] < "2026-10-31" for item in organisation.pull_requests)


def test_the_leaver_is_no_member_and_does_nothing_after_leaving(
    organisation: Organisation,
) -> None:
    members = {person.login for person in organisation.members}
    everybody = logins(organisation, "2026-07-01") - {"acme-updates"}
    [leaver] = everybody - members
    assert leaver not in logins(organisation, "2026-09-03")


def test_weekends_are_quiet(organisation: Organisation) -> None:
    days = [date.fromisoformat(item["createdAt"][:10]) for item in organisation.pull_requests]
    weekend = [day for day in days if day.weekday() > 4]
    assert 0 < len(weekend) < len(days) / 10


def test_the_part_timer_is_on_leave_on_thursdays_and_fridays(organisation: Organisation) -> None:
    assert organisation.company is not None
    leave: dict[str, set[date]] = {}
    for login, day in organisation.company.absences:
        leave.setdefault(login, set()).add(day)
    late = [day for day in organisation.copilot if day.weekday() in (3, 4)]
    assert sum(set(late) <= days for days in leave.values()) == 1
