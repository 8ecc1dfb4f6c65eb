"""What a circle agreed on beside its agreement, and what anybody may look up about its order.

* growing: a fourth member comes in only where somebody besides the host helps (decision 0060);
* the report window: how long signatures are kept for a report (`extra["report_days"]`, 7 to 30);
* earlier versions of the agreement, and what changed;
* the log of steps, the very line that a step would leave, and newcomers' words that wait.

Never: a rule that other clients must share. What stands here is a host's own restraint, or a look.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from havenclient.circles import conduct, ledger, night, warrants
from havenclient.circles import ladder as rules
from havenclient.circles.acts import Act, Reason, What
from havenclient.circles.book import Book, CircleRow
from havenclient.circles.circle import DAY, Circle, Standing
from havenclient.circles.ladder import Hall
from havenclient.circles.terms import Terms
from havenclient.errors import SafetyRefusal
from havenclient.text import safe_line, safe_text

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.views import MessageView

ALONE = 3
"""People that one host may look after without anybody else (S33)."""
REPORT_DAYS = "report_days"
DEFAULT_REPORT_DAYS = ledger.REPORT_WINDOW // DAY
LOWEST, HIGHEST = 7, 30
LOG = 200


# --- growing --------------------------------------------------------------------------------------


def lacks_helper(circle: Circle) -> bool:
    """True where one more person may not come in: nobody but one host would look after her."""
    terms = circle.terms
    return len(circle.people) >= ALONE and len(terms.hosts) + len(terms.helpers) < 2


GROWS_WITH_A_HELPER = (
    "a circle of more than three has somebody besides its host who helps; name one first"
)


def must_be_able_to_grow(book: Book, row: CircleRow, knock_no: int) -> None:
    """Raises SafetyRefusal. Who comes back as herself is no growth."""
    knock = book.db.one("SELECT returns FROM circle_knock WHERE no=?", (knock_no,))
    if knock is None or knock[0] or not book.has_state(row.no):
        return
    if lacks_helper(book.state(row.no)):
        raise SafetyRefusal(
            GROWS_WITH_A_HELPER,
            "ask a member: i (people), h; or `haven circle role CIRCLE PERSON --ask helper`",
            "who is here goes on talking as always",
        )


# --- the report window ----------------------------------------------------------------------------


def report_days(terms: Terms) -> int:
    """Days that a message's signature is kept for a report."""
    days = terms.extra.get(REPORT_DAYS)
    if isinstance(days, int) and not isinstance(days, bool) and LOWEST <= days <= HIGHEST:
        return days
    return DEFAULT_REPORT_DAYS


def own_windows(book: Book) -> dict[int, int]:
    """Circles whose window is not the usual one: {number: seconds}."""
    found = {}
    for row in book.rows():
        if row.standing is not Standing.GONE and book.has_state(row.no):
            seconds = report_days(book.state(row.no).terms) * DAY
            if seconds != ledger.REPORT_WINDOW:
                found[row.no] = seconds
    return found


# --- the agreement's versions ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """The agreement in force beside the one before it."""

    version: int
    by: str
    """Who wrote the new one; empty where this Haven does not know the one before."""
    lines: tuple[tuple[str, str], ...] = field(repr=False)
    """(mark, line): "+" new, "-" gone, " " as before."""


def keep_agreement(book: Book, no: int, before: Terms, after: Terms, by: str) -> None:
    """Inside `change`: a new agreement is in force, the one before is kept to compare with."""
    if before.agreement == after.agreement:
        return
    old = before.agreement
    book.db.execute(
        "INSERT OR IGNORE INTO circle_agreement(circle, version, text, by_name, at)"
        " VALUES (?,?,?,?,?)",
        (no, old.version, old.text, by, book.now()),
    )


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
        conduct.now_minute(circles.book),
        target=target,
        message=bytes(32) if thought.what in (What.FOLD, What.UNFOLD) else None,
        reason=thought.reason,
        note=thought.note,
        seconds=thought.seconds,
        signature=signature,
    )
    ladder = conduct.ladder_of(circles.book, row.no)
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
    circles.moderating.set_number(what, REPORT_DAYS, days, LOWEST, HIGHEST)
