"""How the next message is meant: its kind, where advice is from, its content note.

`Manner` is the value that stands beside the words in the writing field, goes into the draft with
them and comes back with it. The mixin lets a person choose: one key each, one small list, and the
field's frame says what was chosen. Nothing is chosen for anybody, and nothing here keeps somebody
from writing, except that advice says where it is from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from havenclient.circles.content import MAX_NOTE, Kind, Source
from havenclient.circles.kinds import KIND_WORDS, SOURCE_WORDS, source_words
from havenclient.text import safe_line
from havenclient.ui.screens.circles.base import Answer, CircleScreen
from havenclient.ui.widgets.dialogs import Ask, AskLine

if TYPE_CHECKING:
    from havenclient.circles.views import MessageView

NOTES = ("health", "food", "grief", "conflict")
_KIND, _SOURCE, _LINK = "kind:", "source:", "link:"
_ANSWERS, _REWORDS = "answers:", "rewords:"


@dataclass(frozen=True, slots=True)
class Manner:
    note: str | None = None
    kind: Kind | None = None
    source: Source | None = None
    link: str | None = None

    @property
    def lacks_source(self) -> bool:
        return self.kind is Kind.ADVICE and self.source is None

    @property
    def words(self) -> str:
        """ "advice: read, https://…"; empty where nothing was chosen."""
        if self.kind is None:
            return ""
        said = KIND_WORDS[self.kind]
        source = source_words(self.source, self.link)
        return f"{said}: {source}" if source else said

    def packed(self, answers: int | None, rewords: int | None) -> tuple[str, ...]:
        """For the draft, whose tags a message does not need. `answers`, `rewords`: the row of the
        message that it answers, or whose words it changes."""
        given = (
            (_KIND, self.kind),
            (_SOURCE, self.source),
            (_LINK, self.link),
            (_ANSWERS, answers),
            (_REWORDS, rewords),
        )
        return tuple(f"{name}{value}" for name, value in given if value is not None)


def unpacked(note: str | None, tags: Sequence[str]) -> tuple[Manner, int | None, int | None]:
    """What `packed` wrote: the manner, the row it answers, the row it rewords. What is unknown is
    left out: a draft's words matter more."""
    found = {}
    for tag in tags:
        name, colon, value = tag.partition(":")
        found[name + colon] = value
    kind, source = found.get(_KIND), found.get(_SOURCE)
    return (
        Manner(
            note,
            Kind(kind) if kind in tuple(Kind) else None,
            Source(source) if source in tuple(Source) else None,
            found.get(_LINK),
        ),
        _row(found.get(_ANSWERS, "")),
        _row(found.get(_REWORDS, "")),
    )


def _row(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 16 else None


class Mannered(CircleScreen[Answer]):
    manner: Manner
    editing: MessageView | None

    def manner_chosen(self) -> None:
        """For the screen: something of `manner` is new; back to the words."""
        raise NotImplementedError

    def begin_card(self) -> None:
        """For the screen: an empty field gets the beginnings of a coping card."""

    def _take(self, manner: Manner) -> None:
        self.manner = manner
        self.manner_chosen()

    # --- the kind ---------------------------------------------------------------------------------

    def action_kind(self) -> None:
        if self.editing is not None:
            self.haven.say("Other words for a message keep its kind.")
            return
        ways = {kind.value: kind for kind in Kind}

        def chosen(answer: str | None) -> None:
            if answer == "none":
                self._take(Manner(self.manner.note))
            elif answer is not None and ways[answer] is Kind.ADVICE:
                self.ask_source()
            elif answer is not None:
                self._take(Manner(self.manner.note, ways[answer]))
                if ways[answer] is Kind.WHAT_HELPED:
                    self.begin_card()

        answers = (("none", "just words"), *((k.value, words) for k, words in KIND_WORDS.items()))
        text = "Others see it beside your words, and how to answer you."
        self.app.push_screen(Ask("What kind of message is it?", text, answers), chosen)

    def ask_source(self, then: Callable[[], None] | None = None) -> None:
        """Advice, and where it is from; esc leaves everything as it was."""

        def settled(source: Source, link: str | None = None) -> None:
            changed = replace(self.manner, kind=Kind.ADVICE, source=source, link=link)
            self._take(changed)
            if then is not None:
                then()

        def read(link: str | None) -> None:
            if link is not None and (one := safe_line(link, limit=2048).strip()):
                settled(Source.READ, one)
            elif link is not None:
                self.haven.say("Read somewhere says where: a link, or a title.")

        def chosen(answer: str | None) -> None:
            if answer == Source.READ:
                text = "Where? A link, or the title of the book or page."
                value = self.manner.link or ""
                self.app.push_screen(AskLine("Read", text, value=value), read)
            elif answer is not None:
                settled(Source(answer))

        labels = {**SOURCE_WORDS, Source.READ: "read: a link or a title goes along"}
        answers = tuple((one.value, words) for one, words in labels.items())
        text = "It stays with the advice, also where somebody quotes it."
        self.app.push_screen(Ask("Where is the advice from?", text, answers), chosen)

    # --- the note ---------------------------------------------------------------------------------

    def action_note(self) -> None:
        def chosen(answer: str | None) -> None:
            if answer == "other":
                text = "A few words, so that people know what to expect."
                value = self.manner.note or ""
                self.app.push_screen(AskLine("Content note", text, value=value), given)
            elif answer is not None:
                given("" if answer == "none" else answer)

        def given(words: str | None) -> None:
            if words is not None:
                self._take(replace(self.manner, note=safe_line(words, limit=MAX_NOTE - 1) or None))

        answers = (("none", "none"), *((one, one) for one in NOTES), ("other", "other words …"))
        text = "With a note your message arrives folded; everybody opens it when they like."
        self.app.push_screen(Ask("Content note", text, answers), chosen)
