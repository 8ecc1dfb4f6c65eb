"""A door: an invite that the person holds, from reading its card to being inside.

The card and the agreement come first, and nothing is sent before the person knocks. "Not for me" is
as large as "Join", and tells nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from rich.console import Group, RenderableType
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Label, Static

from havenclient.errors import HavenError
from havenclient.text import safe_line, safe_text
from havenclient.ui.explain import explain
from havenclient.ui.flows import Flow, begin
from havenclient.ui.look import look_of
from havenclient.ui.screens.base import HavenScreen
from havenclient.ui.screens.circles.base import CircleScreen, Page, in_words, moment, people_words
from havenclient.ui.widgets.reading import page as reading_page

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.views import DoorView

CLOSED = ("refused", "expired")
PASTE_OR_TYPE = (
    "Paste the link that begins with haven://, or type the twelve words that were read to you. "
    "Only this computer sees them. Nothing is sent before you decide to knock."
)
WHICH_RELAY = (
    "Words need the relay's address beside them, such as relay.example.org; whoever invited you "
    "can say it."
)


def accept(screen: HavenScreen) -> None:
    """Ask for a link or twelve words, keep the invite, open its door."""
    from havenclient.circles import invite
    from havenclient.ui.circles_session import desk

    async def story(flow: Flow) -> None:
        text = await _until_it_reads(flow, PASTE_OR_TYPE, invite.parse)
        relay: str | None = None
        if not invite.is_link(text):
            relay = await _until_it_reads(flow, WHICH_RELAY, invite.base_as_said)
        made = desk(screen.haven)

        def opened(view: DoorView) -> None:
            screen.app.push_screen(DoorScreen(view.id))

        made.wish(lambda circles: circles.open_invite(text, relay=relay), opened, group="accept")

    begin(screen, story)


async def _until_it_reads(flow: Flow, ask: str, read: Callable[[str], object]) -> str:
    """A line that `read` takes. What it does not take is asked for again and stands there to be
    mended: nobody types twelve words anew for one that was misheard."""
    said, typed = ask, ""
    while True:
        typed = await flow.line("Accept an invitation", said, value=typed)
        try:
            read(typed)
        except HavenError as error:
            said = in_words(error)
        else:
            return typed


class DoorScreen(CircleScreen["DoorView"]):
    HELP = (
        "Who invites you, to what, and what everybody there has agreed to. Read it first.\n"
        "To join, choose a name for this circle only, and knock: a host lets you in later.\n"
        "Not for me forgets the invite here and tells nobody."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "join", "Join", id="door.join"),
        Binding("x", "not_for_me", "Not for me", id="door.no"),
        Binding("enter", "open", "Open", id="door.open"),
        Binding("escape", "back", "Decide later", id="door.back"),
    ]

    def __init__(self, door: str) -> None:
        super().__init__()
        self._door = door
        self._view: DoorView | None = None

    def body(self) -> ComposeResult:
        with Horizontal(id="door-main"):
            with VerticalScroll(id="door-card", classes="panel") as card:
                card.border_title = "The card"
                yield Static(id="door-card-text")
            with Vertical(id="door-side", classes="panel") as side:
                side.border_title = "You decide"
                yield Static(id="door-state")
                with Vertical(id="door-form"):
                    yield Label("Your name in this circle", classes="form-label")
                    yield Input(placeholder="no other circle knows it", id="door-name")
                    yield Label("A few words to the host", classes="form-label")
                    yield Input(placeholder="so that they know it is you", id="door-words")
                    yield Static(id="door-agree")
                with Horizontal(id="door-buttons"):
                    yield Button("Not for me", id="door-no")
                    yield Button("Accept and join", id="door-join")

    def on_mount(self) -> None:
        explain(self.query_one("#door-card"), self.HELP)
        self.query_one("#door-card").focus()
        self.wait_here()

    def question(self, circles: Circles) -> DoorView:
        return circles.door(self._door)

    def show(self, answer: DoorView) -> None:
        before, self._view = self._view, answer
        self.query_one("#door-card-text", Static).update(self._card(answer))
        self.query_one("#door-state", Static).update(self._state(answer).text)
        offered = answer.state == "offered"
        self.query_one("#door-form").display = offered
        self.query_one("#door-join", Button).display = offered
        self.query_one("#door-no", Button).display = answer.state != "in"
        name = "" if answer.card is None else answer.card.name
        title = f"Invitation to {safe_line(name)}" if name else "An invite"
        self.query_one("#door-card").border_title = Content(title)
        if answer.state == "in" and before is not None and before.state != "in":
            self.haven.say("You are in. enter opens the circle.")

    def _card(self, view: DoorView) -> RenderableType:
        page = Page(self)
        card = view.card
        if card is None:
            page.line("The card of this circle is not here yet.")
            page.line()
            page.line("Haven asks the relay for it. If it does not come within a few", "quiet")
            page.line("minutes, the invite may have been taken back, or used.", "quiet")
            return page.pair("relay", safe_line(view.relay, limit=200)).text
        page.pair("circle", safe_line(card.name))
        if card.theme:
            page.pair("about", safe_line(card.theme, limit=200))
        page.pair("invited by", safe_line(view.inviter))
        page.pair("hosts", ", ".join(safe_line(host) for host in card.hosts))
        if card.helpers:
            page.pair("helpers", ", ".join(safe_line(one) for one in card.helpers))
        page.pair("people", people_words(card.members))
        page.pair("messages", f"the relay keeps them {card.retention_days} days")
        page.pair("relay", safe_line(view.relay, limit=200))
        if card.relay_note:
            page.pair("", safe_text(card.relay_note, limit=500))
        page.pair("good until", moment(view.expires))
        page.head(f"Agreement, version {card.agreement.version}")
        return Group(page.text, reading_page(card.agreement.text, look_of(self)))

    def _state(self, view: DoorView) -> Page:
        page = Page(self)
        if view.state == "offered":
            page.line("Take your time. Nothing was sent yet.")
        elif view.state == "knocked":
            page.line(f"You knocked as {safe_line(view.pseudonym)}.").line()
            page.line("A host lets you in when next online; you need not wait here.")
            page.head("Safety words, if the host asks")
            if view.safety_words:
                page.line(" ".join(view.safety_words), "lamp", bold=True)
                page.line("Compare them by voice: both of you must see the same.", "quiet")
            else:
                page.line("They appear when the host's Haven sent its half.", "quiet")
        elif view.state == "in":
            page.line("You are in.", bold=True).line().line("enter opens the circle.")
        elif view.state in CLOSED:
            page.line("This invite no longer works.").line()
            page.line(safe_text(view.reason) or "Ask for a new one, if you like.", "quiet")
        else:
            page.line("Asking the relay for the card …", "quiet")
            if self.desk.offline:
                page.line("The relay is switched off: g in the list, then o.", "warning")
        return page

    # --- deciding ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        state = "" if self._view is None else self._view.state
        if action == "join":
            return state == "offered"
        if action == "open":
            return state == "in"
        if action == "not_for_me":
            return state != "in"
        return True

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "door-join":
            self.action_join()
        else:
            self.action_not_for_me()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    def action_join(self) -> None:
        view = self._view
        if view is None or view.card is None or view.state != "offered":
            return
        name = self.query_one("#door-name", Input).value.strip()
        words = self.query_one("#door-words", Input).value.strip()
        if not name:
            self.haven.say("Choose a name for this circle first. Any name will do.")
            self.query_one("#door-name").focus()
            return
        version = view.card.agreement.version
        self.desk.wish(
            lambda circles: circles.knock(self._door, name, words, accepted_version=version),
            lambda _: self._knocked(),
            group="knock",
        )

    def _knocked(self) -> None:
        self.query_one("#door-card").focus()
        self.wished("You knocked.")

    def action_not_for_me(self) -> None:
        self.desk.wish(
            lambda circles: circles.close_door(self._door),
            lambda _: self._forgotten(),
            group="close door",
        )

    def _forgotten(self) -> None:
        if self.app.screen is self:
            self.app.pop_screen()
        self.haven.say("Forgotten. Nobody is told.")

    def action_open(self) -> None:
        view = self._view
        if view is None or view.state != "in" or view.card is None:
            return
        name = view.card.name

        def opened(circle: str) -> None:
            from havenclient.ui.screens.circles.conversation import ConversationScreen

            self.app.switch_screen(ConversationScreen(circle))

        self.desk.ask(lambda circles: circles.get(name).id, opened, group="enter")

    def look_failed(self, error: HavenError) -> None:
        if self.app.screen is self:
            self.app.pop_screen()
        self.haven.say_error(error)
