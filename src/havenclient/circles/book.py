"""The book of circles: rows and states in the vault, and the one way to change them.

`change` opens a transaction and hands out the state; what is saved inside it and every row that is
written beside it become durable together. If anything fails, the remembered state is forgotten, so
that memory never runs ahead of the disk: a ratchet position that isn't saved is never used.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from havenclient.circles import store
from havenclient.circles.circle import Circle, Standing
from havenclient.circles.joining import identity_of
from havenclient.errors import NotFound, SafetyRefusal, UsageError
from havenclient.seams import Clock, Random
from havenclient.vault import Database, Vault


@dataclass(frozen=True, slots=True)
class CircleRow:
    no: int
    id: bytes
    name: str
    pseudonym: str
    relay: str
    standing: Standing
    read_seq: int


class Book:
    """Shared by everything that keeps circles; safe to use from several threads."""

    def __init__(self, vault: Vault, clock: Clock, random: Random) -> None:
        self.vault = vault
        self.clock = clock
        self.random = random
        self.ladders: dict[int, tuple[bytes, object]] = {}
        """Decoded moderation ladders beside the bytes they came from (`ladder_store`)."""
        self._states: dict[int, Circle] = {}
        self._lock = threading.RLock()

    @property
    def db(self) -> Database:
        return self.vault.db

    def now(self) -> int:
        """Unix seconds."""
        return int(self.clock.now().timestamp())

    def minute(self) -> int:
        """Unix seconds, rounded down: times that travel tell nobody a second."""
        return self.now() // 60 * 60

    def token(self, size: int) -> bytes:
        return self.random.token(size)

    # --- rows -------------------------------------------------------------------------------------

    def rows(self) -> list[CircleRow]:
        return [
            CircleRow(r[0], bytes(r[1]), r[2], r[3], r[4], Standing(r[5]), r[6])
            for r in self.db.execute(
                "SELECT no, id, name, pseudonym, relay, standing, read_seq FROM circle ORDER BY no"
            )
        ]

    def find(self, what: str) -> CircleRow:
        """By name (case doesn't matter) or by a unique beginning of the id. Raises NotFound."""
        rows = self.rows()
        wanted = what.strip().casefold()
        named = [r for r in rows if r.name.casefold() == wanted]
        if len(named) == 1:
            return named[0]
        if len(named) > 1:
            raise UsageError("two circles have that name", "use the id that `circle list` shows")
        begun = [r for r in rows if len(wanted) >= 4 and r.id.hex().startswith(wanted)]
        begun = begun or [r for r in rows if wanted and r.name.casefold().startswith(wanted)]
        if len(begun) == 1:
            return begun[0]
        if begun:
            raise UsageError("more than one circle begins like that", "write more of its name")
        raise NotFound("there is no such circle here", "`haven circle list` shows them")

    def row(self, no: int) -> CircleRow:
        """By number. Raises NotFound."""
        found = next((r for r in self.rows() if r.no == no), None)
        if found is None:
            raise NotFound("there is no such circle here")
        return found

    def top_of(self, no: int) -> int:
        """The largest number that an entry of a circle has here; 0 where there is none."""
        row = self.db.one(
            "SELECT max(coalesce((SELECT max(seq) FROM circle_message WHERE circle=?1), 0),"
            " coalesce((SELECT max(seq) FROM circle_head WHERE circle=?1), 0))",
            (no,),
        )
        return 0 if row is None else int(row[0])

    # --- states -----------------------------------------------------------------------------------

    def state(self, no: int) -> Circle:
        """The present state, as last saved."""
        with self._lock:
            if no not in self._states:
                row = self.db.one("SELECT state, standing FROM circle WHERE no=?", (no,))
                if row is None:
                    raise NotFound("there is no such circle here")
                if not row[0] and row[1] == Standing.GONE.value:
                    raise SafetyRefusal("this circle has ended")
                if not row[0]:
                    raise SafetyRefusal(
                        "you are not back in this circle yet",
                        "`haven circle return NAME` asks a host to let you in",
                    )
                self._states[no] = store.load_circle(bytes(row[0]))
            return self._states[no]

    def inside(self, what: str) -> tuple[CircleRow, Circle]:
        """Row and state of a circle that we are in. Raises SafetyRefusal, NotFound."""
        row = self.find(what)
        if row.standing is Standing.GONE or not self.has_state(row.no):
            raise SafetyRefusal("you are not in this circle now")
        return row, self.state(row.no)

    def has_state(self, no: int) -> bool:
        """False for a circle that came out of a backup: who we are in it, and no ratchet."""
        row = self.db.one("SELECT length(state) FROM circle WHERE no=?", (no,))
        return row is not None and row[0] > 0

    def forget(self, no: int) -> None:
        """Drops the remembered state of a circle whose keys were destroyed."""
        with self._lock:
            self._states.pop(no, None)

    def day(self, at: int) -> str:
        """A moment as a day where the person is, for what she exports."""
        zone = self.clock.now().tzinfo
        return datetime.fromtimestamp(at, zone).date().isoformat()

    def id_of(self, no: int) -> bytes:
        row = self.db.one("SELECT id FROM circle WHERE no=?", (no,))
        if row is None:
            raise NotFound("there is no such circle here")
        return bytes(row[0])

    @contextmanager
    def change(self, no: int | None = None) -> Iterator[None]:
        """One step: everything inside is saved together, or nothing is."""
        with self._lock:
            try:
                with self.db.transaction():
                    yield
            except BaseException:
                # Which states the failed step touched is not worth knowing: read them again.
                self._states.clear()
                raise

    def add(self, circle: Circle) -> int:
        """A new row for a circle that begins here. Inside `change`."""
        self.db.execute(
            "INSERT INTO circle(id, name, pseudonym, relay, standing, state, identity, joined_at)"
            " VALUES (?,?,?,?,?,?,?,?)",
            (
                circle.id,
                circle.terms.name,
                circle.me.name,
                circle.relay,
                circle.standing.value,
                store.dump_circle(circle),
                store.dump_identity(identity_of(circle)),
                self.now(),
            ),
        )
        row = self.db.one("SELECT no FROM circle WHERE id=?", (circle.id,))
        assert row is not None
        self._states[int(row[0])] = circle
        return int(row[0])

    def save(self, no: int, circle: Circle, *, epoch_changed: bool = False) -> None:
        """Inside `change`. `epoch_changed`: the terms may be others now."""
        self.db.execute(
            "UPDATE circle SET state=?, standing=? WHERE no=?",
            (store.dump_circle(circle), circle.standing.value, no),
        )
        if epoch_changed and circle.standing is not Standing.GONE:
            self.db.execute(
                "UPDATE circle SET name=?, identity=? WHERE no=?",
                (circle.terms.name, store.dump_identity(identity_of(circle)), no),
            )
        self._states[no] = circle
