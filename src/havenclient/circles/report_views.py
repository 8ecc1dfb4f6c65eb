"""What front ends get to see of reports: to us, and of our own. Texts are safe to show."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ExhibitView:
    author: str
    proven: bool
    why: str
    """Where it is not proven: in words."""
    note: str | None
    text: str = field(repr=False)
    deleted: bool
    """Its author has taken it back since."""
    row: int | None = None
    """Our row of that message, while it stands in the circle."""


@dataclass(frozen=True, slots=True)
class ReportView:
    no: int
    kind: str
    """report or question."""
    reporter: str
    """Empty for a question: who asks unnamed stays unnamed."""
    may_name: bool
    reason: str
    words: str = field(repr=False)
    about: tuple[str, ...]
    state: str
    """new, seen, done, no-action, not-in-good-faith, asked."""
    at: int
    earlier: int
    """Earlier reports by the same member, to be read together."""
    evidence_until: int
    exhibits: tuple[ExhibitView, ...] = ()
    why: str = "other"
    """The reason's own name (`acts.Reason`)."""
    gone: bool = False
    """The report window has passed: nothing of its evidence and words is left."""


@dataclass(frozen=True, slots=True)
class ReportedView:
    """One of ours, and what became of it."""

    no: int
    kind: str
    reason: str
    state: str
    """sent, seen, done, no-action."""
    sentence: str
    by: str
    at: int
