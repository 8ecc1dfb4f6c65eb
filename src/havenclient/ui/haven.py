"""What a screen may ask of the App that it stands in. `HavenApp` is the one that answers.

Screens know this and not the App, so that arrows run one way: the App makes screens, screens ask.
What is not here (widgets of other screens, modes, the vault) no screen needs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from havenclient.errors import HavenError
from havenclient.ui.guard import Guard
from havenclient.ui.jobs import Jobs, JobWork, Speaker
from havenclient.ui.launch import Launch
from havenclient.ui.session import Session

if TYPE_CHECKING:
    from havenclient.config import Settings
    from havenclient.journal import Journal

T = TypeVar("T")


class Haven(Speaker, Protocol):
    launch: Launch
    settings: Settings
    jobs: Jobs
    guard: Guard
    wanted_entry: str | None
    """The entry that the Journal room should open when it is entered."""
    wanted_search: str | None

    @property
    def may_show(self) -> bool:
        """Whether anything of the vault may be on the screen: open, not covered."""
        ...

    # --- work beside the screen, one sentence at a time (workbench.py) ----------------------------

    def ask(
        self,
        question: Callable[[Journal], T],
        done: Callable[[T], None],
        *,
        group: str,
        failed: Callable[[HavenError], None] | None = None,
    ) -> None: ...
    def work(
        self,
        verb: str,
        run: Callable[[Session, JobWork], T],
        done: Callable[[T], None],
        *,
        failed: Callable[[HavenError], None] | None = None,
    ) -> None: ...
    def stop_work(self) -> bool: ...
    def say(self, sentence: str, keys: str = "") -> None: ...
    def lend_terminal(self, run: Callable[[], T]) -> T: ...
    def copy_to_clipboard(self, text: str) -> None: ...

    # --- around (keeper.py, app.py) ---------------------------------------------------------------

    def call_later(self, callback: Callable[..., object], *args: object) -> bool: ...
    def opened(self, session: Session) -> None: ...
    def cover(self) -> None: ...
    def entries_changed(self) -> None: ...
    def tell_screens(self, what: str, *facts: object) -> None: ...
    def change_settings(self, settings: Settings) -> None: ...
    def show_entry(self, entry_id: str) -> None: ...
    def search_for(self, text: str) -> None: ...
    def action_go(self, name: str) -> None: ...
    def action_settings(self, page: str = "") -> None: ...
    def action_safety(self) -> None: ...
    def action_library(self) -> None: ...
    def action_too_much(self) -> None: ...
    def action_help(self) -> None: ...
    def action_cover(self) -> None: ...
    def action_lock(self) -> None: ...
    def action_leave(self) -> None: ...
