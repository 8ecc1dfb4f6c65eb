"""Care's own things in an open vault, in one hand: what front ends hold."""

from __future__ import annotations

from typing import NamedTuple

from havenclient.care import leaks
from havenclient.care.ask_list import AskList
from havenclient.care.boundaries import Limits
from havenclient.care.keeping import NAME, Boundaries
from havenclient.care.plan import Plan
from havenclient.care.results import Results
from havenclient.care.seams import Database
from havenclient.care.shelf import Shelf
from havenclient.care.support_map import SupportMap
from havenclient.seams import Clock


class Look(NamedTuple):
    doubts: tuple[str, ...]
    """Sentences on what could tell who she is; none where nothing was found."""
    advice: str
    """One gentle line where the words sound like advice; empty otherwise."""


class Care:
    """`Care(vault.db, clock)`. Every part may be used from any thread that may use the database."""

    def __init__(self, db: Database, clock: Clock, beginning: Limits | None = None) -> None:
        """`beginning`: see `keeping.Boundaries`."""
        self.plan = Plan(db, clock)
        self.map = SupportMap(db, clock)
        self.questions = AskList(db, clock)
        self.shelf = Shelf(db, clock)
        self.results = Results(db, clock)
        self.boundaries = Boundaries(db, clock, beginning)

    def before_posting(self, text: str) -> Look:
        """What to ask the writer before these words leave.

        Looked at on this device only, with her own list of names; a maybe, never a refusal.
        """
        found = leaks.look(text, self.boundaries.words(NAME))
        sentences = tuple(dict.fromkeys(one.sentence for one in found))
        return Look(sentences, leaks.advice_note(text))
