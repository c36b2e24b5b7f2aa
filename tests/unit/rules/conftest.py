"""A small right pack, written by hand, that tests spoil or extend one file at a time."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.rules import RulePack, RulePackError, load_pack

SMALL = {
    "pack.yml": "name: small\n",
    "xp_rules.yml": """
- {id: merged, metric: github.pull_requests_merged, points: 20, valid_from: 2020-01-01}
""",
    "missions.yml": """
- {id: reviewer, name: Reviewer, difficulty: easy, metric: github.reviews_given, target: 5,
   period: week, valid_from: 2020-01-01}
""",
    "challenges.yml": """
- {id: sql, name: SQL, xp: 100, valid_from: 2020-01-01}
""",
    "badges.yml": """
- {id: first, name: First, category: milestones, rarity: common, xp_reward: 50,
   condition: {type: xp, threshold: 1}, valid_from: 2020-01-01}
""",
}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write the small pack, with the content of some files replaced (None: no such file)."""

    def _write(files: dict[str, str | None] | None = None) -> Path:
        for name, content in {**SMALL, **(files or {})}.items():
            (tmp_path / name).unlink(missing_ok=True)
            if content is not None:
                (tmp_path / name).write_text(content, encoding="utf-8")
        return tmp_path

    return _write


@pytest.fixture
def load(write: Callable[..., Path]) -> Callable[..., RulePack]:
    """Load the small pack, with the content of some files replaced."""
    return lambda files=None, declared=(): load_pack(write(files), declared)


@pytest.fixture
def mistakes(write: Callable[..., Path]) -> Callable[..., tuple[str, ...]]:
    """The mistakes of the small pack with the content of some files replaced."""

    def _mistakes(files: dict[str, str | None], declared: tuple = ()) -> tuple[str, ...]:
        with pytest.raises(RulePackError) as caught:
            load_pack(write(files), declared)
        return caught.value.mistakes

    return _mistakes
