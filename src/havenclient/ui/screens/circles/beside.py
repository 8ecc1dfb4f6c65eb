"""Beside the list of circles: what a circle is like, and what waits to go out. Text only.

Here stand the person's own limits for her, and who helps today; nothing of it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from havenclient.text import safe_line, safe_text
from havenclient.ui.screens.circles.base import CircleScreen, Page, mark_of, state_words

if TYPE_CHECKING:
    from havenclient.circles.views import CircleView, QueueView
    from havenclient.ui.screens.circles.overview import Shown

QUEUE_WORDS = {
    "held": "held",
    "waiting": "waiting for the relay",
    "sending": "on its way",
    "stale": "on its way again",
    "refused": "refused (g shows why)",
}


def card(screen: CircleScreen[Shown], shown: Shown, view: CircleView) -> Text:
    page = Page(screen)
    page.line(safe_text(view.health), "warning" if state_words(view) else "quiet").line()
    for person in shown.people.get(view.id, [])[:12]:
        words, look = mark_of(person)
        role = "" if person.role == "member" else person.role
        page.pair(safe_line(person.name, limit=15), f"{words:<22}{role}", look)
    if helps := shown.helps.get(view.id):
        page.line(helps, "lamp")
    page.head("Agreement")
    lines = [one for one in safe_text(view.agreement).splitlines() if one.strip()]
    for one in lines[:6]:
        page.line(one.lstrip("# "))
    if len(lines) > 6:
        page.line("… (m shows all of it)", "quiet")
    page.head("Boundaries for you")
    limits = screen.desk.limits
    page.pair("notices", {"off": "none"}.get(limits.notices, f"{limits.notices} a day"))
    page.pair("quiet time", limits.quiet_hours or "none")
    page.pair("reading", _reading_words(screen))
    page.pair("messages", f"the relay keeps them {view.retention_days} days")
    alone = shown.alone.get(view.id, ())
    # What costs one more key before a circle opens keeps its words back here too.
    if alone and not screen.desk.question_before(view.id) and not screen.desk.minutes_up:
        page.head("No answer yet, only if you want to")
        for one in alone:
            page.line(safe_line(one, limit=60))
    return page.text


def _reading_words(screen: CircleScreen[Shown]) -> str:
    limits = screen.desk.limits
    parts = []
    if limits.reading_cap:
        spent = int(screen.desk.spent_minutes())
        parts.append(f"{limits.reading_cap} min a day ({spent} so far)")
    if limits.posts:
        parts.append(f"{limits.posts} posts a visit")
    return ", ".join(parts) or "no cap"


def queue(screen: CircleScreen[Shown], rows: Sequence[QueueView]) -> Text:
    page = Page(screen)
    messages = [one for one in rows if one.what == "message"]
    by_state: dict[tuple[str, str], int] = {}
    for one in messages:
        key = (one.circle, one.state)
        by_state[key] = by_state.get(key, 0) + 1
    for (circle, state), count in by_state.items():
        what = "1 message" if count == 1 else f"{count} messages"
        until = (
            f" until {screen.desk.quiet_until}" if state == "held" and screen.desk.quiet_now else ""
        )
        page.line(f"{what} to {safe_line(circle)}: {QUEUE_WORDS.get(state, state)}{until}")
    if not messages:
        page.line("Nothing. Everything that you sent is there.", "quiet")
    page.line()
    page.line(
        "The relay sees of a sealed entry: its size class, the day, a random log number. "
        "Not names, not text. Details: g",
        "quiet",
    )
    return page.text
