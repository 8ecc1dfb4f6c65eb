"""Invites: a link, a QR code and twelve words, each for one person and for 72 hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from havenclient.ui.explain import explain
from havenclient.ui.screens.circles.base import Page, moment
from havenclient.ui.screens.circles.rows import Rows
from havenclient.ui.screens.circles.ways import CircleWays
from havenclient.ui.styles import style
from havenclient.ui.widgets.bars import KeyBar
from havenclient.ui.widgets.dialogs import Ask

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.views import InviteView

STATES = {
    "open": "open",
    "used": "used: void now",
    "revoked": "taken back",
    "expired": "too old",
}
QUIET_ZONE = 2
"""Light modules around the code. ISO 18004 asks for 4; scanners of this decade need 1 to 2, and a
terminal of 24 lines has no more."""


def qr_text(link: str, *, dark: bool) -> Text:
    """A QR code in half blocks: two modules a character. On a dark theme the blocks are the light
    modules, on a light one the dark ones, so that it scans without any colour of its own."""
    import segno

    code = segno.make(link, error="l", micro=False, boost_error=False)
    rows = [list(row) for row in code.matrix_iter(border=QUIET_ZONE)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    text = Text(no_wrap=True)
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        for a, b in zip(upper, lower, strict=True):
            top, bottom = bool(a) != dark, bool(b) != dark
            text.append("█" if top and bottom else "▀" if top else "▄" if bottom else " ")
        text.append("\n")
    return text


class InvitesScreen(CircleWays[list["InviteView"]]):
    HELP = (
        "An invite is for one person and 72 hours: a link, a QR code, or twelve words to read\n"
        "over the phone. Whoever has it can knock; you decide who enters. n makes one,\n"
        "x takes one back."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New invite", id="invites.new"),
        Binding("q", "code", "QR code", id="invites.qr"),
        Binding("y", "copy", "Copy the link", id="invites.copy"),
        Binding("x", "revoke", "Take back", id="invites.revoke"),
        Binding("d", "door", "Who is there", id="invites.door"),
        Binding("escape", "back", "Back", id="invites.back"),
    ]

    def __init__(self, circle: str) -> None:
        super().__init__()
        self.circle = circle
        self._invites: dict[str, InviteView] = {}

    def body(self) -> ComposeResult:
        with Horizontal(id="invites-main"):
            rows = Rows("invites-list")
            rows.border_title, rows.border_subtitle = "Invites", "n new"
            yield explain(rows, self.HELP)
            with VerticalScroll(id="invite-card", classes="panel", can_focus=False) as card:
                card.border_title = "For one person"
                yield Static(id="invite-text")
                yield Static(id="invite-qr")

    def on_mount(self) -> None:
        self.query_one("#invites-list").focus()

    def question(self, circles: Circles) -> list[InviteView]:
        return list(reversed(circles.invites(self.circle)))

    def show(self, answer: list[InviteView]) -> None:
        self._invites = {one.id: one for one in answer}
        rows = self.query_one(Rows)
        wanted = rows.current_id
        with self.prevent(OptionList.OptionHighlighted):
            rows.clear_options()
            for one in answer:
                look = "foreground" if one.state == "open" else "quiet"
                line = Text(f"{one.id}  {STATES.get(one.state, one.state)}", style(self, look))
                knocked = f" · {one.knocks} knocked" if one.knocks else ""
                line.append(f"\n    until {moment(one.expires)}{knocked}\n", style(self, "quiet"))
                rows.add_option(Option(line, id=one.id))
            if not answer:
                none = Text("No invites yet.\nn makes one.", style(self, "quiet"))
                rows.add_option(Option(none, disabled=True))
            rows.go_to(wanted)
        self._show_card()

    @property
    def current(self) -> InviteView | None:
        return self._invites.get(self.query_one(Rows).current_id or "")

    def on_option_list_option_highlighted(self) -> None:
        self._show_card()
        self.refresh_bindings()

    def _show_card(self) -> None:
        page, one = Page(self), self.current
        code = Text()
        if one is None:
            page.line("Hand an invite over where only that person sees it.", "quiet")
        elif one.state != "open":
            page.line(f"This invite is {STATES.get(one.state, one.state)}.", "quiet")
        else:
            words = one.words.split()
            per_line = 4 if self.has_class("-wide") else 3
            for first in range(0, len(words), per_line):
                some = words[first : first + per_line]
                numbered = (f"{first + n + 1:>2} {word:<10}" for n, word in enumerate(some))
                page.line("".join(numbered), "lamp", bold=True)
            page.pair("relay", one.relay)
            page.pair("good until", moment(one.expires))
            page.line(one.link, "quiet")
            if self.has_class("-wide"):
                code = qr_text(one.link, dark=self.app.current_theme.dark)
                code.stylize(style(self, "foreground"))
            else:
                page.line().line("q shows the QR code.", "quiet")
        self.query_one("#invite-text", Static).update(page.text)
        self.query_one("#invite-qr", Static).update(code)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("code", "copy", "revoke"):
            return self.is_mounted and self.current is not None and self.current.state == "open"
        return True

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_code()

    def action_new(self) -> None:
        def made(one: InviteView) -> None:
            with self.prevent(OptionList.OptionHighlighted):
                self.query_one(Rows).clear_options()  # the newest comes first, and is chosen
            self.wished(f"An invite for one person, until {moment(one.expires)}.")

        self.desk.wish(lambda circles: circles.invite(self.circle), made, group="invite")

    def action_code(self) -> None:
        if self.current is not None and self.current.state == "open":
            self.app.push_screen(QrScreen(self.current.link))

    def action_copy(self) -> None:
        if (one := self.current) is None:
            return

        def answered(answer: str | None) -> None:
            if answer == "copy":
                self.haven.copy_to_clipboard(one.link)

        text = (
            "Whoever has the link can knock. A clipboard can be read by other programs; the words\n"
            "read over the phone can't."
        )
        self.app.push_screen(
            Ask("Copy the link", text, (("copy", "copy it"), ("no", "don't"))), answered
        )

    def action_revoke(self) -> None:
        if (one := self.current) is None:
            return
        ident = one.id
        self.desk.wish(
            lambda circles: circles.revoke(ident),
            lambda _: self.wished("Taken back: that invite no longer works."),
            group="revoke",
        )


class QrScreen(ModalScreen[None]):
    """The code alone, as large as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "close", "Back", id="qr.close"),
    ]
    HELP = "The invite as a QR code. Let only the invited person scan it. esc goes back."

    def __init__(self, link: str) -> None:
        super().__init__()
        self._link = link

    def compose(self) -> ComposeResult:
        code = qr_text(self._link, dark=self.app.current_theme.dark)
        code.stylize(style(self, "foreground"))
        yield Static(code, id="qr-alone")
        yield KeyBar((("f2", "Safety"),))

    def action_close(self) -> None:
        self.dismiss(None)
