"""A circle's settings: the agreement, roles that we are asked to take, leaving, coming back."""

from __future__ import annotations

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
from havenclient.ui.screens.circles.agreement import AgreementScreen
from havenclient.ui.screens.circles.base import CircleScreen, Page, people_words, to_check
from havenclient.ui.widgets.dialogs import Ask, AskLine
from havenclient.ui.widgets.reading import page as reading_page

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.views import CircleView, PersonView

Shown = tuple["CircleView", list["PersonView"], list[str]]


class ManageScreen(CircleScreen[Shown]):
    HELP = (
        "How this circle is, and what you can change about it. Keys are named where they apply;\n"
        "a host's changes reach everybody with the relay's next answer."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "accept", "Accept the agreement", id="manage.accept"),
        Binding("y", "answer_role", "Say yes", id="manage.role"),
        Binding("b", "ask_back", "Ask to come back", id="manage.return"),
        Binding("i", "people", "People", id="manage.people"),
        Binding("plus", "invite", "Invite", id="manage.invite"),
        Binding("d", "door", "Door", id="manage.door"),
        Binding("c", "change", "Change the agreement", id="manage.agreement"),
        Binding("n", "rename", "Rename", id="manage.rename"),
        Binding("x", "leave", "Leave", id="manage.leave"),
        Binding("escape", "back", "Back", id="manage.back"),
    ]

    def __init__(self, circle: str) -> None:
        super().__init__()
        self._circle = circle
        self._view: CircleView | None = None
        self._asked: list[str] = []

    def body(self) -> ComposeResult:
        with Horizontal(id="manage-main"):
            with VerticalScroll(id="manage-agreement", classes="panel") as pane:
                pane.border_title = "Agreement"
                yield Static(id="agreement-text")
            with VerticalScroll(id="manage-side", classes="panel", can_focus=False) as side:
                side.border_title = "This circle"
                yield Static(id="manage-text")

    def on_mount(self) -> None:
        explain(self.query_one("#manage-agreement"), self.HELP)
        self.query_one("#manage-agreement").focus()

    def question(self, circles: Circles) -> Shown:
        view, people = circles.get(self._circle), circles.people(self._circle)
        have = next((one.role for one in people if one.me), "")
        asked = (
            [role for role in circles.roles_asked(self._circle) if role != have] if people else []
        )
        return view, people, list(dict.fromkeys(asked))

    def show(self, answer: Shown) -> None:
        view, people, self._asked = answer
        self._view = view
        agreement: list[RenderableType] = [reading_page(view.agreement, look_of(self))]
        if view.must_accept:
            new = Page(self).line("This agreement is new. Read it; a accepts it.", "lamp")
            agreement.insert(0, new.text)
        self.query_one(
            "#manage-agreement"
        ).border_title = f"Agreement, version {view.agreement_version}"
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
        hosts = [safe_line(one.name, limit=20) for one in people if one.role == "host"]
        helpers = [safe_line(one.name, limit=20) for one in people if one.role == "helper"]
        page.pair("hosts", ", ".join(hosts)).pair("helpers", ", ".join(helpers) or "none")
        page.pair("messages", f"the relay keeps them {view.retention_days} days")
        page.pair("relay", safe_line(view.relay, limit=200))
        for role in self._asked:
            page.head(f"You are asked to be {role}")
            page.line(_ABOUT.get(role, "")).line(
                "y says yes. Saying nothing is an answer too.", "quiet"
            )
        if self._may_ask_back:
            page.head("Coming back")
            page.line("b asks the hosts to let you back in, as yourself, under the same name.")
        page.head("Leaving")
        return page.line("x leaves quietly; what you received stays here.", "quiet")

    @property
    def _may_ask_back(self) -> bool:
        return self._view is not None and self._view.standing.value in ("read-only", "returning")

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
            return view.standing.value == "active"
        return True

    # --- deeds ------------------------------------------------------------------------------------

    def action_accept(self) -> None:
        if self._view is None:
            return
        version = self._view.agreement_version
        self.desk.wish(
            lambda circles: circles.accept_agreement(self._circle, version),
            lambda _: self.wished("Accepted. A host's Haven makes it known to all."),
            group="agree",
        )

    def action_answer_role(self) -> None:
        role = self._asked[0]

        def sure(answer: str | None) -> None:
            if answer == "yes":
                self.desk.wish(
                    lambda circles: circles.answer_role(self._circle, role),
                    lambda _: self.wished("Said. A host makes it so."),
                    group="role",
                )

        answers = (("yes", f"yes, I will be {role}"), ("no", "not now"))
        self.app.push_screen(Ask(f"Be {role}?", _ABOUT.get(role, ""), answers), sure)

    def action_ask_back(self) -> None:
        self.desk.wish(
            lambda circles: circles.ask_back(self._circle),
            lambda _: self.wished("Asked. A host lets you back in when next online."),
            group="back",
        )

    def action_change(self) -> None:
        if self._view is not None:
            self.app.push_screen(AgreementScreen(self._circle, self._view.agreement))

    def action_rename(self) -> None:
        def given(name: str | None) -> None:
            if name and name.strip():
                self.desk.wish(
                    lambda circles: circles.rename(self._circle, name),
                    lambda _: self.wished("The new name reaches everybody with the next answer."),
                    group="rename",
                )

        value = "" if self._view is None else self._view.name
        self.app.push_screen(AskLine("Rename", "For everybody in the circle.", value=value), given)

    def action_leave(self) -> None:
        def sure(word: str | None) -> None:
            if word is not None:
                self.desk.wish(
                    lambda circles: circles.leave(self._circle),
                    lambda _: self.wished("You are leaving. A host's Haven finishes it."),
                    group="leave",
                )

        text = (
            "Nothing is announced while you go; the circle sees that you left when a host's Haven\n"
            "has finished it. What you received stays here. Type leave to do it."
        )
        self.app.push_screen(AskLine("Leave this circle", text, must_equal="leave"), sure)

    def action_people(self) -> None:
        from havenclient.ui.screens.circles.people import PeopleScreen

        self.app.push_screen(PeopleScreen(self._circle))

    def action_invite(self) -> None:
        from havenclient.ui.screens.circles.invites import InvitesScreen

        self.app.push_screen(InvitesScreen(self._circle))

    def action_door(self) -> None:
        from havenclient.ui.screens.circles.knocks import KnocksScreen

        self.app.push_screen(KnocksScreen(self._circle))


_ABOUT = {
    "host": "Hosts let people in and out, and keep the circle's keys fresh.",
    "helper": "Helpers fold and pause, gently. They can't let anybody in.",
}
