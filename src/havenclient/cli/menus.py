"""`haven --plain`: numbered menus on normal lines, for screen readers and simple terminals.

No alternate screen, no cursor movement, one fact a line, every prompt ends with a colon. It locks
like the screens do: when nothing is typed for the time in the settings, when `haven lock` asks, or
by choice. A lock saves the draft, closes the vault and replaces the process, so that keys and text
are gone from memory.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from havenclient.cli import editor, render
from havenclient.cli.commands import safety
from havenclient.cli.options import local_now
from havenclient.errors import ExitCode, HavenError
from havenclient.text import safe_line

if TYPE_CHECKING:
    import click

    from havenclient.cli.session import Session
    from havenclient.journal import Journal
    from havenclient.journal.records import Query, Summary

PAGE = 9
_POLL = 1.0
"""Seconds between two looks for a lock request."""


class _Lock(BaseException):
    """Time to lock. Not an Exception, so that nothing on the way takes it for a failure."""


class _Leave(BaseException):
    """The person leaves."""


def run(ctx: click.Context, session: Session) -> int:
    """The menus until the person leaves; the exit code. Doesn't return after a lock."""
    menus = _Menus(session)
    try:
        menus.outside()
    except (_Leave, KeyboardInterrupt):
        session.close()
        return ExitCode.OK
    except _Lock:
        session.close()
        session.out.line("Locked.")
        session.out.flush()
        command = [sys.executable, "-P", "-m", "havenclient", *session.options.again(), "--locked"]
        if "--plain" not in command:
            command.insert(4, "--plain")
        os.execv(command[0], command)  # noqa: S606 - our own program
    return ExitCode.OK


