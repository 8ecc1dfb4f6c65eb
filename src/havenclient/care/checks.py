"""Self-checks: the course of one sitting, its score, its spacing, and what earlier ones show.

Theory of operation. A `Sitting` is an instrument and the answers so far. `stage` is the only thing
that says what comes next, and both front ends follow it, so that the rule about the question of
death can't be forgotten by one of them:

    OFFER     before PHQ-9 only: what one question is about; skip, the shorter version, or go on
    QUESTION  one question at a time; each may be left out
    SUPPORT   that question was answered 1 or more: the support card, before any number, whatever
              the total. Left with one key; nothing is locked, nothing leaves the device
    RESULT    the number, in plain words; what studies call it is one key further

A missing answer gives no number, never a guess. A 0 is a 0: nothing here says "no risk". The same
check comes back after 14 days, the time that its questions are about. No words of a result say
what a person has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from havenclient.care.instruments import ITEM_9, SHORTER, WEATHER, Band, Instrument, Question
from havenclient.care.instruments import instrument as instrument_named
from havenclient.errors import UsageError

SPACING = timedelta(days=14)
NOTICE = (
    "One question asks about thoughts of being better off dead or hurting yourself. "
    "You can skip this check or use the 8-question version."
)
PURPOSE = (
    "A note to yourself, kept in your journal's vault. It is not a diagnosis, and nobody sees it."
)
NO_NUMBER = "Without all answers there is no number. That is fine."
MEANING = (
    "This is what the number is called in studies; only a professional can say what it means "
    "for you."
)
SUPPORT = "Would any of these help right now?"
MORE_THAN_A_NUMBER = (
    "The number says nothing about that one answer. A person to talk to can help with it."
)
SUPPORT_WAYS = (
    ("plan", "my plan"),
    ("lines", "someone to talk to"),
    ("ground", "half a minute of grounding"),
    ("on", "go on to the number"),
)


class Stage(Enum):
    OFFER = "offer"
    QUESTION = "question"
    SUPPORT = "support"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class Score:
    raw: int
    highest: int
    band: Band
    subscales: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Sitting:
    instrument: Instrument
    answers: tuple[int | None, ...] = ()
    """By question; None was left out. The unscored last question is not among them."""
    accepted: bool = False
    """The offer was read and taken."""
    supported: bool = False
    """The support card was shown and left."""

    @property
    def stage(self) -> Stage:
        if self.instrument.id in SHORTER and not self.accepted:
            return Stage.OFFER
        if len(self.answers) < len(self.instrument.questions):
            return Stage.QUESTION
        if needs_support(self.instrument, self.answers) and not self.supported:
            return Stage.SUPPORT
        return Stage.RESULT

    @property
    def question(self) -> Question:
        return self.instrument.questions[len(self.answers)]

    def accept(self) -> Sitting:
        return replace(self, accepted=True)

    def shorter(self) -> Sitting:
        """The version without the question."""
        return Sitting(instrument_named(SHORTER[self.instrument.id]))

    def answer(self, value: int | None) -> Sitting:
        """`value` of the present question; None leaves it out."""
        if self.stage is not Stage.QUESTION:
            raise UsageError("there is no question to answer now")
        if value is not None and value not in {one for one, _ in self.question.answers}:
            raise UsageError("that is not one of the answers")
        return replace(self, answers=(*self.answers, value))

    def back(self) -> Sitting:
        """The question before, if there is one."""
        return replace(self, answers=self.answers[:-1], supported=False)

    def leave_support(self) -> Sitting:
        return replace(self, supported=True)


def needs_support(instrument: Instrument, answers: Sequence[int | None]) -> bool:
    """Whether the support card comes before the number."""
    index = ITEM_9.get(instrument.id)
    return index is not None and index < len(answers) and (answers[index] or 0) >= 1


def score(instrument: Instrument, answers: Sequence[int | None]) -> Score | None:
    """The number as published; None without all answers, and for checks that have no number."""
    if not instrument.scored or len(answers) != len(instrument.questions):
        return None
    given: list[int] = []
    for answer in answers:
        if answer is None:
            return None
        given.append(answer)
    raw = sum(given)
    band = next(one for one in instrument.bands if one.low <= raw <= one.high)
    parts = tuple((one.name, sum(given[i] for i in one.items)) for one in instrument.subscales)
    return Score(raw, instrument.highest, band, parts)


def result_lines(instrument: Instrument, answers: Sequence[int | None]) -> tuple[str, ...]:
    """What the result says at first sight: the number and a plain sentence. The name of the range
    is `meaning_lines`, one key further."""
    if not instrument.scored:
        pairs = zip(instrument.questions, answers, strict=False)
        return tuple(
            f"{one.text} {dict(one.answers).get(value, '') if value is not None else 'left out'}"
            for one, value in pairs
        )
    found = score(instrument, answers)
    if found is None:
        return (NO_NUMBER,)
    # A low total beside that answer must not sound like reassurance.
    text = MORE_THAN_A_NUMBER if needs_support(instrument, answers) else found.band.text
    return (f"{instrument.name}: {found.raw} of {found.highest}.", text)


def meaning_lines(instrument: Instrument, answers: Sequence[int | None]) -> tuple[str, ...]:
    """What studies call it, and why that is not an answer about a person."""
    found = score(instrument, answers)
    if found is None:
        return ()
    lines = [f"Studies call {found.band.low} to {found.band.high}: {found.band.name}."]
    for one, (_, value) in zip(instrument.subscales, found.subscales, strict=True):
        lines.append(f"{one.name.upper()} ({one.said}): {value}")
    return (*lines, MEANING, *(f"Source: {source}" for source in instrument.sources))


def comes_back(instrument: Instrument, last: datetime | None) -> datetime | None:
    """When the check is offered again; None: any time."""
    if last is None or instrument.id == WEATHER:
        return None
    return last + SPACING


@dataclass(frozen=True, slots=True)
class Taken:
    """One check that was kept."""

    no: int
    id: str
    at: datetime
    answers: tuple[int | None, ...]
    raw: int | None
    note: str


def trend_lines(instrument: Instrument, taken: Sequence[Taken]) -> tuple[str, ...]:
    """Earlier checks, oldest first: dates and numbers, no arrows and no colours. A small difference
    says nothing, and the line below says so."""
    lines = []
    for one in taken:
        day = one.at.astimezone()
        if instrument.scored:
            said = "no number" if one.raw is None else f"{one.raw} of {instrument.highest}"
        else:
            words = [
                dict(question.answers).get(value, "") if value is not None else "left out"
                for question, value in zip(instrument.questions, one.answers, strict=False)
            ]
            said = "weather {}, energy {}, connected {}".format(*words)
        lines.append(f"{day.day} {day:%b %Y}: {said}" + (f" ({one.note})" if one.note else ""))
    if instrument.scored and len(taken) > 1:
        lines.append("Small differences come and go by themselves.")
    return tuple(lines)
