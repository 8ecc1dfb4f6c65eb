"""What a circle agreed on beside its agreement.

* growing: a fourth member comes in only where somebody besides the host helps (decision 0060);
* the report window: how long signatures are kept for a report (`extra["report_days"]`, 7 to 30);
* earlier versions of the agreement, kept to compare with.

Never: a rule that other clients must share. What stands here is a host's own restraint. What people
look up and wish of all this is in `order.py`.
"""

from __future__ import annotations

from havenclient.circles import ledger
from havenclient.circles.book import Book, CircleRow
from havenclient.circles.circle import DAY, Circle, Standing
from havenclient.circles.terms import Terms
from havenclient.errors import SafetyRefusal

ALONE = 3
"""People that one host may look after without anybody else (S33)."""
REPORT_DAYS = "report_days"
DEFAULT_REPORT_DAYS = ledger.REPORT_WINDOW // DAY
LOWEST, HIGHEST = 7, 30


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
