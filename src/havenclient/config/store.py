"""`config.toml`: reading it with overrides, and changing one value without losing comments.

Reading is lenient (a bad value is reported and the default holds), writing is strict. Files are
read with tomllib; tomlkit, which keeps a person's comments, is loaded only to write.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from havenclient.config.schema import Field, Settings, Value, fields, find
from havenclient.errors import StorageError, UsageError
from havenclient.paths import replace_file

MAX_FILE = 256 * 1024
_HEAD = "Haven's settings. `haven config list` explains each; nothing secret belongs here."


def load(path: Path, env: Mapping[str, str]) -> Settings:
    """Defaults, then the file, then the environment. Never raises for what a person wrote."""
    problems: list[str] = []
    tables = _read(path, problems)
    known = {one.key for one in fields()}
    values: dict[str, dict[str, Value]] = {}
    for one in fields():
        table = tables.get(one.section, {})
        chosen: Value = one.default
        if isinstance(table, dict) and one.name in table:
            chosen = _or_default(one, lambda one=one, t=table: one.check(t[one.name]), problems)
        if one.variable in env:
            chosen = _or_default(
                one, lambda one=one: one.parse(env[one.variable]), problems, one.variable
            )
        values.setdefault(one.section, {})[one.name] = chosen
    for section, table in tables.items():
        names = [f"{section}.{name}" for name in table] if isinstance(table, dict) else [section]
        problems += [f"{name} is no setting" for name in names if name not in known]
    if env.get("HAVEN_REDUCED_MOTION", "") not in ("", "0"):
        values["look"]["reduced_motion"] = True
    base = Settings()
    sections: dict[str, Any] = {
        name: dataclasses.replace(getattr(base, name), **given) for name, given in values.items()
    }
    return dataclasses.replace(base, **sections, problems=tuple(p[:200] for p in problems))


def _read(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_FILE + 1)
        if len(raw) > MAX_FILE:
            problems.append("the settings file is too large and was not read")
            return {}
        return tomllib.loads(raw.decode("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        problems.append("the settings file is not valid TOML and was not read")
    except OSError:
        problems.append("the settings file can't be read")
    return {}


def _or_default(one: Field, make: Any, problems: list[str], where: str = "") -> Value:
    try:
        value: Value = make()
        return value
    except UsageError as bad:
        problems.append(f"{where}: {bad.message}" if where else bad.message)
        return one.default


def set_value(path: Path, key: str, text: str) -> Value:
    """Write one setting into the file, keeping everything else of it. Returns the value."""
    one = find(key)
    value = one.parse(text)
    if one.moved:
        raise UsageError(
            "that is a limit of your own: it is kept in the vault, not in a plain file",
            f"`haven care limits {one.moved} {text.strip() or 'none'}` sets it",
        )
    document = _document(path)
    table = document.setdefault(one.section, _table())
    if not isinstance(table, dict):
        raise UsageError(f"{one.section} in the settings file is not a section")
    table[one.name] = value
    _save(path, document)
    return value


def unset_value(path: Path, key: str) -> Value:
    """Take one setting out of the file, so that the default holds again. Returns the default."""
    one = find(key)
    document = _document(path)
    table = document.get(one.section)
    if isinstance(table, dict) and one.name in table:
        del table[one.name]
        if not table:
            del document[one.section]
        _save(path, document)
    return one.default


def _table() -> Any:
    import tomlkit

    return tomlkit.table()


def _document(path: Path) -> Any:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(path.read_text("utf-8"))
    except FileNotFoundError:
        fresh = tomlkit.document()
        fresh.add(tomlkit.comment(_HEAD))
        return fresh
    except (TOMLKitError, UnicodeDecodeError) as bad:
        raise UsageError(
            "the settings file is not valid TOML", "`haven config edit` opens it"
        ) from bad
    except OSError as bad:
        raise StorageError("the settings file can't be read") from bad


def _save(path: Path, document: Any) -> None:
    import tomlkit

    try:
        replace_file(path, tomlkit.dumps(document).encode("utf-8"))
    except OSError as bad:
        raise StorageError(
            "the settings could not be saved", bad.strerror or "is there room on the disk?"
        ) from bad


def template(settings: Settings) -> str:
    """A whole config.toml with every setting, its sentence and its value in force."""
    lines = [f"# {_HEAD}"]
    section = ""
    for one in fields():
        value = settings.get(one.key)
        if one.moved and value == one.default:
            continue
        if one.section != section:
            section = one.section
            lines += ["", f"[{section}]"]
        lines.append(f"# {one.sentence} ({one.allowed})")
        mark = "# " if value == one.default else ""
        lines.append(f"{mark}{one.name} = {toml_value(value)}")
    return "\n".join(lines) + "\n"


def toml_value(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def json_schema() -> dict[str, object]:
    """The settings as JSON Schema (2020-12), for editors and scripts."""
    sections: dict[str, dict[str, Any]] = {}
    for one in fields():
        rule: dict[str, object] = {"description": one.sentence, "default": one.default}
        rule["type"] = {"switch": "boolean", "number": "integer"}.get(one.kind, "string")
        if one.choices:
            rule["enum"] = list(one.choices)
        if one.low is not None:
            rule["minimum"] = one.low
        if one.high is not None:
            rule["maximum"] = one.high
        if one.pattern:
            rule["pattern"] = f"^({one.pattern})$"
        part = sections.setdefault(
            one.section, {"type": "object", "additionalProperties": False, "properties": {}}
        )
        part["properties"][one.name] = rule
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Haven's settings",
        "type": "object",
        "additionalProperties": False,
        "properties": sections,
    }
