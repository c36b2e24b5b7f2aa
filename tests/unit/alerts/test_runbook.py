"""The runbook: an entry for each kind of alert, and for nothing else."""

import re

import pytest

from ingest.settings import PROJECT
from orchestration.alerts.events import RUNBOOK
from orchestration.alerts.kinds import ADVICE, Kind

TEXT = (PROJECT / RUNBOOK).read_text()
#: Kind by kind: the heading as GitHub makes an anchor of it, and what is below.
ENTRIES = {
    re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-"): body
    for heading, body in re.findall(r"^### (.+)\n((?:(?!^##).*\n?)*)", TEXT, re.MULTILINE)
}


def test_every_kind_has_an_entry_and_every_entry_a_kind() -> None:
    assert sorted(ENTRIES) == sorted(Kind)


@pytest.mark.parametrize("kind", Kind)
def test_an_entry_says_what_it_means_what_to_do_and_what_not(kind: Kind) -> None:
    for part in ("**Means.**", "**Do.**", "**Do not.**"):
        assert len(ENTRIES[kind].partition(part)[2].split("**")[0].split()) > 3


def test_every_kind_has_words() -> None:
    assert set(ADVICE) == set(Kind)
