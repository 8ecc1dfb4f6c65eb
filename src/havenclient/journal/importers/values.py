"""JSON and YAML from strangers: parsed with caps, read with small typed helpers.

Never lets a `RecursionError`, a giant integer or an alias bomb out: all of it is `InputRejected`.
YAML is read by the base loader only, which makes nothing but text, lists and maps: no dates that
fail at the 31st of February, no `12:30` that turns into 750, no objects.
"""

from __future__ import annotations

import json
from typing import TypeGuard

import yaml

from havenclient.errors import InputRejected
from havenclient.journal.importers.limits import (
    MAX_DEPTH,
    MAX_NODES,
    MAX_YAML,
    MAX_YAML_ALIASES,
)

_LOADER: type[yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_NULL = ("", "~", "null", "Null", "NULL")


def is_map(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def parse_json(text: str, what: str = "the file") -> object:
    """The value of a JSON text; numbers beyond Python's digit limit and deep nesting refused."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        raise InputRejected(f"{what} isn't readable JSON") from None
    return value


def parse_yaml(text: str) -> object:
    """The value of one YAML document, made of `str`, `list`, `dict` only."""
    if len(text) > MAX_YAML:
        raise InputRejected("a YAML block is too large")
    try:
        # The loader works recursively; counting events first keeps depth and aliases in bounds.
        depth = aliases = 0
        for nodes, event in enumerate(yaml.parse(text, Loader=_LOADER)):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            elif isinstance(event, yaml.AliasEvent):
                aliases += 1
            if depth > MAX_DEPTH or aliases > MAX_YAML_ALIASES or nodes > MAX_NODES:
                raise InputRejected("a YAML block is nested or repeated too deeply")
        value: object = yaml.load(text, Loader=_LOADER)  # noqa: S506 (base: text only)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, AttributeError):
        raise InputRejected("a YAML block can't be read") from None
    _bounded(value)
    return value


def _bounded(value: object) -> None:
    """Refuse what aliases blow up when they are followed, and loops."""
    count = 0
    stack: list[tuple[object, int]] = [(value, 0)]
    while stack:
        item, depth = stack.pop()
        count += 1
        if count > MAX_NODES or depth > 4 * MAX_DEPTH:
            raise InputRejected("a YAML block is nested or repeated too deeply")
        if isinstance(item, dict):
            stack.extend((child, depth + 1) for child in item.values())
        elif isinstance(item, list):
            stack.extend((child, depth + 1) for child in item)


def text_of(value: object) -> str:
    """A string value, or "" for anything else."""
    return value if isinstance(value, str) else ""


def yaml_text(value: object) -> str:
    """A YAML scalar as text; the ways to write "nothing" give ""."""
    return "" if not isinstance(value, str) or value in _NULL else value


def list_of(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def map_of(value: object) -> dict[str, object]:
    return value if is_map(value) else {}


def number_of(value: object) -> float | None:
    """A finite number of sane size, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if value != value or not -1e18 < value < 1e18:
        return None
    return float(value)


def compact(value: object) -> str:
    """The source record as one JSON text, for `ImportedEntry.raw`."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    except (ValueError, RecursionError, TypeError):
        return ""
