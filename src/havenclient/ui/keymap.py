"""Every key of Haven in one table, and the person's own keymap over it.

A keymap file is TOML: `[keys]` with `binding-id = "key"` or `"key,other key"`. It may move any
key. It may not leave Safety, Lock or Cover without one, nor give their keys to something else:
those three are promises (they work on every screen), so such a file is refused as a whole and the
built-in keys stay.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

from textual.binding import Binding

from havenclient.errors import UsageError

PROMISED = ("safety", "cover", "lock")

# App bindings. Priority ones also work inside modals and while a text field has the focus.
GLOBAL: tuple[Binding, ...] = (
    Binding("f2", "safety", "Safety", id="safety", priority=True, show=False),
    Binding("f8", "too_much", "Too much", id="too-much", priority=True, show=False),
    Binding("f9", "cover", "Cover", id="cover", priority=True),
    Binding("ctrl+l", "lock", "Lock", id="lock", priority=True),
    Binding("ctrl+q", "leave", "Quit", id="quit", priority=True, show=False),
    Binding(
        "ctrl+z", "hide_and_suspend", "Cover and suspend", id="suspend", priority=True, show=False
    ),
    # Priority: what is typed behind a tab belongs to the next field, also where a slow line hands
    # both over at once; otherwise a name would get the words of the field after it.
    Binding("tab", "focus_next", "Next", priority=True, show=False),
    Binding("shift+tab", "focus_previous", "Previous", priority=True, show=False),
    Binding("f1,question_mark", "help", "Help", id="help", show=False),
    Binding("ctrl+p", "palette", "Palette", id="palette", show=False),
    Binding("f3,1", "go('today')", "Today", id="go.today", show=False),
    Binding("f4,2", "go('journal')", "Journal", id="go.journal", show=False),
    Binding("f5,3", "go('circles')", "Circles", id="go.circles", show=False),
    Binding("f6,4", "go('insights')", "Insights", id="go.insights", show=False),
    Binding("f10", "settings", "Settings", id="settings", show=False),
    Binding("ctrl+o", "jump", "Jump", id="jump"),
    Binding("ctrl+c", "nothing", "Copy", id="copy", show=False, system=True),
)

_SHORT = {
    "escape": "esc",
    "question_mark": "?",
    "slash": "/",
    "underscore": "_",
    "delete": "del",
    "backspace": "⌫",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "plus": "+",
    "exclamation_mark": "!",
    "minus": "-",
    "full_stop": ".",
    "pageup": "pgup",
    "pagedown": "pgdn",
}


def shown(key: str) -> str:
    """A key as the footer and the help write it: `ctrl+s` is `^s`, `f2` is `F2`."""
    if key.startswith("ctrl+"):
        return "^" + shown(key[5:])
    if len(key) in (2, 3) and key[0] == "f" and key[1:].isdigit():
        return key.upper()
    if key.startswith("shift+") and len(key) == 7:
        return key[-1].upper()
    return _SHORT.get(key, key)


def known_ids() -> frozenset[str]:
    """Ids of every binding of Haven, gathered from its screens and widgets (imports them all)."""
    import importlib
    import pkgutil

    from textual.dom import DOMNode

    from havenclient.ui import screens, widgets

    found = {binding.id for binding in GLOBAL}
    for package in (screens, widgets):
        for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            for thing in vars(importlib.import_module(info.name)).values():
                if isinstance(thing, type) and issubclass(thing, DOMNode):
                    found |= {b.id for b in thing.BINDINGS if isinstance(b, Binding)}
    return frozenset(name for name in found if name)


def load(path: Path, known: frozenset[str]) -> dict[str, str]:
    """The person's keymap: binding id to keys. `UsageError` says what is wrong, in one sentence."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            "the keymap file can't be read", "it is TOML with a [keys] table"
        ) from error
    table = raw.get("keys", {})
    if not isinstance(table, dict):
        raise UsageError("the keymap file needs a [keys] table")
    keymap: dict[str, str] = {}
    for name, keys in table.items():
        if name not in known:
            raise UsageError(f"the keymap names {name!r}, which is no key of Haven")
        if not isinstance(keys, str):
            raise UsageError(f"the keymap's {name} must be text like 'ctrl+s'")
        keymap[name] = ",".join(part.strip() for part in keys.split(",") if part.strip())
    check(keymap)
    return keymap


def check(keymap: dict[str, str]) -> None:
    """Refuse a keymap that takes Safety, Cover or Lock away (also by giving their key away)."""
    keys_of = {binding.id: binding.key for binding in GLOBAL if binding.id}
    for name in PROMISED:
        if name in keymap and not keymap[name]:
            raise UsageError(
                f"the keymap leaves {name} without a key",
                "Safety, Cover and Lock must work on every screen",
            )
    merged = {**keys_of, **keymap}
    promised = {key for name in PROMISED for key in merged[name].split(",")}
    taken = Counter(key for name in PROMISED for key in merged[name].split(","))
    for name, keys in merged.items():
        for key in keys.split(","):
            if key in promised and (name not in PROMISED or taken[key] > 1):
                raise UsageError(
                    f"the keymap gives {key} to {name}, but it is a promised key",
                    "Safety, Cover and Lock must work on every screen",
                )
            if name in PROMISED and len(key) == 1:
                raise UsageError(
                    f"the keymap puts {name} on {key!r}, which is needed for writing",
                    "choose a function key or a key with ctrl",
                )
