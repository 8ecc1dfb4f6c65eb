"""What every part of the journal's face stands on: the vault, the clock, the store.

`Journal` (service.py) is made of parts by topic: `drafts`, `looking`, `shelves`, `offering`. They
are classes and not free functions so that a front end asks one object; none holds state of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from havenclient.journal import ident
from havenclient.journal.attachments import Attachments
from havenclient.journal.seams import Database
from havenclient.journal.search import Finder
from havenclient.journal.store import Store
from havenclient.seams import Clock, Random, SystemClock, SystemRandom

if TYPE_CHECKING:
    from havenclient.vault import Vault, Work


class Core:
    def __init__(
        self,
        vault: Vault,
        *,
        clock: Clock | None = None,
        random: Random | None = None,
        work: Work | None = None,
    ) -> None:
        """`work` watches the one thing that may take long here: a search index made by another
        Python's Unicode, or by an older Haven, is made anew (half a minute at 100,000 entries)."""
        self._vault = vault
        self._clock = clock or SystemClock()
        self._random = random or SystemRandom()
        self._db: Database = vault.db
        self._store = Store(self._db, self._random)
        self._finder = Finder(self._store)
        self._attachments = Attachments(self._store, vault)
        if not vault.read_only and not self._store.index_is_current():
            self.rebuild_search(work=work)

    def search_is_current(self) -> bool:
        """False where only a writer can bring the search index up to this Haven and Python."""
        return self._store.index_is_current()

    def _now_us(self) -> int:
        return ident.microseconds(self._clock.now())[0]

    def rebuild_search(self, *, work: Work | None = None) -> int:
        """Make the search index anew from the entries; returns how many are in it."""
        with self._db.transaction():
            return self._store.rebuild_index(work)
