"""First steps, in five short pages, ending in the first entry.

Nothing exists on disk before page two is answered. From then on there is a vault, and leaving at
any page leaves a whole one. The recovery code is shown on page three only, is covered when the
window loses focus, and is never copied to the clipboard.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import ClassVar

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import ContentSwitcher, Input, Static

from havenclient import config
from havenclient.care import boundaries, library
from havenclient.care.boundaries import Limits
from havenclient.crypto import kdf, words
from havenclient.errors import HavenError, UsageError
from havenclient.ui import numbers
from havenclient.ui import session as sessions
from havenclient.ui.jobs import JobWork
from havenclient.ui.own_limits import set_own
from havenclient.ui.screens.base import HavenScreen, in_words
from havenclient.ui.session import Session
from havenclient.ui.styles import style
from havenclient.ui.widgets.bars import TopBar
from havenclient.ui.widgets.keywork import KeyWork
from havenclient.ui.widgets.tick import Tick
from havenclient.vault.work import Stopped

STEPS = ("What Haven is", "Passphrase", "Recovery code", "Gentle boundaries", "Where help is")

IS = "A quiet place to write: one encrypted folder on this computer. Nothing is sent anywhere."
ALONE = "F2 shows where help is, on every screen and without unlocking."
JOURNAL_ONLY = "Only the journal. Circles can come later (F10), or never."

ABOUT_KEY = (
    "The passphrase makes the key. Making it takes about a second here, so that guessing is slow."
)
RECOVERY = """\
If you forget the passphrase, this code is the only way back in.
Nobody can reset it for you. Write it on paper; it is not copied anywhere."""
BOUNDARIES = "All of this can be left as it is, and changed later in Settings (F10)."
BOUNDARY_ROWS = (
    ("visit", "minutes you plan for a visit", "0"),
    ("quiet_hours", "quiet hours for circles", Limits().quiet_hours),
    ("lock_after_minutes", "lock after so many idle minutes", "10"),
)
"""(field, what is asked, what stands there). An emptied field means none, or what stood there."""


class OnboardingScreen(HavenScreen):
    HEADING = "first steps"
    RIGHT = (("f2", "Safety"), ("f1", "Help"))
    HELP = (
        "Five short pages. enter continues, esc goes back, tab goes to the next field.\n"
        "You can leave at any page with ^q."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "next", "Continue", id="steps.next"),
        Binding("escape", "back", "Back", id="steps.back"),
        Binding("f6", "take_words", "Use these words", id="steps.take"),
        Binding("f4", "new_words", "Other words", id="steps.new"),
        Binding("f7", "reveal", "Show typed", id="steps.reveal"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._step = 0
        self._words = ""
        self._code: tuple[str, ...] = ()
        self._asked: tuple[int, int] = (0, 1)
        self._session: Session | None = None
        self._work: JobWork | None = None
        self._said_of: tuple[str, ...] = ()

    # --- pages -----------------------------------------------------------------------------------

    def body(self) -> ComposeResult:
        with Horizontal(id="steps-main"):
            with Vertical(classes="panel", id="steps-list") as steps:
                steps.border_title = "Steps"
                yield Static(id="steps-names")
                yield Static(
                    "You can leave at any step; what was made stays whole.",
                    id="steps-leave",
                    classes="quiet",
                )
            with Vertical(classes="panel", id="steps-page") as page:
                page.border_title = STEPS[0]
                with ContentSwitcher(initial="step-0", id="pages"):
                    with VerticalScroll(id="step-0"):
                        yield Static(IS, classes="page-text", markup=False)
                        with Horizontal(id="both-columns"):
                            for name, title, lines in can_and_cannot():
                                yield Static(_column(title, lines), id=name, markup=False)
                        yield Static(ALONE, classes="page-text", markup=False)
                        yield Tick(JOURNAL_ONLY, id="journal_only")
                    yield from self._passphrase_page()
                    yield from self._recovery_page()
                    yield from self._boundaries_page()
                    with VerticalScroll(id="step-4"):
                        yield Static(id="help-text")
                yield Static("", id="steps-said", markup=False)

    def _passphrase_page(self) -> ComposeResult:
        with Vertical(id="step-1"):
            yield Static(ABOUT_KEY, classes="page-text", markup=False)
            with Horizontal(classes="row"):
                yield Static("passphrase", classes="row-label")
                yield Input(password=True, id="first")
            with Horizontal(classes="row"):
                yield Static("once more", classes="row-label")
                yield Input(password=True, id="second")
            yield Static(id="advice")
            yield Static("Six words, drawn by chance for you:", classes="quiet page-gap")
            yield Static(id="offer", markup=False)
            yield Static("F6 uses them   F4 draws others   F7 shows what is typed", classes="quiet")
            yield KeyWork("Making your journal")

    def _recovery_page(self) -> ComposeResult:
        with Vertical(id="step-2"):
            yield Static(RECOVERY, classes="page-text", markup=False)
            yield Static(id="code", markup=False)
            yield Static(id="code-ask", classes="page-text", markup=False)
            for which in ("a", "b"):
                with Horizontal(classes="row"):
                    yield Static("", id=f"label-{which}", classes="row-label")
                    yield Input(id=f"typed-{which}", max_length=12, classes="short")
                    yield Static("", id=f"ok-{which}")
            yield Tick("Skip: I accept that a forgotten passphrase means a lost journal", id="skip")

    def _boundaries_page(self) -> ComposeResult:
        with Vertical(id="step-3"):
            yield Static(BOUNDARIES, classes="page-text", markup=False)
            for name, label, default in BOUNDARY_ROWS:
                with Horizontal(classes="row"):
                    yield Static(label, classes="row-label wide-label")
                    yield Input(default, id=name, max_length=11, classes="short")
            yield Tick(
                "Cover the screen when this window loses focus", value=True, id="cover_on_blur"
            )
            yield Static(
                "There are no streaks, badges or counters, and no setting for them.",
                classes="quiet page-gap",
            )

    def on_mount(self) -> None:
        self.action_new_words()
        self._show()

    def _show(self) -> None:
        self.query_one(ContentSwitcher).current = f"step-{self._step}"
        self.query_one("#steps-page").border_title = STEPS[self._step]
        self.query_one("#steps-page").border_subtitle = (
            "enter begins your first entry" if self._step == 4 else "enter continues"
        )
        self.query_one(TopBar).status = (
            f"step {self._step + 1} of 5",
            "esc goes back, nothing is lost" if self._can_go_back else "",
        )
        names = Text()
        for index, name in enumerate(STEPS):
            state = "done" if index < self._step else "now " if index == self._step else "    "
            kind = "bright-line" if index == self._step else "quiet"
            names.append(
                f"{state} {index + 1} {name}\n", style(self, kind, bold=index == self._step)
            )
        self.query_one("#steps-names", Static).update(names)
        self._say("")
        focus = ("#journal_only", "#first", "#typed-a", "#visit", "#step-4")[self._step]
        if self._step == 4:
            self._fill_help()
        # The first page is read from its top, however small the window is.
        self.query_one(focus).focus(scroll_visible=self._step > 0)
        self.refresh_bindings()

    def _say(self, sentence: str) -> None:
        """Stands until a field is changed: then it may no longer be true."""
        self._said_of = self._typed()
        self.query_one("#steps-said", Static).update(sentence)

    def _typed(self) -> tuple[str, ...]:
        return tuple(field.value for field in self.query(Input))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("take_words", "new_words", "reveal"):
            return self._step == 1
        if action == "back":
            return self._can_go_back or self._work is not None  # while a key is made, esc stops it
        return True

    # --- going on, going back --------------------------------------------------------------------

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input.id in ("first", "typed-a", "visit", "quiet_hours"):
            self.focus_next()
        else:
            self.action_next()

    def action_next(self) -> None:
        if self._work is not None:
            return
        step = (
            self._leave_first,
            self._make,
            self._check_code,
            self._keep_boundaries,
            self._finish,
        )
        step[self._step]()

    def _leave_first(self) -> None:
        self._go(1)

    def _go(self, step: int) -> None:
        self._step = step
        self._show()

    @property
    def _can_go_back(self) -> bool:
        """Not before the first page, nor behind the passphrase of a vault that is made."""
        return self._step > (2 if self._session is not None else 0)

    def action_back(self) -> None:
        if self._work is not None:
            self._work.stop.set()
        elif self._can_go_back:
            self._go(self._step - 1)

    # --- page two: the passphrase ----------------------------------------------------------------

    def action_new_words(self) -> None:
        self._words = words.phrase(self.haven.launch.random)
        self.query_one("#offer", Static).update(Text(self._words, style(self, "lamp", bold=True)))

    def action_take_words(self) -> None:
        self.query_one("#first", Input).value = self._words
        self.query_one("#second", Input).value = ""
        self.query_one("#second").focus()
        self._say("Now type the six words once more, so that your fingers know them.")

    def action_reveal(self) -> None:
        for name in ("#first", "#second"):
            field = self.query_one(name, Input)
            field.password = not field.password

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._typed() != self._said_of:
            self._say("")
        if event.input.id == "first":
            given = words.advice(event.value)
            bar = "█" * given.level + "░" * (4 - given.level)
            line = Text(f"{bar}  ", style(self, "bright-line")).append(
                given.sentence, style(self, "foreground")
            )
            self.query_one("#advice", Static).update(line)
        elif event.input.id in ("typed-a", "typed-b"):
            which = event.input.id[-1]
            right = self._right(which)
            self.query_one(f"#ok-{which}", Static).update("ok" if right else "")

    def _make(self) -> None:
        first, second = (
            self.query_one("#first", Input).value,
            self.query_one("#second", Input).value,
        )
        if len(first) < kdf.MIN_PASSPHRASE:
            self._say(f"A passphrase needs at least {kdf.MIN_PASSPHRASE} characters.")
        elif first != second:
            self._say("The two are not the same yet. F7 shows what is typed.")
            self.query_one("#second").focus()
        else:
            self._say("")
            launch = self.haven.launch
            self.query_one(KeyWork).begin(3.0)

            def run(work: JobWork) -> tuple[Session, str]:
                session, code = sessions.create(launch, first, work)
                return session, code

            self._work = self.haven.jobs.start(
                run, self._made, failed=self._not_made, group="unlock", needs_session=False
            )
            self.refresh_bindings()

    def _made(self, made: tuple[Session, str]) -> None:
        self._work = None
        self.query_one(KeyWork).end()
        self._session, code = made
        self.haven.session = self._session
        self._keep_choice()
        for name in ("#first", "#second"):
            self.query_one(name, Input).value = ""
        self._words = ""
        self.query_one("#offer", Static).update("")
        self._code = tuple(code.replace("-", " ").split())
        random = self.haven.launch.random
        first = random.below(len(self._code))
        second = (first + 1 + random.below(len(self._code) - 1)) % len(self._code)
        self._asked = (min(first, second), max(first, second))
        self._draw_code()
        self._go(2)

    def _keep_choice(self) -> None:
        """With or without circles: kept once there is a journal, for before nothing is written."""
        only = self.query_one("#journal_only", Tick).value
        if only == self.haven.settings.look.circles:
            try:
                shown = str(not only).lower()
                config.set_value(self.haven.launch.settings_file, "look.circles", shown)
            except HavenError as error:
                self.haven.say_error(error)
            self.haven.change_settings(self.haven.settings.replacing("look.circles", not only))

    def _not_made(self, error: HavenError) -> None:
        self._work = None
        self.refresh_bindings()
        self.query_one(KeyWork).end()
        if not isinstance(error, Stopped):
            self._say(
                "\n".join([error.message[:1].upper() + error.message[1:] + ".", *error.hints])
            )
        else:
            self._say("Stopped; nothing was made.")

    # --- page three: the recovery code -----------------------------------------------------------

    def _draw_code(self) -> None:
        table = Table.grid(padding=(0, 3))
        for _ in range(4):
            table.add_column(no_wrap=True)
        quiet, lamp = style(self, "quiet"), style(self, "lamp", bold=True)
        cells = [
            Text(f"{index + 1}  ", quiet).append(group, lamp)
            for index, group in enumerate(self._code)
        ]
        for start in range(0, len(cells), 4):
            table.add_row(*cells[start : start + 4])
        self.query_one("#code", Static).update(table)
        one, two = self._asked
        self.query_one("#code-ask", Static).update(
            f"Type groups {one + 1} and {two + 1} from your paper, to show that they are there:"
        )
        for which, index in zip("ab", self._asked, strict=True):
            self.query_one(f"#label-{which}", Static).update(f"group {index + 1}")

    def _right(self, which: str) -> bool:
        wanted = self._code[self._asked["ab".index(which)]] if self._code else ""
        typed = self.query_one(f"#typed-{which}", Input).value
        return bool(wanted) and typed.strip().upper().replace("O", "0") == wanted.replace("O", "0")

    def _check_code(self) -> None:
        session = self._session
        if session is not None and self._right("a") and self._right("b"):
            code = " ".join(self._code)
            session.ask_vault(lambda vault: vault.check_recovery_code(code))  # no stretching: quick
            self._go(3)
        elif self.query_one("#skip", Tick).value:
            self._go(3)
        else:
            self._say("Both groups need to be right, or choose to skip (tab, then space).")

    # --- page four: boundaries -------------------------------------------------------------------

    def _keep_boundaries(self) -> None:
        """Limits go into the vault, how the screen behaves into the settings file."""
        typed = {name: self.query_one(f"#{name}", Input).value for name, *_ in BOUNDARY_ROWS}
        limits = (("visit", typed["visit"] or "0"), ("quiet_hours", typed["quiet_hours"] or "none"))
        wishes = (
            ("locking.lock_after_minutes", typed["lock_after_minutes"] or "10"),
            ("locking.cover_on_blur", str(self.query_one("#cover_on_blur", Tick).value).lower()),
        )
        if (wrong := _not_understood((*limits, *wishes))) is not None:
            name, sentence = wrong
            self._say(sentence)
            self.query_one(f"#{name}").focus()
            return
        settings = self.haven.settings
        try:
            for key, text in wishes:
                value = config.find(key).parse(text)
                if value != settings.get(key):
                    config.set_value(self.haven.launch.settings_file, key, text)
                    settings = settings.replacing(key, value)
            set_own(self.haven, limits)
        except HavenError as error:
            self._say(in_words(error))
            return
        self.haven.change_settings(settings)
        self._go(4)

    # --- page five: help, and the first entry ----------------------------------------------------

    def _fill_help(self) -> None:
        text = Text(
            "F2 opens this from every screen: locked, covered, in the middle of anything.\n\n"
        )
        iso = numbers.guess_country(self.haven.settings.safety.country, os.environ)
        found = numbers.for_country(iso)
        if found is None:
            text.append("There, c chooses your country, so that its numbers come first.\n")
        else:
            text.append(f"{found.country}\n", style(self, "foreground", bold=True))
            for what, number in found.emergency:
                text.append(f"  {number}", style(self, "lamp", bold=True)).append(f"  {what}\n")
            for line in found.lines[:3]:
                text.append(f"  {line.dial}", style(self, "lamp", bold=True)).append(
                    f"  {line.name}\n"
                )
        text.append("\nF9 covers the screen. ^l locks it. ^q leaves. Drafts are always kept.\n\n")
        text.append(
            "enter: write the first line. One line is enough.",
            style(self, "bright-line", bold=True),
        )
        self.query_one("#help-text", Static).update(text)

    def _finish(self) -> None:
        if self._session is not None:
            self._code = ()
            self.query_one("#code", Static).update("")
            self.haven.opened(self._session)


def _not_understood(wishes: tuple[tuple[str, str], ...]) -> tuple[str, str] | None:
    """The first field that can't be understood, and a sentence that names it as its row does: the
    name of a setting helps on the command line, not here."""
    labels = {name: label for name, label, _ in BOUNDARY_ROWS}
    for key, text in wishes:
        name = key.rpartition(".")[2]
        try:
            if "." in key:
                takes = config.find(key).allowed
                config.find(key).parse(text)
            else:
                takes = boundaries.takes(name)
                boundaries.parse(name, text)
        except UsageError:
            label = labels[name]
            return name, f"{label[:1].upper()}{label[1:]}: {takes}."
    return None


def can_and_cannot() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(name, heading, lines) of the two columns, from the library's page of that name."""
    parts = library.page("can-and-cannot").text.split("\n\n")
    for name, part in zip(("can", "cannot"), parts, strict=False):
        title, *lines = part.splitlines()
        yield name, title, tuple(line.strip() for line in lines)


def _column(title: str, lines: tuple[str, ...]) -> Group:
    rows = Table.grid(padding=(0, 1))
    for line in lines:
        rows.add_row("·", Text(line))
    return Group(Text(title, "bold"), rows)
