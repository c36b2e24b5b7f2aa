"""Plain values against the models: entries, and a problem for each mistake."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ingest.rules.models import CONDITIONS, Allowed
from ingest.rules.problems import Problem, did_you_mean, either, shown

Model = TypeVar("Model", bound=BaseModel)
Step = int | str


def place(file: str, entry: object, position: int) -> str:
    """`missions.yml, entry weekly_reviewer`; by position, from 1, where an entry has no id."""
    key = entry.get("name" if file == "pack.yml" else "id") if isinstance(entry, dict) else None
    return f"{file}, entry {key if isinstance(key, str) and key else position}"


def validated(
    model: type[Model], value: object, where: str, known: Mapping[str, Any]
) -> tuple[Model | None, list[Problem]]:
    """The value as the model, or None with what is wrong. `known`: metrics, badges, missions."""
    try:
        return model.model_validate(value, context=dict(known)), []
    except ValidationError as error:
        return None, [_problem(model, where, detail) for detail in error.errors()]


def _problem(model: type[BaseModel], where: str, detail: ErrorDetails) -> Problem:
    kind, steps, context = detail["type"], detail["loc"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        path, owner, _ = _walk(model, steps[:-1])
        name, fields = str(steps[-1]), sorted(owner.model_fields)
        return Problem(
            where,
            dotted([*path, name]),
            f"a field that is not known here{did_you_mean(name, fields)}",
            "the fields " + ", ".join(fields),
        )
    path, owner, allowed = _walk(model, steps)
    found = shown(detail["input"])
    if kind == "refused":
        allowed, found = context["allowed"], context["found"] or found
    elif kind == "missing":
        found = "nothing"
    elif kind in ("union_tag_invalid", "union_tag_not_found"):
        types = re.findall(r"'(\w+)'", context.get("expected_tags", "")) or list(CONDITIONS)
        in_all_of = "conditions" in path
        plain = [name for name in types if not (in_all_of and name == "all_of")]
        path.append("type")
        tag = context.get("tag")
        found = shown(tag)
        allowed = either(plain) + (" (all_of goes one level deep)" if in_all_of else "")
        allowed += did_you_mean(tag, plain) if tag and tag not in types else ""
    elif kind == "literal_error":
        words = re.findall(r"'(\w+)'", context["expected"])
        allowed += did_you_mean(str(detail["input"]), words)
    return Problem(where, dotted(path), found, allowed)


def _walk(
    model: type[BaseModel], steps: tuple[Step, ...]
) -> tuple[list[Step], type[BaseModel], str]:
    """A location as the author sees it, the model it lies in, and what its field allows.

    Pydantic's locations also name the chosen condition type and the word "[key]".
    """
    path: list[Step] = []
    owner, allowed = model, _in_words(model) or ""
    for step in steps:
        if isinstance(step, str) and step in owner.model_fields:
            info = owner.model_fields[step]
            allowed = _in_words(info.annotation, info.metadata) or allowed
            owner = _nested(info.annotation) or owner
            path.append(step)
        elif isinstance(step, str) and step in CONDITIONS:
            owner = CONDITIONS[step]
        elif step != "[key]":
            path.append(step)
    return path, owner, allowed


def _in_words(annotation: object, metadata: Iterable[object] = ()) -> str | None:
    """What a type allows: its own words first, then the choices or fields that it is made of."""
    for part in metadata:
        if isinstance(part, Allowed):
            return part.text
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "the fields " + ", ".join(sorted(annotation.model_fields))
    parts = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _in_words(parts[0], parts[1:])
    if get_origin(annotation) is Literal:
        return either(parts)
    return next((words for part in parts if (words := _in_words(part)) is not None), None)


def _nested(annotation: object) -> type[BaseModel] | None:
    """The one model that a field holds; None for conditions, whose type decides."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    models = [model for part in get_args(annotation) if (model := _nested(part))]
    return models[0] if len(models) == 1 else None


def dotted(path: Sequence[Step]) -> str:
    """`condition.conditions[2].count`; list positions count from 1."""
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else step
    return text
