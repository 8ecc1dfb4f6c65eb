"""The one schema of settings: every setting, its default, its limits and its sentence.

The dataclasses below are the schema. From them come `config.toml`, the environment overrides, the
`haven config` commands, the man page and the TUI's Settings screen; nothing lists settings twice.
Never here: reading or writing files, or any secret. Settings are plain text on disk.

To add a setting, add a field. To add a section, add a dataclass and a field of `Settings`.
"""

# ruff: noqa: FBT003 - the default stands first in each setting's line, switches too

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from havenclient.errors import UsageError

Value = bool | int | str

_RULE = "haven"
_TIMES = r"|([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d"


@dataclass(frozen=True, slots=True)
class Field:
    """One setting as the front ends see it."""

    key: str
    """"section.name", as in `haven config set`."""
    default: Value
    sentence: str
    """What it does, for a person; one sentence with a full stop."""
    choices: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    """Inclusive limits of a number."""
    pattern: str = ""
    """A regular expression that the whole text must match."""
    example: str = ""
    moved: str = ""
    """A limit of the person's own that is kept in the vault now (docs/decisions/0050). What stands
    in the file or the environment is where that limit begins; it is changed in the vault only."""

    @property
    def section(self) -> str:
        return self.key.partition(".")[0]

    @property
    def name(self) -> str:
        return self.key.partition(".")[2]

    @property
    def kind(self) -> str:
        """switch, number, choice or text."""
        if isinstance(self.default, bool):
            return "switch"
        if isinstance(self.default, int):
            return "number"
        return "choice" if self.choices else "text"

    @property
    def variable(self) -> str:
        """The environment variable that overrides it."""
        return f"HAVEN_{self.section}_{self.name}".upper()

    @property
    def allowed(self) -> str:
        """What may be given, in words."""
        match self.kind:
            case "switch":
                return "true or false"
            case "number":
                return f"a number from {self.low} to {self.high}"
            case "choice":
                return "one of " + ", ".join(self.choices)
            case _:
                return f"text like {self.example}" if self.example else "text"

    def check(self, value: object) -> Value:
        """`value` if it is of the right type and within the limits, else UsageError."""
        good = type(value) is type(self.default)
        if good and isinstance(value, str):
            if self.choices:
                good = value in self.choices
            elif self.pattern:
                good = re.fullmatch(self.pattern, value) is not None
            good = good and value.isprintable() and len(value) <= 1000
        elif good and self.kind == "number":
            assert isinstance(value, int)
            good = (self.low or 0) <= value <= (self.high if self.high is not None else value)
        if not good:
            raise UsageError(f"{self.key} takes {self.allowed}")
        assert isinstance(value, bool | int | str)
        return value

    def parse(self, text: str) -> Value:
        """What a person typed (command line, environment, a field on the screen)."""
        text = text.strip()
        if self.kind == "switch":
            words = {"true": True, "on": True, "yes": True, "1": True}
            words |= {"false": False, "off": False, "no": False, "0": False}
            return self.check(words.get(text.casefold()))
        if self.kind == "number":
            return self.check(int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None)
        return self.check(text)


def _set(default: Value, sentence: str, **limits: Any) -> Any:
    return field(default=default, metadata={_RULE: {"sentence": sentence, **limits}})


@dataclass(frozen=True, slots=True)
class Look:
    theme: str = _set(
        "haven-dusk",
        "The colours.",
        choices=("haven-dusk", "haven-dawn", "ansi-dark", "ansi-light"),
    )
    reduced_motion: bool = _set(False, "Nothing moves: no animation, spinner or blinking.")
    mouse: bool = _set(True, "The mouse works too; nothing needs it.")
    week_starts: str = _set("monday", "First day of a week.", choices=("monday", "sunday"))
    show_notes: bool = _set(False, "Show entries with a content note without asking.")
    circles: bool = _set(
        True, "The room for circles; without it the journal is alone and no relay is asked."
    )


@dataclass(frozen=True, slots=True)
class Locking:
    cover_on_blur: bool = _set(True, "Cover the screen when the window loses focus.")
    cover_after_seconds: int = _set(
        120, "Cover after so many seconds without a key; 0 is never.", low=0, high=86_400
    )
    lock_after_minutes: int = _set(
        10, "Lock after so many minutes without a key.", low=1, high=1_440
    )
    agent_minutes: int = _set(
        0,
        "How long `haven unlock` may keep the vault open for scripts; 0 switches it off.",
        low=0,
        high=60,
    )
    use_keyring: bool = _set(
        False, "Open with the key in the system's keyring (`haven key keyring` puts it there)."
    )


