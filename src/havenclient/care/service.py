"""Care's own things in an open vault, in one hand: what front ends hold."""

from __future__ import annotations

from havenclient.care.ask_list import AskList
from havenclient.care.keeping import Boundaries
from havenclient.care.plan import Plan
from havenclient.care.results import Results
from havenclient.care.seams import Database
from havenclient.care.shelf import Shelf
from havenclient.care.support_map import SupportMap
from havenclient.seams import Clock


class Care:
    """`Care(vault.db, clock)`. Every part may be used from any thread that may use the database."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self.plan = Plan(db, clock)
        self.map = SupportMap(db, clock)
        self.questions = AskList(db, clock)
        self.shelf = Shelf(db, clock)
        self.results = Results(db, clock)
        self.boundaries = Boundaries(db, clock)
