"""The lock screen: a passphrase, another way in, and help that needs no unlocking."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Center, Vertical
from textual.widgets import Input, Static

from havenclient.errors import HavenError, WrongPassphrase
from havenclient.paths import typed_path
from havenclient.ui import session as sessions
from havenclient.ui.jobs import JobWork
from havenclient.ui.screens.base import HavenScreen
from havenclient.ui.session import Session
from havenclient.ui.styles import style
from havenclient.ui.widgets.bars import KeyBar
from havenclient.ui.widgets.dialogs import AskLine
from havenclient.ui.widgets.keywork import KeyWork
from havenclient.vault.work import Stopped

WRONG = "That passphrase did not open the journal.\nIs Caps Lock on?   F7 shows what you typed"


class UnlockScreen(HavenScreen):
    LEFT = (("enter", "Unlock"), ("ctrl+q", "Quit"))
    RIGHT = (("f2", "Safety"), ("f1", "Help"))
    HELP = (
        "Type your passphrase and press enter. It is turned into a key on this computer; that "
        "takes about a second on purpose, so that guessing is slow.\n"
        "F5 takes the recovery code instead. Nobody can reset a passphrase for you."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "unlock", "Unlock", id="unlock.go"),
        Binding("f7", "reveal", "Show typed", id="unlock.reveal"),
        Binding("f4", "other", "Other journal", id="unlock.other", show=False),
        Binding("f5", "recovery", "Recovery code", id="unlock.recovery", show=False),
        Binding("f6", "new", "New journal", id="unlock.new", show=False),
        Binding("escape", "stop", "Stop", show=False, id="unlock.stop"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._work: JobWork | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="unlock-page"):
            yield Static(".  h a v e n  .", id="unlock-name")
            yield Static("A quiet place on this computer. Nothing is sent.", id="unlock-motto")
            with Center(), Vertical(classes="panel", id="unlock-box") as box:
                box.border_title = "Passphrase"
                box.border_subtitle = "enter to unlock"
                yield Input(password=True, id="passphrase")
            yield KeyWork()
            yield Static("", id="unlock-said", markup=False)
            yield Static("", id="unlock-where", markup=False)
            yield Static(self._ways(), id="unlock-ways")
            yield Static(
                "If you are in danger or need someone now, press F2.\nNo unlock is needed.",
                id="unlock-safety",
                markup=False,
            )
        yield KeyBar(self.RIGHT, self.LEFT)

    def on_mount(self) -> None:
        self.query_one("#unlock-ways", Static).update(self._ways())
        launch = self.haven.launch
        if launch.paths.root != launch.places.vault:
            self.query_one("#unlock-where", Static).update(f"journal: {launch.paths.root.name}")
        if launch.locked:
            self._say("Locked. The keys and your words are gone from memory.")
        self.query_one(Input).focus()

    def _ways(self) -> Text:
        lamp, quiet = style(self, "lamp", bold=True), style(self, "quiet")
        line = Text(justify="center")
        for key, word in (("F4", "other journal"), ("F5", "recovery code"), ("F6", "new journal")):
            line.append("    " if line else "").append(key, lamp).append(f" {word}", quiet)
        return line

    def _say(self, text: str) -> None:
        self.query_one("#unlock-said", Static).update(text)

    # --- trying ----------------------------------------------------------------------------------

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_unlock()

    def action_unlock(self) -> None:
        typed = self.query_one(Input).value
        if typed and self._work is None:
            launch = self.haven.launch
            self._try(lambda work: sessions.open_with_passphrase(launch, typed, work))

    def _try(self, opening: sessions.Opening) -> None:
        self._say("")
        key_work = self.query_one(KeyWork)
        key_work.begin(sessions.expected_seconds(self.haven.launch))

        def run(work: JobWork) -> Session:
            began = self.haven.launch.clock.monotonic()
            opened = opening(work)
            if work.stop.is_set():  # stopped while the key was made, which has no steps
                opened.close([])
                raise Stopped
            sessions.remember_seconds(
                self.haven.launch, self.haven.launch.clock.monotonic() - began
            )
            return opened

        self._work = self.haven.jobs.start(
            run, self._opened, failed=self._failed, group="unlock", needs_session=False
        )

    def _opened(self, opened: Session) -> None:
        self._work = None
        self.query_one(Input).value = ""
        self.haven.opened(opened)

    def _failed(self, error: HavenError) -> None:
        self._work = None
        self.query_one(KeyWork).end()
        if isinstance(error, WrongPassphrase):
            self._say(WRONG)
            self.query_one(Input).select_all()  # the next try replaces it; F7 can still show it
        elif not isinstance(error, Stopped):
            self._say(
                "\n".join([error.message[:1].upper() + error.message[1:] + ".", *error.hints])
            )
        field = self.query_one(Input)
        field.focus()

    def action_stop(self) -> None:
        if self._work is not None:
            self._work.stop.set()
            self._say("Stopping.")

    def action_reveal(self) -> None:
        field = self.query_one(Input)
        field.password = not field.password

    def on_app_blur(self) -> None:
        with suppress(Exception):
            self.query_one(Input).password = True

    # --- other ways ------------------------------------------------------------------------------

    def action_recovery(self) -> None:
        if self._work is not None:
            return
        self.app.push_screen(
            AskLine(
                "Recovery code",
                "Type the eight groups from your paper. Spaces, dashes and small letters are fine.",
                placeholder="XXXXX XXXXX …",
            ),
            self._recover,
        )

    def _recover(self, code: str | None) -> None:
        if code and code.strip():
            launch = self.haven.launch
            self._try(lambda work: sessions.open_with_recovery(launch, code, work))

    def action_other(self) -> None:
        self._ask_folder("Other journal", "The folder of the journal to open:", self._open_other)

    def action_new(self) -> None:
        self._ask_folder(
            "New journal", "A folder for the new journal (it may not exist yet):", self._begin_new
        )

    def _ask_folder(self, title: str, text: str, then: sessions.Then) -> None:
        if self._work is None:
            beside = str(self.haven.launch.paths.root.parent) + "/"
            self.app.push_screen(AskLine(title, text, value=beside), then)

    def _open_other(self, folder: str | None) -> None:
        if folder is None or not self._point_at(folder):
            return
        if sessions.has_vault(self.haven.launch):
            self._say(f"journal: {self.haven.launch.paths.root.name}")
        else:
            self._say("There is no journal in that folder.   F6 begins a new one")

    def _begin_new(self, folder: str | None) -> None:
        if folder is None or not self._point_at(folder):
            return
        if sessions.has_vault(self.haven.launch):
            self._say("There is a journal in that folder already. Its passphrase opens it.")
        else:
            from havenclient.ui.screens.onboarding import OnboardingScreen

            self.app.switch_screen(OnboardingScreen())

    def _point_at(self, folder: str) -> bool:
        if not folder.strip():
            return False
        launch = self.haven.launch
        root = typed_path(folder.strip()).absolute()
        options = (*_without_journal(launch.options), "--journal", str(root))
        self.haven.launch = dataclasses.replace(
            launch, paths=type(launch.paths)(root), options=options, locked=False
        )
        return True


def _without_journal(options: tuple[str, ...]) -> tuple[str, ...]:
    kept: list[str] = []
    skip = False
    for option in options:
        if skip:
            skip = False
        elif option == "--journal":
            skip = True
        elif not option.startswith("--journal="):
            kept.append(option)
    return tuple(kept)