@dataclass(frozen=True, slots=True)
class Writing:
    default_journal: str = _set("journal", "The journal that new entries go to.", pattern=".{1,64}")
    autosave_seconds: int = _set(5, "Save the draft every so many seconds.", low=1, high=60)
    external_editor: bool = _set(
        False, "Allow another program as editor; it may keep copies that Haven can't see."
    )
    editor: str = _set("", "That program; empty takes VISUAL or EDITOR.", example="nano")
    prompts: bool = _set(True, "Offer a question to begin with.")


@dataclass(frozen=True, slots=True)
class Boundaries:
    """How lines behave on this computer. The limits themselves lie in the vault, for what a person
    limits says something about her and this file is plain text; three of them once stood here."""

    session_minutes: int = _set(
        0,
        "Minutes planned for a visit; 0 is no plan.",
        low=0,
        high=600,
        moved="visit",
    )
    when_over: str = _set(
        "line", "What happens when a visit's minutes are over.", choices=("line", "once", "nothing")
    )
    quiet_hours: str = _set(
        "own",
        "Hours in which circles wait; own is what stands among your limits.",
        pattern=r"|own" + _TIMES,
        example="22:00-07:00",
        moved="quiet_hours",
    )
    circle_minutes_per_day: int = _set(
        0,
        "Minutes a day for circles; 0 is no limit.",
        low=0,
        high=1_440,
        moved="reading_cap",
    )
    new_messages: str = _set(
        "wait", "New messages while you write.", choices=("wait", "number", "toast")
    )
    low_mood_line: bool = _set(
        True, "A quiet line with a way to company or ideas after several low days."
    )
    low_mood_days: int = _set(4, "After so many of 14 days at 2 or lower.", low=1, high=14)


@dataclass(frozen=True, slots=True)
class Clipboard:
    allow: bool = _set(False, "Copying an entry may hand it to the terminal's clipboard.")
    clear_after_seconds: int = _set(45, "Overwrite it after so many seconds.", low=5, high=600)


@dataclass(frozen=True, slots=True)
class Safety:
    country: str = _set(
        "",
        "Two letters of the country whose help lines come first; empty shows no country.",
        pattern=r"|[A-Z]{2}",
        example="GB",
    )


@dataclass(frozen=True, slots=True)
class Keys:
    keymap: str = _set("", "A TOML file with your own keys; empty is none.", example="keymap.toml")


@dataclass(frozen=True, slots=True)
class Settings:
    """All values in force. Frozen; a change makes a new one."""

    look: Look = Look()
    locking: Locking = Locking()
    writing: Writing = Writing()
    boundaries: Boundaries = Boundaries()
    clipboard: Clipboard = Clipboard()
    safety: Safety = Safety()
    keys: Keys = Keys()
    problems: tuple[str, ...] = ()
    """What in the file or environment could not be understood, as sentences. The default holds
    there: a typing mistake in a file must never stand between a person and F2."""

    def get(self, key: str) -> Value:
        """Value by "section.name"; UsageError if there is no such setting."""
        found = find(key)
        value: Value = getattr(getattr(self, found.section), found.name)
        return value

    def replacing(self, key: str, value: Value) -> Settings:
        found = find(key)
        section = getattr(self, found.section)
        changed = dataclasses.replace(section, **{found.name: found.check(value)})
        return dataclasses.replace(self, **{found.section: changed})


@cache
def fields() -> tuple[Field, ...]:
    """Every setting, in the order of the file."""
    out = []
    for section in dataclasses.fields(Settings):
        if section.name == "problems":
            continue
        for one in dataclasses.fields(section.default):  # type: ignore[arg-type]
            default: Any = one.default
            out.append(Field(f"{section.name}.{one.name}", default, **one.metadata[_RULE]))
    return tuple(out)


def find(key: str) -> Field:
    """The setting named `key`; UsageError with a nearby name otherwise."""
    wanted = key.strip().lower().replace("-", "_")
    for one in fields():
        if one.key == wanted:
            return one
    from difflib import get_close_matches

    near = get_close_matches(wanted, [one.key for one in fields()], 1, 0.5)
    near = near or [one.key for one in fields() if one.name == wanted]
    hint = f"did you mean {near[0]}?" if near else "`haven config list` shows all settings"
    raise UsageError("there is no setting of that name", hint)
