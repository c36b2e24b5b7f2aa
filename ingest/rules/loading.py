"""A folder of YAML files as a rule pack: every mistake is found before anything is loaded."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from ingest.rules import checks, yaml_files
from ingest.rules.metrics import BUILT_IN, Metric, measures_volume
from ingest.rules.models import Badge, Challenge, Game, Mission, XpRule
from ingest.rules.pack import RulePack
from ingest.rules.problems import Problem, RulePackError, did_you_mean, shown
from ingest.rules.validation import dotted, place, validated

Model = TypeVar("Model", bound=BaseModel)

LISTS: dict[str, type[BaseModel]] = {
    "xp_rules.yml": XpRule,
    "missions.yml": Mission,
    "challenges.yml": Challenge,
    "badges.yml": Badge,
}


def load_pack(folder: Path, declared_metrics: Iterable[Metric] = ()) -> RulePack:
    """The rule pack in a folder: `pack.yml` and the four lists of entries beside it.

    `declared_metrics` are those that the settings file declares; a metric under `snowflake.` or
    `file.` that is not among them is a warning, for the pack outlives the wiring of a source.

    Raises:
        RulePackError: names every mistake: file, entry, field, what was found, what is allowed.
    """
    if not folder.is_dir():
        raise RulePackError(
            folder,
            [
                Problem(
                    str(folder), "", "no such folder", "a folder with pack.yml, " + ", ".join(LISTS)
                )
            ],
        )
    registry = {metric.metric: metric for metric in (*declared_metrics, *BUILT_IN)}
    problems: list[Problem] = []
    settings = _settings(folder, problems)
    lists = {file: _entries(folder, file, problems) for file in LISTS}
    if not any(lists.values()) and not problems:
        problems.append(
            Problem(
                str(folder),
                "",
                "an empty pack",
                "at least one XP rule, mission, challenge or badge",
            )
        )

    known: dict[str, Any] = {
        "metrics": registry,
        "badges": checks.ids(lists["badges.yml"]),
        "missions": checks.ids([*lists["missions.yml"], *lists["challenges.yml"]]),
    }
    game = _all_valid(Game, "pack.yml", settings, known, problems)
    xp_rules = _all_valid(XpRule, "xp_rules.yml", lists["xp_rules.yml"], known, problems)
    missions = _all_valid(Mission, "missions.yml", lists["missions.yml"], known, problems)
    challenges = _all_valid(Challenge, "challenges.yml", lists["challenges.yml"], known, problems)
    badges = _all_valid(Badge, "badges.yml", lists["badges.yml"], known, problems)
    for file, entries in lists.items():
        problems.extend(checks.version_problems(file, entries))
    problems.extend(checks.shared_id_problems(lists["missions.yml"], lists["challenges.yml"]))
    if problems:
        raise RulePackError(folder, problems)

    files: dict[str, Sequence[BaseModel]] = {
        "pack.yml": game,
        "xp_rules.yml": xp_rules,
        "missions.yml": missions,
        "challenges.yml": challenges,
        "badges.yml": badges,
    }
    warnings = [
        *_unread_files(folder),
        *_volume_rules(xp_rules, registry),
        *_undeclared_metrics(files, registry),
    ]
    return RulePack(
        game[0],
        tuple(xp_rules),
        tuple(missions),
        tuple(challenges),
        tuple(badges),
        tuple(registry.values()),
        warnings,
    )


def pack_of_text(text: str, metrics: Iterable[Metric]) -> RulePack:
    """A pack out of its own `text`, as a night noted it; `metrics` are those of today.

    Raises:
        ValidationError: another version of Nightquest wrote it, and this one allows less.
    """
    content = json.loads(text)
    registry = {metric.metric: metric for metric in metrics}
    known = {
        "metrics": registry,
        "badges": checks.ids(content["badges"]),
        "missions": checks.ids([*content["missions"], *content["challenges"]]),
    }

    def read(model: type[Model], entries: Iterable[object]) -> tuple[Model, ...]:
        # Not strict: a day and an exact amount are text here.
        return tuple(model.model_validate(e, context=known, strict=False) for e in entries)

    (game,) = read(Game, [content["game"]])
    return RulePack(
        game,
        read(XpRule, content["xp_rules"]),
        read(Mission, content["missions"]),
        read(Challenge, content["challenges"]),
        read(Badge, content["badges"]),
        tuple(registry.values()),
        [],
    )


def _settings(folder: Path, problems: list[Problem]) -> list[object]:
    """`pack.yml` as a list of one entry, or of none where it cannot be read."""
    content, is_read = _content(folder / "pack.yml", problems)
    if is_read and not isinstance(content, dict):
        problems.append(
            Problem(
                "pack.yml",
                "",
                shown(content),
                "fields with their values, one a line, as in name: default",
            )
        )
    return [content] if isinstance(content, dict) else []


def _entries(folder: Path, file: str, problems: list[Problem]) -> list[object]:
    content, is_read = _content(folder / file, problems)
    if is_read and not isinstance(content, list):
        problems.append(
            Problem(
                file,
                "",
                shown(content),
                "a list of entries, each after a dash; [] where there are none",
            )
        )
    return content if isinstance(content, list) else []


def _content(file: Path, problems: list[Problem]) -> tuple[object, bool]:
    try:
        content, repeated = yaml_files.read(file)
    except yaml_files.NotRead as error:
        problems.append(error.problem)
        return None, False
    for location, line in repeated:
        entry, position = content, 1
        if isinstance(content, list) and isinstance(location[0], int):
            entry, position = content[location[0]], location[0] + 1
            location = location[1:]
        problems.append(
            Problem(
                place(file.name, entry, position),
                dotted(location),
                f"the field again on line {line}",
                "each field once in an entry",
            )
        )
    return content, True


def _all_valid(
    model: type[Model],
    file: str,
    entries: list[object],
    known: dict[str, Any],
    problems: list[Problem],
) -> list[Model]:
    valid = []
    for position, entry in enumerate(entries, start=1):
        instance, mistakes = validated(model, entry, place(file, entry, position), known)
        problems.extend(mistakes)
        if instance is not None:
            valid.append(instance)
    return valid


def _unread_files(folder: Path) -> Iterator[str]:
    for file in sorted(folder.iterdir()):
        if file.suffix in (".yml", ".yaml") and file.name not in ("pack.yml", *LISTS):
            yield f"{file.name} is no file of a rule pack and was not read."


def _volume_rules(rules: Iterable[XpRule], registry: dict[str, Metric]) -> Iterator[str]:
    """Missions may ask for lines: they pay once a period, however many there are."""
    for rule in rules:
        unit = registry[rule.metric].unit if rule.metric in registry else ""
        if rule.points and measures_volume(rule.metric, unit):
            yield (
                f"xp_rules.yml, entry {rule.id}, field metric: {rule.metric} measures volume, "
                "not value; XP for it rewards longer code and blind acceptance."
            )


def _undeclared_metrics(
    files: dict[str, Sequence[BaseModel]], registry: dict[str, Metric]
) -> Iterator[str]:
    for file, entries in files.items():
        for entry in entries:
            for metric in dict.fromkeys(_metrics(entry.model_dump())):
                if metric not in registry:
                    is_file = metric.startswith("file.")
                    values = "values but what dropped files bring" if is_file else "values"
                    yield (
                        f"{place(file, entry.model_dump(), 1)}: no extract of this installation "
                        f"declares {metric}{did_you_mean(metric, registry)}, so it has no "
                        f"{values}."
                    )


def _metrics(value: object) -> Iterator[str]:
    """The metrics that an entry names, at any depth."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key == "metric" and isinstance(part, str):
                yield part
            elif key == "qualifying_metrics":
                yield from part
            else:
                yield from _metrics(part)
    elif isinstance(value, list):
        for part in value:
            yield from _metrics(part)
