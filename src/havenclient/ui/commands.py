"""What the command palette offers. No screenshot (it would write decrypted text to a file)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from textual.app import SystemCommand
from textual.screen import Screen

from havenclient.ui import rooms
from havenclient.ui.flows import begin
from havenclient.ui.screens.base import HavenScreen

if TYPE_CHECKING:
    from havenclient.ui.haven import Haven


_PAGES = (
    ("Import a journal", "jrnl, Day One, Markdown and others (Settings, Files)", "files"),
    ("Export or back up", "Settings, Files", "files"),
    ("Snapshots", "Copies kept by Haven (Settings, Files)", "files"),
    ("Passphrase and keys", "Change, test, renew (Settings)", "passphrase"),
)


def offered(app: Haven, screen: Screen[Any]) -> Iterator[SystemCommand]:
    for room in rooms.shown(circles=app.settings.look.circles):
        yield SystemCommand(
            f"Go to {room.label}", "A room of Haven", lambda name=room.name: app.action_go(name)
        )
    own = getattr(screen, "palette", None)
    if own is not None:
        for title, about, act in own():
            yield SystemCommand(title, about, act)
    for title, about, page in _PAGES:
        yield SystemCommand(title, about, lambda page=page: app.action_settings(page))
    if isinstance(screen, HavenScreen):
        from havenclient.ui.screens.journals_page import journals

        yield SystemCommand(
            "Journals", "Make, rename, hide, write into", lambda: begin(screen, journals)
        )
    yield SystemCommand("Settings", "Look, locking, writing, keys, files", app.action_settings)
    yield SystemCommand("Safety", "Help lines, hiding, traces (F2)", app.action_safety)
    yield SystemCommand(
        "Library", "Exercises, checks, pages, my plan (F2, then l)", app.action_library
    )
    yield SystemCommand("Too much", "Half a minute of grounding (F8)", app.action_too_much)
    yield SystemCommand("Cover", "Hide the screen; enter comes back (F9)", app.action_cover)
    yield SystemCommand("Lock", "Forget the keys (ctrl+l)", app.action_lock)
    yield SystemCommand("Help", "About the focused thing, and all keys (F1)", app.action_help)
    yield SystemCommand("Quit", "Drafts are kept (ctrl+q)", app.action_leave)