class _Menus:
    def __init__(self, session: Session) -> None:
        self.session = session
        self.out = session.out

    # --- asking ---------------------------------------------------------------------------------

    def read(self, prompt: str, *, locked: bool = False) -> str | None:
        """One line; None at the end of input. Locks when nothing comes for too long."""
        if prompt:
            self.out.flush()
            sys.stdout.write(prompt)
            sys.stdout.flush()
        left = self.session.settings.locking.lock_after_minutes * 60.0
        request = self.session.root / "lock-request"
        while not select.select([sys.stdin], [], [], _POLL)[0]:
            if locked:
                continue
            left -= _POLL
            if left <= 0 or request.exists():
                self.out.line()
                raise _Lock
        return editor.read_line("")

    def choose(self, title: str, choices: list[tuple[str, Callable[[], None]]]) -> None:
        """A numbered menu, once."""
        self.out.line()
        self.out.line(title)
        for number, (text, _) in enumerate(choices, 1):
            self.out.line(f"{number}. {text}")
        answer = self.read("Number: ", locked=self.session.vault_is_closed)
        if answer is None:
            raise _Leave
        answer = answer.strip()
        if number := _on_the_list(answer, len(choices)):
            try:
                choices[number - 1][1]()
            except HavenError as error:
                self.out.error(error)
        elif answer:
            self.out.line(f"That is not on the list; 1 to {len(choices)}.")

    # --- locked ---------------------------------------------------------------------------------

    def outside(self) -> None:
        from havenclient.vault import exists

        self.out.line("Haven. A quiet place on this computer.")
        while True:
            if exists(self.session.paths):
                first = ("Unlock", self.unlock)
            else:
                first = ("Make a vault", self.make)
            self.choose("Locked.", [first, ("Safety: where help is", self.safety), self._leave()])

    def unlock(self) -> None:
        with self.session.journal() as journal:
            self.out.line("Unlocked.")
            for one in journal.drafts():
                self.out.line(
                    f"A draft of {one.saved_at.astimezone():%d %B, %H:%M} was not saved; "
                    "Drafts in the menu shows it."
                )
            while True:
                self.inside(journal)

    def make(self) -> None:
        import click

        from havenclient.cli.commands.init import init

        with click.Context(init, obj=self.session) as ctx:
            ctx.invoke(init, as_json=False)

    def safety(self) -> None:
        for line in safety.page_lines(self.session, safety.country_of(self.session, None)):
            self.out.line(line)

    def _leave(self) -> tuple[str, Callable[[], None]]:
        return "Leave", self.leave

    def leave(self) -> None:
        raise _Leave

    # --- unlocked -------------------------------------------------------------------------------

    def inside(self, journal: Journal) -> None:
        self.choose(
            "Menu.",
            [
                ("Write", lambda: self.write(journal)),
                ("Newest entries", lambda: self.newest(journal)),
                ("Search", lambda: self.search(journal)),
                ("On this day", lambda: self.on_this_day(journal)),
                ("The last 90 days in words", lambda: self.stats(journal)),
                ("Drafts", lambda: self.drafts(journal)),
                ("Safety: where help is", self.safety),
                ("Lock", self.lock),
                self._leave(),
            ],
        )

    def lock(self) -> None:
        raise _Lock

    def write(self, journal: Journal) -> None:
        from havenclient.journal.records import Draft

        key = f"new:plain-{os.getpid()}"

        def keep(text: str, *, now: bool = False) -> None:
            journal.save_draft(Draft(key, text, self.session.clock.now()))

        body = editor.write_lines(self.out.line, keep, self.read)
        if not body.strip():
            journal.drop_draft(key)
            self.out.line("Nothing was written.")
            return
        mood = self._mood()
        tags = (self.read("Tags, with spaces between, or Enter: ") or "").replace("#", "").split()
        note = (self.read("Content note, such as grief, or Enter: ") or "").strip() or None
        entry = journal.add(body, mood=mood, tags=tags, note=note)
        journal.drop_draft(key)
        self.out.line(f"Saved, {render.plural(entry.words, 'word')}.")

    def _mood(self) -> int | None:
        while True:
            answer = (self.read("Mood from 1 low to 5 bright, or Enter: ") or "").strip()
            if answer in ("1", "2", "3", "4", "5"):
                return int(answer)
            if not answer:
                return None

    def newest(self, journal: Journal) -> None:
        from havenclient.journal.records import Query

        self._browse(journal, Query())

    def search(self, journal: Journal) -> None:
        from havenclient.journal.query import parse

        words = (self.read("Words: ") or "").strip()
        if words:
            self._browse(journal, parse(words, today=local_now(self.session).date()))

    def _browse(self, journal: Journal, query: Query) -> None:
        cursor: str | None = None
        while True:
            page = journal.find(query, limit=PAGE, cursor=cursor, count=cursor is None)
            if cursor is None:
                self.out.line(render.plural(page.total or 0, "entry", "entries") + ".")
            if not page.rows:
                return
            cursor = page.next
            if not self._pick(journal, page.rows, more=cursor is not None):
                return

    def _pick(self, journal: Journal, rows: tuple[Summary, ...], *, more: bool) -> bool:
        """Read entries of one page. True when the person wants the next page."""
        while True:
            for number, row in enumerate(rows, 1):
                self.out.line(f"{number}. " + render.summary_line(row, "").strip())
            further = ", m for more" if more else ""
            answer = (self.read(f"Number to read{further}, or Enter to go back: ") or "").strip()
            if answer == "m" and more:
                return True
            if not answer:
                return False
            if number := _on_the_list(answer, len(rows)):
                self._show(journal, rows[number - 1].id)
            else:
                self.out.line(f"That is not on the list; 1 to {len(rows)}.")

    def _show(self, journal: Journal, entry_id: str) -> None:
        entry = journal.get(entry_id)
        for line in render.entry_lines(entry, reveal=False):
            self.out.line(line)
        if entry.note is not None and self._yes("Show it, y or n: "):
            self.out.text(entry.body)
        answer = self.read("e edit, b put into the bin, or Enter to go back: ") or ""
        match answer.strip().casefold():
            case "e":
                body = editor.change_lines(
                    entry.body, self.out.line, self.out.line, None, self.read
                )
                if body is not None and body.strip():
                    journal.edit(entry.id, body=body)
                    self.out.line("Saved. The earlier version stays in the history.")
            case "b":
                journal.bin(entry.id)
                self.out.line("Put into the bin, for 30 days.")

    def _yes(self, question: str) -> bool:
        return (self.read(question) or "").strip().casefold() in ("y", "yes")

    def on_this_day(self, journal: Journal) -> None:
        rows = tuple(journal.on_this_day(local_now(self.session).date()))
        if rows:
            self._pick(journal, rows, more=False)
        else:
            self.out.line("Nothing on this day in earlier years.")

    def stats(self, journal: Journal) -> None:
        today = local_now(self.session).date()
        for sentence in journal.insights(today - timedelta(days=89), today).sentences:
            self.out.line(sentence)

    def drafts(self, journal: Journal) -> None:
        found = journal.drafts()
        if not found:
            self.out.line("No drafts: everything is saved.")
        for one in found:
            self.out.line(f"Draft of {one.saved_at.astimezone():%d %B %Y, %H:%M}:")
            if one.note:
                self.out.line(f"content note: {safe_line(one.note)}")
            if not one.note or self._yes("Show it, y or n: "):
                self.out.text(one.body)
            answer = (self.read("s save it, d drop it, or Enter to keep it: ") or "").strip()
            if answer == "s":
                facts = {"mood": one.mood, "tags": one.tags, "note": one.note}
                if one.key.startswith("entry:"):
                    journal.edit(one.key.removeprefix("entry:"), body=one.body, **facts)  # type: ignore[arg-type]
                else:
                    journal.add(one.body, **facts)  # type: ignore[arg-type]
            if answer in ("s", "d"):
                journal.drop_draft(one.key)


def _on_the_list(answer: str, length: int) -> int:
    """The number that was typed if the list has it, else 0; also for 00017 and a thousand nines."""
    fits = answer.isascii() and answer.isdigit() and len(answer) <= 4
    return int(answer) if fits and 1 <= int(answer) <= length else 0
