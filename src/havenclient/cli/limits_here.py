"""The person's own limits where the command line meets a circle: said in one line, one option away.

A limit is a promise by her to herself: `--anyway` and `--more` go past it without a remark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from havenclient.care import boundaries
from havenclient.care.caps import Capped, within_cap
from havenclient.cli.options import local_now
from havenclient.cli.session import Session
from havenclient.cli.terminal import ask_yes, stdin_is_terminal, stdout_is_terminal
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
    ends = boundaries.held_until(own(session, both).limits(), local_now(session))
    return None if ends is None else int(ends.timestamp())


def before_reading(session: Session, both: Together, name: str) -> None:
    """A rest that she chose costs one more word, --anyway: SafetyRefusal (exit 6). Quiet hours are
    asked about on a terminal; a script and a screen reader hear the sentence and go on."""
    kept, circle = own(session, both), both.circles.get(name).id
    pause = kept.paused(circle)
    if pause is not None:
        sentence = boundaries.pause_sentence(pause.until)
        back = "`haven care pause CIRCLE --return` comes back"
        raise SafetyRefusal(_error(sentence), "--anyway reads it", back)
    question = boundaries.opening_question(kept.limits(), local_now(session))
    if not question:
        return
    if session.options.no_input or not (stdin_is_terminal() and stdout_is_terminal()):
        session.out.say(f"haven: {question.removesuffix(' Open anyway?')}")
    elif not ask_yes(question, no_input=False, instead="--anyway"):
        raise SafetyRefusal(
            "nothing was opened",
            "--anyway does not ask; `haven care limits quiet_hours none` never asks again",
        )


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
