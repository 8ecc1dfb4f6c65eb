"""The person's own limits where the command line meets a circle: said in one line, one option away.

A limit is a promise by her to herself: `--anyway` and `--more` go past it without a remark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from havenclient.care import boundaries
from havenclient.care.caps import Capped, within_cap
from havenclient.cli.options import local_now
from havenclient.cli.session import Session
from havenclient.errors import SafetyRefusal

if TYPE_CHECKING:
    from havenclient.care.keeping import Boundaries
    from havenclient.cli.together import Together


def own(session: Session, both: Together) -> Boundaries:
    """Her limits, which begin where the settings say."""
    from havenclient.care.keeping import Boundaries

    begins = boundaries.beginning(session.settings.boundaries)
    return Boundaries(both.circles.book.db, session.clock, begins)


def sends_at(session: Session, both: Together) -> int | None:
    """Unix seconds from which words go out; None: now."""
    hours = own(session, both).limits().quiet_hours
    ends = boundaries.quiet_until(hours, local_now(session))
    return None if ends is None else int(ends.timestamp())


def before_reading(session: Session, both: Together, name: str) -> None:
    """Raises SafetyRefusal (exit 6) with the sentence that costs one more word: --anyway."""
    kept, circle = own(session, both), both.circles.get(name).id
    pause = kept.paused(circle)
    if pause is not None:
        sentence = boundaries.pause_sentence(pause.until)
        back = "`haven care pause CIRCLE --return` comes back"
        raise SafetyRefusal(_error(sentence), "--anyway reads it", back)
    question = boundaries.opening_question(kept.limits(), local_now(session))
    if question:
        raise SafetyRefusal(_error(question), "--anyway opens it")


def _error(sentence: str) -> str:
    """A sentence in the shape of an error: small, without a full stop at its end."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def capped(session: Session, both: Together, name: str) -> Capped:
    """What this look may show of what is new."""
    from havenclient.circles import unread

    kept = own(session, both)
    limits = kept.limits()
    minutes = kept.minutes_read(local_now(session).date())
    up = boundaries.reading(limits, "post", minutes) is boundaries.Reading.LATER
    fresh = unread.look(both.circles.book, name)
    return within_cap(fresh, (), allowed=limits.posts or None, minutes_up=up)
