"""Each fault of the sources comes out as its case says, loses nothing and leaks nothing."""

from collections.abc import Callable, Iterator

import pytest

from ingest.simulator.faults import validated_faults
from tests.faults.cases import read_cases
from tests.faults.nights import TOKEN, Nights, Outcome

CASES = read_cases()
Observe = Callable[[str], Outcome]


@pytest.fixture(scope="module")
def observe() -> Iterator[Observe]:
    """What comes out of a case; each is run once."""
    outcomes: dict[str, Outcome] = {}
    with Nights() as nights:

        def once(name: str) -> Outcome:
            if name not in outcomes:
                outcomes[name] = nights.observe(CASES[name])
            return outcomes[name]

        yield once


@pytest.mark.parametrize("name", CASES)
def test_a_fault_comes_out_as_its_case_says(observe: Observe, name: str) -> None:
    out, expected = observe(name), CASES[name].out
    for word in expected.error:
        assert word in out.error
    assert bool(out.error) == bool(expected.error), out.error
    assert out.pending.keys() == expected.pending.keys()
    for key, words in expected.pending.items():
        for word in words:
            assert word in out.pending[key]
    for word in expected.log:
        assert word in "\n".join(out.log)
    if isinstance(expected.waits, int):
        assert len(out.waits) == expected.waits
    else:
        # A limit's reset is so many seconds from when the simulator answered.
        assert out.waits == pytest.approx(expected.waits, abs=2)
    if not expected.error or "more_requests" in expected.model_fields_set:
        assert out.more_requests == expected.more_requests
    if not expected.error:
        assert out.counted_waits == len(out.waits)
        assert out.changed == sorted(expected.changed)
        assert expected.saved in (None, out.saved)
    if CASES[name].is_loaded:
        assert out.rows == expected.rows
        assert out.answers == expected.answers
        if isinstance(expected.quarantined, int):
            assert len(out.quarantined) == expected.quarantined
        else:
            assert len(out.quarantined) == len(expected.quarantined)
            for said, word in zip(out.quarantined, sorted(expected.quarantined), strict=True):
                assert word in said


@pytest.mark.parametrize("name", CASES)
def test_the_next_undisturbed_night_lands_all_that_a_fault_held_back(
    observe: Observe, name: str
) -> None:
    assert observe(name).lost == []


@pytest.mark.parametrize("name", CASES)
def test_a_fault_sends_no_token_elsewhere_and_shows_no_secret(observe: Observe, name: str) -> None:
    out = observe(name)
    assert out.leaks == 0
    assert TOKEN not in out.said
    assert "sig=" not in out.said


@pytest.mark.parametrize("name", CASES)
def test_a_case_is_a_fault_file_that_the_command_line_takes_too(name: str) -> None:
    assert len(validated_faults(CASES[name].faults, name)) == len(CASES[name].faults)
