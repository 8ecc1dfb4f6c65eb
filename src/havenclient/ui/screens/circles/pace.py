"""One post at a time: what is new in a circle, with a stop after each. "Next, later, or enough?"

For a person who chose it (`haven care limits pace on`). Only the post that is being read stands on
the screen; folded ones come folded. Whoever has had enough leaves, and the rest stays new.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from havenclient.care.caps import Capped
from havenclient.care.library import said
from havenclient.text import safe_line
from havenclient.ui.explain import explain
from havenclient.ui.screens.circles.drawing import Drawer, Ink
from havenclient.ui.screens.circles.limits_here import LimitLine
from havenclient.ui.screens.circles.visiting import Visiting
from havenclient.ui.styles import style

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.views import CircleView, MessageView

LOOK_EVERY = 5.0
THAT_WAS_ALL = "That was all that is new."


@dataclass(frozen=True, slots=True)
class Page:
    circle: CircleView
    at: int
    capped: Capped
    post: MessageView | None
    opened: frozenset[int]


class PaceScreen(Visiting[Page]):
    HELP = (
        "One post at a time. space goes to the next, l keeps this one for later, esc is enough:\n"
        "what you did not read stays new. enter shows a folded post, b goes back one,\n"
        "c opens the whole conversation, where you can answer."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "next", "Next", id="pace.next"),
        Binding("enter", "unfold", "Show folded", id="pace.unfold", show=False),
        Binding("b", "before", "Back one", id="pace.before", show=False),
        Binding("u", "read_on", "Read on", id="pace.read_on", show=False),
        Binding("c", "conversation", "Conversation", id="pace.conversation"),
        Binding("escape", "back", "Enough", id="pace.back"),
    ]

    def __init__(self, circle: str) -> None:
        super().__init__()
        self.circle = circle
        self._at: int | None = None
        """Place in the visit's new posts; None: at the first that was not read yet."""
        self._opened: frozenset[int] = frozenset()
        self._page: Page | None = None

    def body(self) -> ComposeResult:
        with VerticalScroll(id="pace-box", classes="panel") as box:
            explain(box, self.HELP)
            yield Static(id="pace-post")
        yield LimitLine()

    def on_mount(self) -> None:
        self.query_one("#pace-box").focus()
        self.set_interval(LOOK_EVERY, self._after_a_while)

    def _after_a_while(self) -> None:
        if self.haven.session is not None:
            self.visit_time(LOOK_EVERY, reading=True)

    # --- looking ----------------------------------------------------------------------------------

    def question(self, circles: Circles) -> Page:
        from havenclient.circles import unread

        capped, at, opened = self.cap(circles), self._at, self._opened
        rows = unread.look(circles.book, self.circle, self.visit.since).rows
        rows = tuple(row for row in rows if row not in capped.waiting)
        if at is None:
            left = set(unread.look(circles.book, self.circle).rows)
            at = next((n for n, row in enumerate(rows) if row in left), len(rows))
        post = circles.message(self.circle, rows[at], opened=opened) if at < len(rows) else None
        return Page(circles.get(self.circle), at, capped, post, opened)

    def show(self, answer: Page) -> None:
        self._page, self._at = answer, answer.at
        if answer.post is not None:
            self.visit.let_in.update({answer.post.no} & answer.capped.let_in)
            self.visit.heavy |= answer.post.no in answer.opened
            self._mark(answer.post.no)
        self.query_one("#pace-box").border_title = Content(safe_line(answer.circle.name))
        self.query_one("#pace-post", Static).update(self._drawn(answer.post))
        self.query_one("#pace-box").scroll_home(animate=False)
        self.say_visit()

    def _mark(self, no: int) -> None:
        """Read, now that it stands on the screen."""
        session = self.haven.session

        def mark(circles: Circles) -> None:
            from havenclient.circles import unread

            unread.mark_through(circles.book, self.circle, no)

        if session is not None and not session.read_only:
            self.desk.ask(mark, lambda _: None, group="read")

    def _drawn(self, post: MessageView | None) -> Text:
        if post is None:
            return Text(THAT_WAS_ALL, style(self, "quiet"))
        width = max(30, min(96, self.app.size.width - 8))
        return Drawer(Ink.of(self), width, {}).draw(post, whole=True)

    def say_visit(self) -> None:
        """The stop after each post; the visit's own lines come where there is nothing more."""
        page = self._page
        if page is None:
            return
        if page.post is not None:
            folded = "   enter shows it" if page.post.folded else ""
            keys = f"space next   l later   esc enough{folded}"
            self.query_one(LimitLine).say(said("pace"), keys)
        elif page.capped.waiting:
            super().say_visit()
        else:
            self.query_one(LimitLine).say(THAT_WAS_ALL, "c the conversation   esc the list")
        self.refresh_bindings()

    def own_facts(self) -> tuple[str, ...]:
        return () if self._page is None else (safe_line(self._page.circle.name, limit=40),)

    @property
    def circle_view(self) -> CircleView | None:
        return None if self._page is None else self._page.circle

    @property
    def post(self) -> MessageView | None:
        return None if self._page is None else self._page.post

    @property
    def capped(self) -> Capped:
        return Capped() if self._page is None else self._page.capped

    def blank(self) -> None:
        super().blank()
        self._page = None

    # --- keys -------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "unfold":
            return self.post is not None and (self.post.folded or self.post.no in self._opened)
        if action == "next":
            return self.post is not None
        if action == "before":
            return bool(self._at)
        if action == "read_on":
            return self.post is None and bool(self.capped.waiting)
        return super().check_action(action, parameters)

    def action_next(self) -> None:
        self._at = (self._at or 0) + 1
        self.reload()

    def action_before(self) -> None:
        self._at = max(0, (self._at or 0) - 1)
        self.reload()

    def action_later(self) -> None:
        super().action_later()
        if self.post is not None:
            self.action_next()

    def action_read_on(self) -> None:
        if self.read_on():
            self.reload()

    def action_unfold(self) -> None:
        if self.post is not None:
            self._opened = self._opened ^ {self.post.no}
            self.reload()

    def action_conversation(self) -> None:
        from havenclient.ui.screens.circles.conversation import ConversationScreen

        self.app.switch_screen(ConversationScreen(self.circle))

    def action_back(self) -> None:
        if not self.haven.stop_work():
            self.leave_circle()
