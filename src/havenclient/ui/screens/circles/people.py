"""The people of a circle: their marks, what they have agreed to, roles, and for hosts removing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from havenclient.text import safe_line
from havenclient.ui.explain import explain
from havenclient.ui.screens.circles.base import Page, mark_of, people_words
from havenclient.ui.screens.circles.limits_here import days_off
from havenclient.ui.screens.circles.rows import Rows
from havenclient.ui.screens.circles.ways import CircleWays
from havenclient.ui.styles import style
from havenclient.ui.widgets.dialogs import Ask, AskLine

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.views import CircleView, PersonView

ROLES = {"host": "host: lets people in and out", "helper": "helper: folds and pauses, gently"}
MARKS = {"host": "◆ host", "helper": "◇ helper"}
HANDING_OVER = (
    "You are the only host, so the circle could not be looked after without you. Ask somebody to be"
    " host (h); when they have said yes and you have made it so (h again), you can leave (m, x)."
)


@dataclass(frozen=True, slots=True)
class Shown:
    view: CircleView
    people: list[PersonView]
    agreed: dict[str, list[str]]
    """Roles that somebody said yes to and does not have yet; for hosts."""
    head: str = ""
    claims: dict[str, str] = field(default_factory=dict)
    """Name: what somebody claims by profession, in one sentence."""


class PeopleScreen(CircleWays[Shown]):
    HELP = (
        "Who is in this circle. v compares safety words with somebody: a mark for you, it filters\n"
        "nothing. p shows the steps of the agreement. Hosts: h a role, c a profession, + invites.\n"
        "o is for your own days off, if you help here: the circle sees who is here."
    )
    LEFT: tuple[tuple[str, str], ...] = ()
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "verify", "Verify", id="people.verify"),
        Binding("h", "role", "Role", id="people.role"),
        Binding("p", "step", "Steps", id="people.step"),
        Binding("c", "claim", "Profession", id="people.claim"),
        Binding("plus", "invite", "Invite", id="people.invite"),
        Binding("d", "door", "Door", id="people.door"),
        Binding("x", "remove", "Remove", id="people.remove"),
        Binding("o", "days_off", "Days off", id="people.days_off", show=False),
        Binding("m", "manage", "This circle", id="people.manage"),
        Binding("escape", "back", "Back", id="people.back"),
    ]

    def __init__(self, circle: str, *, handing_over: bool = False) -> None:
        """`handing_over`: the last host wants to leave, and is led here."""
        super().__init__()
        self.circle = circle
        self._handing_over = handing_over
        self._helps = False
        self._head = ""
        self._claims: dict[str, str] = {}
        self._people: dict[str, PersonView] = {}
        self._agreed: dict[str, list[str]] = {}
        self._is_host = False

    def body(self) -> ComposeResult:
        with Horizontal(id="people-main"):
            rows = Rows("people-list")
            rows.border_title, rows.border_subtitle = "People", "enter: safety words"
            yield explain(rows, self.HELP)
            with VerticalScroll(id="person-card", classes="panel"):
                yield Static(id="person-text")

    def on_mount(self) -> None:
        self.query_one(Rows).focus()

    def question(self, circles: Circles) -> Shown:
        view, people = circles.get(self.circle), circles.people(self.circle)
        agreed: dict[str, list[str]] = {}
        if view.is_host:
            agreed = {
                one.name: circles.roles_given(self.circle, one.name) for one in people if not one.me
            }
        head, said = "", {}
        if people:
            head = circles.moderating.who_helps(self.circle)
            said = _claims(circles, self.circle)
        return Shown(view, people, agreed, head, said)

    def show(self, answer: Shown) -> None:
        view, people, self._agreed = answer.view, answer.people, answer.agreed
        self._is_host = view.is_host
        self._head, self._claims = answer.head, answer.claims
        self._helps = any(one.me and one.role != "member" for one in people)
        self._people = {one.key: one for one in people}
        rows = self.query_one(Rows)
        rows.border_title = Content(f"{safe_line(view.name)}, {people_words(len(people))}")
        wanted = rows.current_id
        with self.prevent(OptionList.OptionHighlighted):
            rows.clear_options()
            for one in people:
                words, look = mark_of(one)
                line = Text(
                    f"{safe_line(one.name, limit=18):<20}", style(self, "foreground", bold=True)
                )
                line.append(words, style(self, look))
                small = [] if one.role == "member" else [MARKS[one.role]]
                if one.name in self._claims:
                    small.append("a profession, see the card")
                if not one.has_accepted:
                    small.append("has not accepted the agreement yet")
                if self._agreed.get(one.name):
                    small.append(f"said yes to: {', '.join(self._agreed[one.name])} (h)")
                line.append("\n    " + ", ".join(small) + "\n", style(self, "quiet"))
                rows.add_option(Option(line, id=one.key))
            rows.go_to(wanted)
        self._show_card()

    @property
    def current(self) -> PersonView | None:
        return self._people.get(self.query_one(Rows).current_id or "")

    def on_option_list_option_highlighted(self) -> None:
        self._show_card()
        self.refresh_bindings()

    def _show_card(self) -> None:
        page, one = Page(self), self.current
        if one is not None:
            self.query_one("#person-card").border_title = Content(safe_line(one.name))
            words, look = mark_of(one)
            if self._handing_over and self._is_host:
                page.line(HANDING_OVER, "lamp").line()
            page.pair("safety words", words, look)
            page.pair("role", MARKS.get(one.role, one.role))
            if one.name in self._claims:
                page.pair("says to be", self._claims[one.name])
            page.pair("agreement", "accepted" if one.has_accepted else "not accepted yet")
            if one.changed:
                page.head("A new key")
                page.line("This person came back with a new key after you had compared safety")
                page.line("words. That happens with a new computer or a restored backup. Compare")
                page.line("again (v) to be sure that it is the same person.")
            if one.doubted:
                page.head("Another history")
                page.line(
                    "What this person has seen differs from what you have seen. Ask on", "warning"
                )
                page.line("another way before you trust either.", "warning")
            page.head("Key in this circle")
            for first in range(0, len(one.key), 16):
                page.line(
                    " ".join(
                        one.key[n : n + 4] for n in range(first, min(first + 16, len(one.key)), 4)
                    ),
                    "quiet",
                )
            page.line("No other circle knows this key. Nobody is shown as online.", "quiet")
            page.head("Who helps here").line(self._head, "quiet")
        self.query_one("#person-text", Static).update(page.text)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        one = self.current if self.is_mounted else None
        if action == "verify":
            return one is not None and not one.me
        if action in ("role", "remove"):
            return self._is_host and one is not None and not one.me
        if action == "claim":
            return self._is_host and one is not None and not one.me
        if action == "step":
            return self._helps and one is not None and not one.me
        if action in ("invite", "door"):
            return self._is_host
        if action == "days_off":
            return self._helps
        return True

    def action_days_off(self) -> None:
        days_off(self, self.circle)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_verify()

    def action_verify(self) -> None:
        from havenclient.ui.screens.circles.verify import VerifyScreen

        if (one := self.current) is not None and not one.me:
            self.app.push_screen(VerifyScreen(self.circle, one.name))

    def action_role(self) -> None:
        if (one := self.current) is None:
            return
        who, name = safe_line(one.name), one.name
        agreed = self._agreed.get(name, [])

        def chosen(answer: str | None) -> None:
            deed, _, role = (answer or "").partition(" ")
            if deed == "give":
                self.desk.wish(
                    lambda circles: circles.give_role(self.circle, name, role),
                    lambda _: self.wished(f"{who} becomes {role} with the relay's next answer."),
                    group="role",
                )
            elif deed == "ask":
                self.desk.wish(
                    lambda circles: circles.ask_role(self.circle, name, role),
                    lambda _: self.wished(f"{who} is asked. When they agree, h makes it so."),
                    group="role",
                )

        answers = [(f"give {role}", f"make {who} {role}: they said yes") for role in agreed]
        answers += [
            (f"ask {role}", f"ask to be {words}")
            for role, words in ROLES.items()
            if role != one.role and role not in agreed
        ]
        text = "Nobody gets a role without having said yes."
        self.app.push_screen(Ask(f"A role for {who}", text, (*answers, ("no", "not now"))), chosen)

    def action_claim(self) -> None:
        from havenclient.ui.screens.circles.claims import ClaimScreen

        if (one := self.current) is not None:
            self.app.push_screen(ClaimScreen(self.circle, one.name))

    def action_step(self, at: str = "") -> None:
        from havenclient.ui.screens.circles.step import StepScreen

        if (one := self.current) is not None:
            self.app.push_screen(StepScreen(self.circle, one.name, at=at))

    def action_remove(self) -> None:
        if (one := self.current) is None:
            return
        if sum(other.role != "member" for other in self._people.values()) > 1:
            self.action_step("remove")  # others have a say: it is asked for, not done
            return
        who, name = safe_line(one.name), one.name

        def sure(word: str | None) -> None:
            if word is not None:
                self.desk.wish(
                    lambda circles: circles.remove(self.circle, name),
                    lambda _: self.wished(f"{who} is being removed: keys change."),
                    group="remove",
                )

        text = (
            f"Keys change, so that what comes after is closed to {who}. What {who} has read\n"
            "already stays readable there. Type remove to do it."
        )
        self.app.push_screen(AskLine(f"Remove {who}", text, must_equal="remove"), sure)


def _claims(circles: Circles, what: str) -> dict[str, str]:
    from havenclient.circles import claims

    _, circle = circles.moderating.here(what)
    names, now = {p.key: safe_line(p.name) for p in circle.people}, circles.book.now()
    found = claims.of(circle.terms)
    return {names[c.key]: claims.words(c, now) for c in found if c.key in names}
