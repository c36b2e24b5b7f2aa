"""docs/rules.md names every field, choice and metric, and its examples are right."""

import re
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest

import ingest.rules
from ingest.rules import load_pack
from ingest.rules.loading import LISTS
from ingest.rules.metrics import BUILT_IN
from ingest.rules.models import CONDITIONS, Bonus, Calendar, Freezes, Game, Streak

TEXT = (Path(ingest.rules.__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
MODELS = [Game, Calendar, Streak, Freezes, Bonus, *LISTS.values(), *CONDITIONS.values()]
FIELDS = sorted({f"{model.__name__}.{name}" for model in MODELS for name in model.model_fields})


def choices(annotation: object) -> set[str]:
    if get_origin(annotation) is Literal:
        return set(get_args(annotation))
    return {choice for part in get_args(annotation) for choice in choices(part)}


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_is_documented(field):
    assert f"`{field.split('.')[1]}`" in TEXT


@pytest.mark.parametrize("model", MODELS)
def test_every_choice_of_a_field_is_documented(model):
    for info in model.model_fields.values():
        for choice in choices(info.annotation):
            listed = rf"`(?:[a-z_]+, )*{choice}(?:, [a-z_]+)*`|mode: {choice}"
            assert re.search(listed, TEXT), choice


@pytest.mark.parametrize("metric", BUILT_IN)
def test_a_built_in_metric_is_documented_with_its_unit_and_meaning(metric):
    assert f"| `{metric.metric}` | {metric.unit} | {metric.description} |" in TEXT


def test_the_documents_examples_load_together(tmp_path):
    yaml = re.findall(r"```yaml\n(.*?)```", TEXT, flags=re.DOTALL)
    versions, game, rule, mission, challenge, badge, condition = yaml
    all_of = badge.replace("polyglot", "helper").replace("Polyglot", "Helper")
    all_of = re.sub(
        r"  condition: .*\n",
        re.sub("^", "  ", condition, flags=re.MULTILINE).rstrip() + "\n",
        all_of,
    )
    files = {
        "pack.yml": game,
        "xp_rules.yml": versions + rule.replace("pr_merged", "merged"),
        "missions.yml": mission,
        "challenges.yml": challenge,
        "badges.yml": badge + all_of,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    pack = load_pack(tmp_path)
    assert pack.warnings == []
    assert [len(entry.conditions) for entry in pack.badges] == [1, 2]
