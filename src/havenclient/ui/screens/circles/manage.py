"""A circle's settings: the agreement, roles that we are asked to take, leaving, coming back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.console import Group, RenderableType
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from havenclient.text import safe_line, safe_text
from havenclient.ui.explain import explain
from havenclient.ui.look import look_of
from havenclient.ui.screens.base import PaletteItem
from havenclient.ui.screens.circles.agreement import AgreementScreen, changes
from havenclient.ui.screens.circles.base import Page, people_words, to_check
from havenclient.ui.screens.circles.ways import CircleWays
from havenclient.ui.widgets.dialogs import Ask, AskLine
from havenclient.ui.widgets.reading import page as reading_page

if TYPE_CHECKING:
    from havenclient.circles.order import Change
    from havenclient.circles.service import Circles
    from havenclient.circles.views import CircleView, PersonView


@dataclass(frozen=True, slots=True)
class Shown:
    view: CircleView
    people: list[PersonView]
    asked: list[str]
    """Roles that we are asked to take."""
    head: str
    change: Change | None
    last_host: bool


class ManageScreen(CircleWays[Shown]):
    HELP = (
        "How this circle is, and what you can change about it. Keys are named where they apply;\n"
        "tab goes to the other side. A host's changes reach all with the relay's next answer."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "accept", "Accept the agreement", id="manage.accept"),
        Binding("y", "answer_role", "Say yes", id="manage.role"),
        Binding("b", "ask_back", "Ask to come back", id="manage.return"),
        Binding("i", "people", "People", id="manage.people"),
        Binding("plus", "invite", "Invite", id="manage.invite"),
        Binding("d", "door", "Door", id="manage.door"),
        Binding("l", "ladder", "What happened", id="manage.ladder"),
        Binding("r", "reports", "Reports", id="manage.reports"),
        Binding("u", "unnamed", "Ask unnamed", id="manage.unnamed"),
        Binding("w", "difference", "What changed", id="manage.difference"),
        Binding("g", "agreed", "What is agreed", id="manage.agreed"),
        Binding("c", "change", "Change the agreement", id="manage.agreement"),
        Binding("n", "rename", "Rename", id="manage.rename"),
        Binding("x", "leave", "Leave", id="manage.leave"),
        Binding("f", "forget", "Forget it", id="manage.forget"),
        Binding("escape", "back", "Back", id="manage.back"),
    ]

    def __init__(self, circle: str) -> None:
        super().__init__()
        self.circle = circle
        self._view: CircleView | None = None
        self._asked: list[str] = []
        self._shown: Shown | None = None
        self._difference = False
        self._waits_here = False

    def body(self) -> ComposeResult:
        with Horizontal(id="manage-main"):
            with VerticalScroll(id="manage-agreement", classes="panel") as pane:
                pane.border_title = "Agreement"
                yield Static(id="agreement-text")
            with VerticalScroll(id="manage-side", classes="panel") as side:
                side.border_title = "This circle"
                yield Static(id="manage-text")

    def on_mount(self) -> None:
        explain(self.query_one("#manage-agreement"), self.HELP)
        self.query_one("#manage-agreement").focus()

    def question(self, circles: Circles) -> Shown:
        view, people = circles.get(self.circle), circles.people(self.circle)
        have = next((one.role for one in people if one.me), "")
        asked = (
            [role for role in circles.roles_asked(self.circle) if role != have] if people else []
        )
        head, change, last = "", None, False
        if people:
            from havenclient.circles import order

            head = circles.moderating.who_helps(self.circle)
            change = order.change_of_agreement(circles, self.circle)
            last = order.alone_as_host(circles, self.circle)
        return Shown(view, people, list(dict.fromkeys(asked)), head, change, last)

    def show(self, answer: Shown) -> None:
        view, people, self._asked = answer.view, answer.people, answer.asked
        self._view, self._shown = view, answer
        if view.standing.value == "returning" and not self._waits_here:
            self._waits_here = True
            self.wait_here()
        agreement: list[RenderableType] = [reading_page(view.agreement, look_of(self))]
        if self._difference and answer.change is not None:
            agreement = [changes(self, answer.change.lines)]
        if view.must_accept:
            by = f" {answer.change.by} wrote it." if answer.change and answer.change.by else ""
            new = Page(self).line(f"This agreement is new.{by} Read it; a accepts it.", "lamp")
            if answer.change is not None and answer.change.lines:
                other = "shows all of it" if self._difference else "shows what changed"
                new.line(f"w {other}.", "lamp")
            agreement.insert(0, new.text)
        version = f", version {view.agreement_version}" if view.agreement_version else ""
        self.query_one("#manage-agreement").border_title = f"Agreement{version}"
        self.query_one("#agreement-text", Static).update(Group(*agreement))
        self.query_one("#manage-text", Static).update(self._facts(view, people).text)
        self.query_one("#manage-side").border_title = Content(safe_line(view.name))

    def _facts(self, view: CircleView, people: list[PersonView]) -> Page:
        page = Page(self)
        page.pair("you are", safe_line(view.pseudonym))
        page.line(
            safe_text(view.health),
            "foreground" if view.health.startswith("All is well") else "warning",
        )
        page.pair("people", people_words(len(people)) if people else "not known here")
        check = to_check(people)
        if check:
            page.pair("to check", ", ".join(safe_line(one.name, limit=20) for one in check))
        if people:
            hosts = [safe_line(one.name, limit=20) for one in people if one.role == "host"]
            helpers = [safe_line(one.name, limit=20) for one in people if one.role == "helper"]
            page.pair("hosts", ", ".join(hosts)).pair("helpers", ", ".join(helpers) or "none")
            page.pair("messages", f"the relay keeps them {view.retention_days} days")
        page.pair("relay", safe_line(view.relay, limit=200))
        if self._shown is not None and self._shown.head:
            page.head("Who helps").line(self._shown.head)
        for role in self._asked:
            page.head(f"You are asked to be {role}")
            page.line(_ABOUT.get(role, "")).line(
                "y says yes. Saying nothing is an answer too.", "quiet"
            )
        if self._by_the_relay:
            page.head("What you can do")
            if view.is_host:
                page.line("Take the circle to another relay: esc, then g, then m.")
            else:
                page.line("A host can take the circle to another relay; you go along then.")
        if self._may_ask_back:
            page.head("Coming back")
            page.line("b asks the hosts to let you back in, as yourself, under the same name.")
        if people:
            page.head("When something is not right")
            page.line("l  what happened here, and whose yes is missing")
            page.line("r  your reports, and those to you")
            page.line("u  ask something without your name")
            page.line("g  newcomers, evidence, the last day, own words")
        if view.standing.value != "active":
            page.head("Being done with it")
            page.line("f takes everything of this circle off this vault, your own words too.")
            return page
        page.head("Leaving")
        if self._shown is not None and self._shown.last_host:
            if len(people) == 1:
                return page.line("Only you are here: x ends the circle.", "quiet")
            return page.line("You are the only host: x leads to handing over first.", "quiet")
        return page.line("x leaves quietly; what you received stays here.", "quiet")

    @property
    def _may_ask_back(self) -> bool:
        """Where the relay is the matter, there is nobody who could let the only host in."""
        if self._by_the_relay and self._shown is not None and self._shown.last_host:
            return False
        return self._view is not None and self._view.standing.value in ("read-only", "returning")

    @property
    def _by_the_relay(self) -> bool:
        view = self._view
        return (
            view is not None
            and view.standing.value == "read-only"
            and view.trouble in ("two-histories", "went-back", "out-of-order")
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        view = self._view
        if view is None:
            return action == "back"
        host = view.is_host and view.standing.value == "active"
        if action == "accept":
            return view.must_accept and view.standing.value == "active"
        if action == "answer_role":
            return bool(self._asked)
        if action == "ask_back":
            return self._may_ask_back
        if action in ("change", "rename", "invite", "door"):
            return host
        if action == "leave":
            alone = self._shown is not None and len(self._shown.people) == 1
            return view.standing.value == "active" or (alone and view.standing.value != "gone")
        if action == "forget":
            return view.standing.value != "active"
        if action in ("unnamed", "agreed"):
            return self._shown is not None and bool(self._shown.people)
        if action == "difference":
            change = self._shown.change if self._shown else None
            return change is not None and bool(change.lines)
        return True

    # --- deeds ------------------------------------------------------------------------------------

    def action_accept(self) -> None:
        if self._view is None:
            return
        version = self._view.agreement_version
        self.desk.wish(
            lambda circles: circles.accept_agreement(self.circle, version),
            lambda _: self.wished("Accepted. A host's Haven makes it known to all."),
            group="agree",
        )

    def action_answer_role(self) -> None:
        role = self._asked[0]

        def sure(answer: str | None) -> None:
            if answer == "yes":
                self.desk.wish(
                    lambda circles: circles.answer_role(self.circle, role),
                    lambda _: self.wished("Said. A host makes it so."),
                    group="role",
                )

        answers = (("yes", f"yes, I will be {role}"), ("no", "not now"))
        self.app.push_screen(Ask(f"Be {role}?", _ABOUT.get(role, ""), answers), sure)

    def action_ask_back(self) -> None:
        self.desk.wish(
            lambda circles: circles.ask_back(self.circle),
            lambda _: self.wished("Asked. A host lets you back in when next online."),
            group="back",
        )

    def action_change(self) -> None:
        if self._view is not None:
            self.app.push_screen(AgreementScreen(self.circle, self._view.agreement))

    def action_rename(self) -> None:
        def given(name: str | None) -> None:
            if name and name.strip():
                self.desk.wish(
                    lambda circles: circles.rename(self.circle, name),
                    lambda _: self.wished("The new name reaches everybody with the next answer."),
                    group="rename",
                )

        value = "" if self._view is None else self._view.name
        self.app.push_screen(AskLine("Rename", "For everybody in the circle.", value=value), given)

    def action_difference(self) -> None:
        self._difference = not self._difference
        if self._shown is not None:
            self.show(self._shown)

    def action_agreed(self, at: str = "") -> None:
        from havenclient.ui.screens.circles.agreed import AgreedScreen

        self.app.push_screen(AgreedScreen(self.circle, at=at))

    def action_leave(self) -> None:
        shown = self._shown
        if shown is not None and shown.last_host:
            if len(shown.people) > 1:
                from havenclient.ui.screens.circles.people import PeopleScreen

                self.app.push_screen(PeopleScreen(self.circle, handing_over=True))
                self.haven.say("The last host hands over before leaving.", "h  asks somebody")
            else:
                text = (
                    "Only you are here: the circle ends now, and what opens it is destroyed. Your "
                    "own words stay. Type end to do it."
                )
                ask = AskLine("End this circle", text, must_equal="end")
                self.app.push_screen(ask, lambda word: self._leave(word, "The circle has ended."))
            return

        def sure(word: str | None) -> None:
            self._leave(word, "You are leaving. A host's Haven finishes it.")

        text = (
            "Nothing is announced while you go; the circle sees that you left when a host's Haven\n"
            "has finished it. What you received stays here. Type leave to do it."
        )
        self.app.push_screen(AskLine("Leave this circle", text, must_equal="leave"), sure)

    def action_forget(self) -> None:
        def sure(word: str | None) -> None:
            if word is not None:
                self.desk.wish(
                    lambda circles: circles.forget(self.circle),
                    lambda _: self._forgotten(),
                    group="forget",
                )

        text = (
            "What was said, names, the agreement and your own words go from this vault. Snapshots "
            "and backups that were made before still hold them. Type forget to do it."
        )
        self.app.push_screen(AskLine("Forget this circle", text, must_equal="forget"), sure)

    def _forgotten(self) -> None:
        from havenclient.ui.screens.circles.overview import CirclesScreen

        draft = f"circle:{self.circle}"
        self.haven.ask(lambda j: j.drop_draft(draft), lambda _: None, group=draft)
        while len(self.app.screen_stack) > 1 and not isinstance(self.app.screen, CirclesScreen):
            self.app.pop_screen()
        self.haven.say("Forgotten. Nothing of that circle is in this vault now.")

    def _leave(self, word: str | None, said: str) -> None:
        if word is not None:
            self.desk.wish(
                lambda circles: circles.leave(self.circle),
                lambda _: self.wished(said),
                group="leave",
            )

    def palette(self) -> list[PaletteItem]:
        return [
            ("What happened here", "Steps, whose yes is missing, the log (l)", self.action_ladder),
            ("Reports", "Yours, and for who helps those to you (r)", self.action_reports),
            ("Ask unnamed", "A host asks the circle for you (u)", self.action_unnamed),
            ("Newcomers and nights", "How the circle goes slowly (g)", self.action_agreed),
            ("The last day", "When the circle ends (g)", lambda: self.action_agreed("sunset")),
            (
                "Own words to a file",
                "All that you said here (g)",
                lambda: self.action_agreed("words"),
            ),
            (
                "If no host comes back",
                "Found the circle anew, together (g)",
                lambda: self.action_agreed("anew"),
            ),
        ]


_ABOUT = {
    "host": "Hosts let people in and out, and keep the circle's keys fresh.",
    "helper": "Helpers fold and pause, gently. They can't let anybody in.",
}
