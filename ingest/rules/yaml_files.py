"""A YAML file as plain values, safely: YAML 1.2's plain types and exact decimals only.

What YAML 1.1 guesses is not guessed here: `no` and `on` are text, `010` is no octal, 2026-12-25 is
text until a field asks for a date, and 0.1 is a Decimal. Aliases are refused: a small file of
them can unfold to gigabytes, and an entry that says everything itself is easier to read.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import yaml

from ingest.rules.problems import Problem

_TAG = "tag:yaml.org,2002:"


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with YAML 1.2's plain types, and no aliases."""

    def compose_node(self, parent, index):  # type: ignore[no-untyped-def]
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.composer.ComposerError(
                None, None, f"the alias *{event.anchor}", event.start_mark
            )
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {}
_PLAIN_SCALARS = {
    # 18 digits are more than any field takes; what is longer stays text and is refused there.
    "int": (r"[-+]?(?:0|[1-9][0-9]{0,17})", "-+0123456789"),
    "float": (r"[-+]?(?:0|[1-9][0-9]{0,17})?\.[0-9]{1,18}", "-+.0123456789"),
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
}
for _kind, (_pattern, _first) in _PLAIN_SCALARS.items():
    _Loader.add_implicit_resolver(_TAG + _kind, re.compile(f"^(?:{_pattern})$"), list(_first))


class NotRead(Exception):
    """The file cannot be read as YAML; the problem says where and why."""

    def __init__(self, place: str, found: str, allowed: str) -> None:
        self.problem = Problem(place, "", found, allowed)


#: Where a value stands in a file: positions in lists (from 0) and keys.
Location = tuple[int | str, ...]


def read(file: Path) -> tuple[object, list[tuple[Location, int]]]:
    """The file's content and the keys written twice, as (path, line) of the repetition.

    Raises:
        NotRead: no such file, not UTF-8, not YAML (with the line), or a YAML feature that packs
            do without: several documents, aliases, tags.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise NotRead(file.name, "bytes that are not UTF-8", "a text file in UTF-8") from None
    except OSError as error:
        found = "no such file" if isinstance(error, FileNotFoundError) else str(error.strerror)
        raise NotRead(file.name, found, "a YAML file with this name") from None
    repeated: list[tuple[Location, int]] = []
    try:
        root = yaml.compose(text, Loader=_Loader)
        return (None if root is None else _plain(root, (), repeated)), repeated
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{file.name}, line {mark.line + 1}" if mark else file.name
        found = re.sub(r"^(but )?(found )?", "", error.problem or "no YAML")
        raise NotRead(place, found, "plain YAML without aliases and tags") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise NotRead(
            f"{file.name}, line {line}", "a character that YAML does not know", "printable text"
        ) from None
    except RecursionError:
        raise NotRead(file.name, "lists or mappings nested hundreds deep", "plain YAML") from None


def _plain(node: yaml.Node, path: Location, repeated: list[tuple[Location, int]]) -> object:
    if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
        return [_plain(part, (*path, i), repeated) for i, part in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
        mapping: dict[str, object] = {}
        for key, part in _keys(node):
            if key in mapping:
                repeated.append(((*path, key), part.start_mark.line + 1))
            mapping[key] = _plain(part, (*path, key), repeated)
        return mapping
    if isinstance(node, yaml.ScalarNode):
        value = _scalar(node)
        if value is not NotImplemented:
            return value
    raise yaml.constructor.ConstructorError(
        None, None, f"the tag {node.tag.replace(_TAG, '!!')}", node.start_mark
    )


def _keys(node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node]]:
    for key, part in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(
                None, None, "a list or mapping where a field's name belongs", key.start_mark
            )
        yield key.value, part


def _scalar(node: yaml.ScalarNode) -> object:
    kind, text = node.tag.removeprefix(_TAG), node.value
    if kind == "str":
        return text
    # A tag that somebody wrote out (`!!int yes`) does not make the text a number.
    if kind not in _PLAIN_SCALARS or not re.fullmatch(_PLAIN_SCALARS[kind][0], text):
        return NotImplemented
    if kind == "int":
        return int(text)
    if kind == "float":
        return Decimal(text)
    return text.lower() == "true" if kind == "bool" else None
