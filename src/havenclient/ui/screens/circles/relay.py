"""The relay: whether it answers, what waits to go there, what it can see, and the switch to turn it
off. The log of this visit holds times and counts, no text and no names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from havenclient.text import safe_line
from havenclient.ui.explain import explain
from havenclient.ui.screens.circles.base import CircleScreen, Page, clock_time, moment, size_words
from havenclient.ui.screens.circles.moves import Movable, ask_which, movable
from havenclient.ui.screens.circles.rows import Rows
from havenclient.ui.styles import style
from havenclient.ui.widgets.dialogs import Ask, AskLine

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.views import QueueView
    from havenclient.sync.engine import Engine

SEES = (
    ("yes", "your network address (none when Tor is on: t)"),
    ("yes", "random log numbers; no two circles share one"),
    ("yes", "when entries come, in size classes from 1 KiB"),
    ("no", "names, members, which circles are yours"),
    ("no", "text, content notes, the journal at all"),
    ("no", "who wrote an entry, beyond an address"),
)
WORDS = {
    "held": "held back",
    "waiting": "waits",
    "sending": "on its way",
    "stale": "on its way again",
    "refused": "! refused",
}


@dataclass(frozen=True, slots=True)
class Shown:
    relays: list[tuple[str, bool, bool]]
    """(address, through a proxy, with a pinned key)."""
    queue: list[QueueView]
    movable: list[Movable]
    left: frozenset[str]
    """Relays that circles have left."""
    now: int


class RelayScreen(CircleScreen[Shown]):
    HELP = (
        "The relay only ever holds sealed entries. c asks whether it answers, o turns it off or\n"
        "on, t sends everything through Tor, r tries again what waits, x gives up what was\n"
        "refused. m moves a circle to another relay, or follows one that has moved."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "check", "Check", id="relay.check"),
        Binding("o", "offline", "On or off", id="relay.offline"),
        Binding("t", "tor", "Tor", id="relay.tor"),
        Binding("m", "move", "Move", id="relay.move"),
        Binding("r", "retry", "Retry", id="relay.retry"),
        Binding("x", "drop", "Give up", id="relay.drop"),
        Binding("escape", "back", "Back", id="relay.back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._queue: dict[str, QueueView] = {}
        self._relays: list[tuple[str, bool, bool]] = []
        self._movable: list[Movable] = []
        self._answers: dict[str, tuple[str, str]] = {}

    def body(self) -> ComposeResult:
        with Horizontal(id="relay-top"):
            with VerticalScroll(id="relay-card", classes="panel", can_focus=False) as card:
                card.border_title = "Relay"
                yield Static(id="relay-text")
            with VerticalScroll(id="relay-sees", classes="panel", can_focus=False) as sees:
                sees.border_title = "What this relay can see"
                yield Static(id="relay-sees-text")
        rows = Rows("relay-queue")
        rows.border_title = "Waiting to go out"
        rows.border_subtitle = "r retry · x give up what was refused"
        yield explain(rows, self.HELP)
        with VerticalScroll(id="relay-log", classes="panel", can_focus=False) as log:
            log.border_title = "This visit"
            log.border_subtitle = "no text, no names; kept only while unlocked"
            yield Static(id="relay-log-text")

    def on_mount(self) -> None:
        self.query_one(Rows).focus()

    def question(self, circles: Circles) -> Shown:
        from havenclient.sync import routes

        vault = circles.book.vault
        relays = []
        for base in routes.known(vault):
            way = routes.route(vault, base, b"status")
            relays.append((base, bool(way.proxy), way.pinned_key is not None))
        left = circles.moving.left()
        return Shown(relays, circles.queue(), movable(circles), left, circles.book.now())

    def show(self, answer: Shown) -> None:
        self._relays, self._movable = answer.relays, answer.movable
        self._show_relays(answer)
        self._show_sees(answer)
        self._show_queue(answer)
        page = Page(self)
        for one in reversed(self.desk.rounds):
            at = one.at.astimezone()
            if one.trouble:
                page.line(f"{at:%H:%M:%S}  {safe_line(one.trouble, limit=100)}", "warning")
            else:
                page.line(f"{at:%H:%M:%S}  {one.sent} sent, {one.received} came in", "quiet")
        if not self.desk.rounds:
            page.line("Nothing yet.", "quiet")
        self.query_one("#relay-log-text", Static).update(page.text)

    def _show_relays(self, answer: Shown) -> None:
        page = Page(self)
        if self.desk.offline:
            page.line("Off: nothing is sent and nothing is asked. o turns it on.", "lamp").line()
        if not answer.relays:
            page.line("No relay is in use. A circle or an invite brings one.", "quiet")
        for base, proxied, pinned in answer.relays:
            page.line(safe_line(base, limit=200), bold=True)
            if base in answer.left:
                page.line("   left: no circle is there any more", "quiet")
            words, look = self._answers.get(base, ("not asked by hand yet: c", "quiet"))
            page.line("   " + words, look)
            page.line("   " + ("through a proxy" if proxied else "directly, without Tor"), "quiet")
            if pinned:
                page.line("   its key is pinned", "quiet")
        page.line().line(" · ".join(self.desk.facts()), "quiet")
        if self.desk.trouble:
            page.line(safe_line(self.desk.trouble, limit=200), "warning")
        self.query_one("#relay-text", Static).update(page.text)

    def _show_sees(self, answer: Shown) -> None:
        tor = bool(answer.relays) and all(proxied for _, proxied, _ in answer.relays)
        page = Page(self)
        for index, (yes, what) in enumerate(SEES):
            if index == 0 and tor:
                page.line(f"{'no':<6}your network address: it sees Tor's")
            else:
                page.line(f"{yes:<6}{what}", "foreground" if yes == "yes" else "quiet")
        self.query_one("#relay-sees-text", Static).update(page.text)

    def _show_queue(self, answer: Shown) -> None:
        self._queue = {str(one.no): one for one in answer.queue}
        rows = self.query_one(Rows)
        wanted = rows.current_id
        with self.prevent(OptionList.OptionHighlighted):
            rows.clear_options()
            rows.add_options(
                Option(self._row(one, answer.now), id=str(one.no)) for one in answer.queue
            )
            if not answer.queue:
                none = Text(
                    "Nothing waits. Everything that you sent is there.", style(self, "quiet")
                )
                rows.add_option(Option(none, disabled=True))
            rows.go_to(wanted)

    def _row(self, one: QueueView, now: int) -> Text:
        quiet = style(self, "quiet")
        line = Text(f"{safe_line(one.circle, limit=22) or 'a door':<24}", style(self, "foreground"))
        line.append(f"{one.what:<11}{moment(one.made_at):<14}", quiet)
        line.append(f"{size_words(one.size) if one.size else '':<9}", quiet)
        look = style(self, "warning" if one.state == "refused" else "foreground")
        line.append(f"{WORDS.get(one.state, one.state):<12}", look)
        if one.state == "waiting" and one.not_before > now:
            line.append(f"next {clock_time(one.not_before)}  ", quiet)
        if one.tries:
            line.append(f"tried {one.tries}  ", quiet)
        return line.append(safe_line(one.reason, limit=120), quiet)

    @property
    def current(self) -> QueueView | None:
        return self._queue.get(self.query_one(Rows).current_id or "")

    def on_option_list_option_highlighted(self) -> None:
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "drop":
            return self.is_mounted and self.current is not None and self.current.state == "refused"
        if action in ("check", "tor"):
            return bool(self._relays)
        if action == "move":
            return bool(self._movable)
        return True

    # --- deeds ------------------------------------------------------------------------------------

    def action_check(self) -> None:
        bases = [base for base, _, _ in self._relays]
        clock = self.haven.launch.clock

        def run(engine: Engine) -> dict[str, tuple[str, str]]:
            from havenclient.errors import NetworkError
            from havenclient.sync.client import RelayClient

            found = {}
            for base in bases:
                began = clock.monotonic()
                try:
                    with RelayClient(self.desk.route(base, b"status")) as client:
                        about = client.relay()
                except NetworkError as error:
                    found[base] = (
                        f"does not answer: {safe_line(error.message, limit=120)}",
                        "warning",
                    )
                    continue
                took = (clock.monotonic() - began) * 1000
                kept = about.get("retention")
                days = kept.get("days") if isinstance(kept, dict) else None
                keeps = f", keeps messages {days} days" if isinstance(days, int) else ""
                found[base] = (f"✓ answers, {took:.0f} ms{keeps}", "foreground")
            return found

        def done(found: dict[str, tuple[str, str]]) -> None:
            self._answers = found
            self.reload()

        if self.desk.offline:
            self.haven.say("The relay is off. o turns it on first.")
        else:
            self.desk.carry("Asking", run, done)

    def action_move(self) -> None:
        ask_which(self, self._movable)

    def action_offline(self) -> None:
        self.desk.go_offline(not self.desk.offline)
        off = "Off: what you write waits here." if self.desk.offline else "On again."
        self.haven.say(off)

    def action_retry(self) -> None:
        self.desk.wish(
            lambda circles: circles.retry(),
            lambda _: self.wished("Trying again now."),
            group="retry",
        )

    def action_drop(self) -> None:
        if (one := self.current) is None:
            return

        def sure(answer: str | None) -> None:
            if answer == "yes":
                self.desk.wish(
                    lambda circles: circles.drop_refused(one.no),
                    lambda _: self.haven.say("Given up. Your words stay in the conversation here."),
                    group="drop",
                )

        text = "The relay refused it for good. It will not be tried again."
        self.app.push_screen(
            Ask("Give it up?", text, (("yes", "give it up"), ("no", "keep it"))), sure
        )

    def action_tor(self) -> None:
        if not self._relays:
            return

        def given(address: str | None) -> None:
            if address is None:
                return
            proxy = address.strip()

            def use(circles: Circles) -> None:
                from havenclient.sync import routes

                for base, _, _ in self._relays:
                    routes.use(circles.book.vault, base, proxy=proxy)

            self.desk.wish(use, lambda _: self._rerouted(proxy), group="tor")

        text = (
            "The SOCKS address of a Tor that runs on this computer. Each circle gets its own way\n"
            "through it. Empty goes back to connecting directly."
        )
        value = "socks5h://127.0.0.1:9050"
        self.app.push_screen(AskLine("Through Tor", text, value=value), given)

    def _rerouted(self, proxy: str | None) -> None:
        if not self.desk.offline:
            self.desk.go_offline(True)  # noqa: FBT003  (begin again, by the new way only)
            self.desk.go_offline(False)  # noqa: FBT003
        self.haven.say("Through the proxy from now on." if proxy else "Directly from now on.")
