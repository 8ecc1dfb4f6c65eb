"""What the library's screens share: questions to care in a job thread, and the origin's lines.

Pages and exercises work without a vault; whatever a person keeps asks through `ask_care` and is
only shown while the journal is open and not covered.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from rich.console import Group
from rich.table import Table
from rich.text import Text

from havenclient.care.library import Origin
from havenclient.ui.screens.base import HavenScreen
from havenclient.ui.styles import style

if TYPE_CHECKING:
    from havenclient.care.service import Care
    from havenclient.ui.haven import Haven

T = TypeVar("T")
_numbers = itertools.count()
LOCKED = "This part is in the journal. Unlock it first; everything else here works."


def ask_care(haven: Haven, question: Callable[[Care], T], done: Callable[[T], None]) -> None:
    """Ask care something in a thread; `done` gets the answer if the journal is still open."""
    from havenclient.care.boundaries import beginning
    from havenclient.care.service import Care

    session, clock = haven.session, haven.launch.clock
    if session is None:
        return
    begins = beginning(haven.settings.boundaries)
    haven.jobs.start(
        lambda _: session.ask_vault(lambda vault: question(Care(vault.db, clock, begins))),
        done,
        group=f"care {next(_numbers)}",
        failed=haven.say_error,
    )


def hung(text: str) -> Group:
    """Lines as they are, save that what wraps stays behind its number or its indent."""
    parts: list[Text | Table] = []
    for line in text.split("\n"):
        head = re.match(r"\d+\.? +|(?:\s+)(?=\S)", line)
        if head is None:
            parts.append(Text(line))
            continue
        row = Table.grid()
        row.add_column(no_wrap=True)
        row.add_column(ratio=1)
        row.add_row(Text(head[0]), Text(line[head.end() :]))
        parts.append(row)
    return Group(*parts)


class CareScreen(HavenScreen):
    HEADING = "Library"

    def care(self, question: Callable[[Care], T], done: Callable[[T], None]) -> None:
        def still_here(answer: T) -> None:
            if self.is_attached:
                done(answer)

        ask_care(self.haven, question, still_here)

    def origin_text(self, origin: Origin) -> Text:
        return Text("\n".join(origin.lines()), style(self, "quiet"))

    def action_back(self) -> None:
        self.app.pop_screen()
