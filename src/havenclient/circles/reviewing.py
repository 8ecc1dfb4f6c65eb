"""Reports and unnamed questions, as hosts and helpers get them: filed, looked at, answered.

What a report proves is checked here, on this computer, against what was received in the circle; who
sent it is known to who helps and to nobody else. Each step goes back to her as a quiet word
(`quiet_words.py`). Making one is in reporting.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from havenclient.circles import content as mimi
from havenclient.circles import evidence, norms, outside, quiet, reports
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.acts import REASON_WORDS, Reason
from havenclient.circles.book import Book, CircleRow
from havenclient.circles.circle import DAY, Circle
from havenclient.circles.content import Content, Kind
from havenclient.circles.evidence import Exhibit
from havenclient.circles.mailbox import MailboxError
from havenclient.circles.mailboxes import MailboxRow
from havenclient.circles.quiet_words import MAX_SENTENCE, STATES
from havenclient.circles.report_views import ExhibitView, ReportView
from havenclient.circles.reports import A_DAY, QUESTION, REPORT
from havenclient.circles.writing import write
from havenclient.errors import NotFound, UsageError
from havenclient.text import safe_line, safe_text


class Reviewing:
    def __init__(self, book: Book) -> None:
        self.book = book

    def inbox(self, what: str) -> list[ReportView]:
        """Reports and questions to us, newest first, without their evidence."""
        row = self.book.find(what)
        rows = self.book.db.execute(
            "SELECT no FROM circle_report WHERE circle=? ORDER BY no DESC", (row.no,)
        )
        return [self._view(row, int(r[0]), whole=False) for r in rows]

    def show(self, what: str, no: int) -> ReportView:
        """One of them with its evidence, checked now and offline. The first look tells the
        reporter that it was seen."""
        row, circle = self.book.inside(what)
        view = self._view(row, no, whole=True)
        if view.state == "new":
            self._status(row, circle, no, "seen", "")
            view = self._view(row, no, whole=True)
        return view

    def settle(self, what: str, no: int, state: str, sentence: str = "") -> None:
        """done, or no-action with a reason; one sentence goes back to who reported."""
        row, circle = self.book.inside(what)
        self._view(row, no, whole=False)
        if state not in STATES:
            raise UsageError("a report ends as done or no-action")
        if state == "no-action" and not sentence.strip():
            raise UsageError("say why nothing is done: who reported always learns that")
        if len(sentence) > MAX_SENTENCE:
            raise UsageError(f"one sentence, at most {MAX_SENTENCE} characters")
        self._status(row, circle, no, state, sentence.strip())

    def not_in_good_faith(self, what: str, no: int) -> None:
        """A mark for ourselves; who reported hears "no action" with a sentence as always."""
        row, _ = self.book.inside(what)
        self._view(row, no, whole=False)
        self._set(no, "not-in-good-faith")

    def pass_on(self, what: str, no: int, note: str | None = None) -> int:
        """Asks the circle what somebody asked us unnamed."""
        row, circle = self.book.inside(what)
        view = self._view(row, no, whole=False)
        if view.kind != QUESTION or view.state == "asked":
            raise NotFound("there is no such question to pass on")
        salt = self.book.token(mimi.SALT_SIZE)
        content = Content(salt, text=view.words, kind=Kind.QUESTION, note=note, unnamed=True)
        with self.book.change(row.no):
            message = write(self.book, row.no, content)
            self._set(no, "asked")
        self._status(row, circle, no, "done", "")
        self._set(no, "asked")
        return message

    def _status(self, row: CircleRow, circle: Circle, no: int, state: str, sentence: str) -> None:
        found = self.book.db.one("SELECT id, reporter FROM circle_report WHERE no=?", (no,))
        assert found is not None
        with self.book.change(row.no):
            circle = self.book.state(row.no)
            self._set(no, state)
            if any(p.key == bytes(found[1]) for p in circle.people):
                fields: list[object] = ["status", bytes(found[0]), state, sentence]
                content = quiet.seal(circle, bytes(found[1]), fields, self.book.token)
                write(self.book, row.no, content)

    def _set(self, no: int, state: str) -> None:
        self.book.db.execute("UPDATE circle_report SET state=? WHERE no=?", (state, no))

    def _view(self, row: CircleRow, no: int, *, whole: bool) -> ReportView:
        found = self.book.db.one(
            "SELECT no, kind, reporter, name, reason, words, body, state, at FROM circle_report"
            " WHERE circle=? AND no=?",
            (row.no, no),
        )
        if found is None:
            raise NotFound("there is no such report", "`haven report inbox CIRCLE` shows them")
        kind, reporter, name = str(found[1]), bytes(found[2]), str(found[3])
        may_name, exhibits = _read_body(found[6])
        names = self._names(row)
        days = norms.DEFAULT_REPORT_DAYS
        if self.book.has_state(row.no):
            days = norms.report_days(self.book.state(row.no).terms)
        earlier = self.book.db.one(
            "SELECT count(*) FROM circle_report WHERE circle=? AND reporter=? AND kind='report'"
            " AND no<?",
            (row.no, reporter, no),
        ) or (0,)
        return ReportView(
            no=no,
            kind=kind,
            reporter=safe_line(name) if kind == REPORT else "",
            may_name=may_name,
            reason=REASON_WORDS[Reason(found[4])],
            words=safe_text(found[5]),
            about=tuple(
                dict.fromkeys(safe_line(names.get(e.key, evidence.UNKNOWN)) for e in exhibits)
            ),
            state=str(found[7]),
            at=int(found[8]),
            earlier=int(earlier[0]) if kind == REPORT else 0,
            evidence_until=int(found[8]) + days * DAY if exhibits else 0,
            exhibits=tuple(self._exhibit(row, e, names) for e in exhibits) if whole else (),
            why=str(found[4]),
            gone=kind == REPORT and found[6] is None,
        )

    def _names(self, row: CircleRow) -> dict[bytes, str]:
        """Whose key is whose, from what was received here: never from what a report says."""
        names = {
            bytes(key): str(name)
            for key, name in self.book.db.execute(
                "SELECT DISTINCT sender_key, sender FROM circle_message WHERE circle=?"
                " AND sender_key NOT NULL",
                (row.no,),
            )
        }
        if self.book.has_state(row.no):
            names |= {p.key: p.name for p in self.book.state(row.no).people}
        return names

    def _exhibit(self, row: CircleRow, one: Exhibit, names: Mapping[bytes, str]) -> ExhibitView:
        circle = self.book.state(row.no)
        checked = evidence.check(one, circle.group.group_id, names)
        content = checked.content
        here = None if content is None else self._row_of(row, circle, one, content)
        return ExhibitView(
            author=safe_line(checked.name),
            proven=checked.proven,
            why=checked.why,
            note=None if content is None else content.shown_note(),
            text="" if content is None else content.shown_text(),
            deleted=here is not None and here[1],
            row=None if here is None or here[1] else here[0],
        )

    def _row_of(
        self, row: CircleRow, circle: Circle, one: Exhibit, content: Content
    ) -> tuple[int, bool] | None:
        """(our row of a proven message, whether its author took it back), if we have it."""
        ident = content.replaces or outside.ident_of(circle, one, content)
        found = self.book.db.one(
            "SELECT no, content IS NULL FROM circle_message"
            " WHERE circle=? AND id=? AND sender_key=?",
            (row.no, ident, one.key),
        )
        return None if found is None else (int(found[0]), bool(found[1]))


def _read_body(body: object) -> tuple[bool, tuple[Exhibit, ...]]:
    if not isinstance(body, bytes):
        return False, ()
    may_name, exhibits = cbor.as_list(cbor.loads(body), 2)
    return cbor.as_bool(may_name), evidence.decode(exhibits)


def take(book: Book, box: MailboxRow, seq: int, content: bytes) -> bool:
    """An entry of a report mailbox, filed if it is for us. Raises MailboxError.

    Entries of an earlier mailbox count too, while their senders are members. Past the daily limit
    they are passed over, so that a modified client gains nothing.
    """
    if box.circle is None or not book.has_state(box.circle):
        return False
    circle = book.state(box.circle)
    packet, signer = reports.unseal(circle, box.log_id, content)
    known = book.db.one(
        "SELECT 1 FROM circle_report WHERE circle=? AND reporter=? AND id=?",
        (box.circle, signer, packet.ident),
    )
    if known is not None:
        # Every member can put the same bytes there again: it is the same report, and must not
        # use up what its author may say today.
        raise MailboxError("said again")
    now = book.now()
    count = book.db.one(
        "SELECT count(*) FROM circle_report WHERE circle=? AND reporter=? AND kind=? AND at>?",
        (box.circle, signer, packet.kind, now - DAY),
    ) or (0,)
    if count[0] >= A_DAY:
        raise MailboxError("more than five in a day")
    if any(e.key == circle.me.key for e in packet.exhibits):
        raise MailboxError("about ourselves: not ours to read")
    name = next(p.name for p in circle.people if p.key == signer)
    book.db.execute(
        "INSERT OR IGNORE INTO circle_report(circle, log_id, seq, id, kind, reporter, name, reason,"
        " words, body, state, at) VALUES (?,?,?,?,?,?,?,?,?,?,'new',?)",
        (
            box.circle,
            box.log_id,
            seq,
            packet.ident,
            packet.kind,
            signer,
            name,
            packet.reason.value,
            packet.words,
            cbor.dumps([packet.may_name, evidence.encode(packet.exhibits)]),
            now,
        ),
    )
    return True
