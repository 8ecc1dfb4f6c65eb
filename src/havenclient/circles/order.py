"""What anybody may look up about a circle's order, and the small wishes around it.

What changed in the agreement, the log of steps, the very line that a step would leave, what waits
for us, and newcomers' words that wait for somebody. Everything here goes through `Circles`; nothing
below knows this module.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from havenclient.circles import ladder as rules
from havenclient.circles import ladder_store, night, norms, warrants
from havenclient.circles.acts import Act, Reason, What
from havenclient.circles.circle import Standing
from havenclient.circles.ladder import Hall
from havenclient.text import safe_line, safe_text

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.views import MessageView

LOG = 200


# --- the agreement's versions ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """The agreement in force beside the one before it."""

    version: int
    by: str
    """Who wrote the new one; empty where this Haven does not know the one before."""
    lines: tuple[tuple[str, str], ...] = field(repr=False)
    """(mark, line): "+" new, "-" gone, " " as before."""


def change_of_agreement(circles: Circles, what: str) -> Change:
    """What is new in the agreement in force, against the version before it."""
    row, circle = circles.moderating.here(what)
    agreement = circle.terms.agreement
    found = circles.book.db.one(
        "SELECT text, by_name FROM circle_agreement WHERE circle=? AND version=?",
        (row.no, agreement.version - 1),
    )
    if found is None:
        return Change(agreement.version, "", ())
    lines = difference(safe_text(found[0]), safe_text(agreement.text))
    return Change(agreement.version, safe_line(found[1]), lines)


def difference(old: str, new: str) -> tuple[tuple[str, str], ...]:
    """Line by line, as a person reads it; both texts are safe to show already."""
    marked = difflib.ndiff(old.strip().splitlines(), new.strip().splitlines())
    return tuple((one[0], one[2:]) for one in marked if one[0] in "+- ")


# --- looking --------------------------------------------------------------------------------------


def log(circles: Circles, what: str) -> list[tuple[int, str]]:
    """(Unix seconds, line), newest first: who came and went, and each step, without content."""
    row = circles.book.find(what)
    return [
        (int(at), safe_text(line))
        for at, line in circles.book.db.execute(
            "SELECT at, line FROM circle_message WHERE circle=? AND kind='line'"
            " ORDER BY coalesce(seq, 1 << 60) DESC, no DESC LIMIT ?",
            (row.no, LOG),
        )
    ]


@dataclass(frozen=True, slots=True)
class Thought:
    """A step that somebody thinks about taking, and has not taken."""

    what: What
    person: str = ""
    """Empty: the whole circle."""
    reason: Reason = Reason.OTHER
    seconds: int = 0
    note: str = ""


def preview(circles: Circles, what: str, thought: Thought) -> str:
    """The very line that all would see; empty where the rules would refuse the step."""
    row, circle = circles.moderating.here(what)
    target = next((p.key for p in circle.people if p.name == thought.person), None)
    signature = b""
    if thought.what is What.REMOVE and target is not None:
        signature = warrants.sign(circle.group, target)
    act = Act(
        thought.what,
        circles.book.minute(),
        target=target,
        message=bytes(32) if thought.what in (What.FOLD, What.UNFOLD) else None,
        reason=thought.reason,
        note=thought.note,
        seconds=thought.seconds,
        signature=signature,
    )
    ladder = ladder_store.ladder_of(circles.book, row.no)
    return rules.judge(ladder, Hall.of(circle), circle.me.key, bytes(32), act).line


def present(circles: Circles, what: str) -> bool:
    """Whether we are in this circle now; what happened there can be read afterwards too."""
    row = circles.book.find(what)
    return row.standing is not Standing.GONE and circles.book.has_state(row.no)


def in_charge(circles: Circles, what: str) -> bool:
    """Whether we are a host or helper here."""
    if not present(circles, what):
        return False
    _, circle = circles.moderating.here(what)
    return circle.me.key in Hall.of(circle).in_charge


def calls(circles: Circles, what: str) -> list[str]:
    """What waits for us in this circle's order, in a few words each; nobody else sees this."""
    if not present(circles, what):
        return []
    row, circle = circles.moderating.here(what)
    found = []
    for kind, words in (("report", "a report to read"), ("question", "a question to pass on")):
        new = circles.book.db.one(
            "SELECT EXISTS (SELECT 1 FROM circle_report WHERE circle=? AND kind=? AND state='new')",
            (row.no, kind),
        )
        if new is not None and new[0]:
            found.append(f"{words} (m, r)")
    steps = circles.moderating.steps(what)
    if any(step.may_agree for step in steps):
        found.append("your yes is asked for (m, l)")
    if any(step.about_me for step in steps):
        found.append("a step about you (m, l)")
    if circle.me.key in Hall.of(circle).in_charge and waiting_for_others(circles, what):
        found.append("newcomers' words wait for you (m, l)")
    return found


def alone_as_host(circles: Circles, what: str) -> bool:
    """The last host: she hands over before she leaves."""
    _, circle = circles.moderating.here(what)
    return circle.is_host and len(circle.terms.hosts) == 1


def waiting_for_others(circles: Circles, what: str) -> list[MessageView]:
    """As host or helper: newcomers' words that everybody else does not see yet."""
    row = circles.book.find(what)
    rows = night.waiting_for_others(circles.book, row)
    return [one for one in circles.messages(what, limit=LOG) if one.no in rows]


def let_through(circles: Circles, what: str) -> None:
    """Says "I am here": what waited for a host or helper is shown to all."""
    circles.moderating.act(what, Act(What.CLOCK, 0))


def set_report_days(circles: Circles, what: str, days: int) -> None:
    """Hosts: how long signatures are kept for a report; all see the change."""
    circles.moderating.set_number(what, norms.REPORT_DAYS, days, norms.LOWEST, norms.HIGHEST)
