"""Reports and unnamed questions, by who makes them. How they are read is in reviewing.py.

A report goes to all hosts and helpers except whom it is about, through the report mailbox; nobody
else learns that there is one. What became of it comes back as a quiet word (`quiet_words.py`).
After the report window nothing of the evidence is left, on either side (`evidence.purge`).
"""

from __future__ import annotations

from havenclient.circles import evidence, norms, outbox, outside, reports
from havenclient.circles.acts import REASON_WORDS, Reason
from havenclient.circles.book import Book, CircleRow
from havenclient.circles.circle import DAY, Circle, MailboxKeys
from havenclient.circles.evidence import Exhibit
from havenclient.circles.receiving import mailbox_append
from havenclient.circles.report_views import ReportedView
from havenclient.circles.reports import A_DAY, ID, MAX_WORDS, QUESTION, REPORT, Packet
from havenclient.crypto.envelope import TooLarge
from havenclient.errors import NotFound, UsageError
from havenclient.text import safe_line


class Reporting:
    def __init__(self, book: Book) -> None:
        self.book = book

    def report(
        self,
        what: str,
        messages: list[int],
        reason: Reason,
        words: str = "",
        *,
        may_name: bool = False,
    ) -> int:
        """Seals the messages with their signatures to hosts and helpers, save whom it is about.

        Raises UsageError past five a day, where a message's evidence is gone, or where nobody is
        left to read it (then `take_outside` still works).
        """
        row, circle = self.book.inside(what)
        exhibits = self._gather(row, circle, messages)
        readers = list(_readers(circle, {e.key for e in exhibits}).values())
        if not readers:
            raise UsageError(
                "nobody but the one it is about would read this report",
                "`haven report outside` writes a file that you can give to whom you choose",
            )
        return self._send(row, circle, REPORT, reason, words, may_name, exhibits, readers)

    def provable(self, what: str) -> frozenset[int]:
        """Rows of others' messages whose signatures are still here, taken back or not."""
        row, _ = self.book.inside(what)
        return frozenset(
            int(r[0])
            for r in self.book.db.execute(
                "SELECT no FROM circle_message WHERE circle=? AND mine=0 AND kind='message'"
                " AND evidence NOT NULL",
                (row.no,),
            )
        )

    def readers(self, what: str, messages: list[int]) -> list[str]:
        """Names of those who would read a report of these messages; empty: nobody could."""
        row, circle = self.book.inside(what)
        names = {p.key: safe_line(p.name) for p in circle.people}
        chosen = frozenset(messages)
        accused = {
            bytes(key)
            for no, key in self.book.db.execute(
                "SELECT no, sender_key FROM circle_message WHERE circle=? AND sender_key NOT NULL",
                (row.no,),
            )
            if no in chosen
        }
        return [names[who] for who in _readers(circle, accused) if who in names]

    def hosts_to_ask(self, what: str) -> list[str]:
        """Who may get a question that is asked without a name."""
        _, circle = self.book.inside(what)
        terms, me = circle.terms, circle.me.key
        return [safe_line(p.name) for p in circle.people if terms.is_host(p.key) and p.key != me]

    def left_today(self, what: str, kind: str = REPORT) -> int:
        """How many more reports (or questions) we can make in these 24 hours."""
        row, _ = self.book.inside(what)
        return max(0, A_DAY - self._count(row.no, kind, self.book.now()))

    def report_days(self, what: str) -> int:
        """How long evidence is kept here, in days."""
        _, circle = self.book.inside(what)
        return norms.report_days(circle.terms)

    def ask_unnamed(self, what: str, text: str, host: str | None = None) -> int:
        """A question to one host, who may pass it on as "someone here asks"."""
        row, circle = self.book.inside(what)
        hosts = [h for h in circle.terms.hosts if h.signature_key != circle.me.key]
        if host is not None:
            names = {p.key: p.name.casefold() for p in circle.people}
            hosts = [h for h in hosts if names[h.signature_key] == host.strip().casefold()]
        if not hosts:
            raise NotFound("there is no such host to ask")
        if not text.strip():
            raise UsageError("what would you like to ask?")
        reader = [hosts[0].sealing_key]
        return self._send(row, circle, QUESTION, Reason.OTHER, text, False, (), reader)  # noqa: FBT003

    def _send(
        self,
        row: CircleRow,
        circle: Circle,
        kind: str,
        reason: Reason,
        words: str,
        may_name: bool,
        exhibits: tuple[Exhibit, ...],
        readers: list[bytes],
    ) -> int:
        if len(words) > MAX_WORDS:
            raise UsageError(f"at most {MAX_WORDS} characters")
        book, now = self.book, self.book.now()
        if self._count(row.no, kind, now) >= A_DAY:
            raise UsageError(
                "five in a day is the limit",
                "put several messages into one report; the helpers have the earlier ones",
            )
        ident = book.token(ID)
        packet = Packet(kind, ident, reason, words, may_name, exhibits)
        content = reports.seal(circle, packet, readers, book.token, shuffle=book.token)
        box = MailboxKeys.of(circle.terms.report)
        try:
            entry = mailbox_append(box, content, book.token)
        except TooLarge as error:
            raise UsageError("that is too much for one report", "choose fewer messages") from error
        with book.change(row.no):
            book.db.execute(
                "INSERT INTO circle_reported(circle, id, kind, reason, state, at)"
                " VALUES (?,?,?,?,'sent',?)",
                (row.no, ident, kind, reason.value, now),
            )
            outbox.put(book.db, circle.relay, [entry], now=now, circle=row.no)
            made = book.db.one("SELECT max(no) FROM circle_reported")
        assert made is not None
        return int(made[0])

    def _count(self, no: int, kind: str, now: int) -> int:
        row = self.book.db.one(
            "SELECT count(*) FROM circle_reported WHERE circle=? AND kind=? AND at>?",
            (no, kind, now - DAY),
        )
        return 0 if row is None else int(row[0])

    def reported(self, what: str) -> list[ReportedView]:
        """What we reported and asked, newest first."""
        row = self.book.find(what)
        return [
            ReportedView(
                int(r[0]),
                str(r[1]),
                REASON_WORDS[Reason(r[2])],
                str(r[3]),
                safe_line(r[4]),
                safe_line(r[5]),
                int(r[6]),
            )
            for r in self.book.db.execute(
                "SELECT no, kind, reason, state, sentence, by_name, at FROM circle_reported"
                " WHERE circle=? ORDER BY no DESC",
                (row.no,),
            )
        ]

    def take_outside(self, what: str, messages: list[int], passphrase: str) -> bytes:
        """An age file with the evidence of these messages and what it proves, in plain words."""
        row, circle = self.book.inside(what)
        exhibits = self._gather(row, circle, messages)
        return outside.encrypted(circle.group.group_id, exhibits, passphrase)

    def _gather(self, row: CircleRow, circle: Circle, messages: list[int]) -> tuple[Exhibit, ...]:
        if not 0 < len(messages) <= evidence.MAX_MESSAGES:
            raise UsageError(f"choose between 1 and {evidence.MAX_MESSAGES} messages")
        found: list[Exhibit] = []
        for no in dict.fromkeys(messages):
            of_one = evidence.gather(self.book.db, row.no, circle.group.suite.id, no)
            if not of_one:
                raise NotFound(
                    f"for message {no} there is no evidence here",
                    f"it is kept for {norms.report_days(circle.terms)} days,"
                    " for messages of other people",
                )
            found += of_one
        return tuple(found)


def _readers(circle: Circle, accused: set[bytes]) -> dict[bytes, bytes]:
    """{signature key: sealing key} of all hosts and helpers save the accused and ourselves."""
    terms = circle.terms
    keys = {h.signature_key: h.sealing_key for h in terms.hosts}
    keys |= {h.signature_key: h.sealing_key for h in terms.helpers}
    return {who: k for who, k in keys.items() if who not in accused and who != circle.me.key}
