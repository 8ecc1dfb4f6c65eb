"""`How is it now?`: mood, tags and content note of the entry that is being written."""

from __future__ import annotations

import re
from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from havenclient.text import safe_line
from havenclient.ui.explain import explain
from havenclient.ui.widgets.mood import MoodPicker


class TagSuggester(Suggester):
    """Completes the tag that is being typed from those used before."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.tags: tuple[str, ...] = ()

    async def get_suggestion(self, value: str) -> str | None:
        head, part = re.fullmatch(r"(.*?[\s,]*)([^\s,]*)", value, re.DOTALL).groups()  # type: ignore[union-attr]
        bare = part.lstrip("#")
        if not bare:
            return None
        for tag in self.tags:
            if tag.casefold().startswith(bare.casefold()) and tag != bare:
                return head + part[: len(part) - len(bare)] + bare + tag[len(bare) :]
        return None


def parse_tags(text: str) -> tuple[str, ...]:
    """`#family, rain` is ("family", "rain"); order kept, doubles dropped (any case)."""
    seen: dict[str, str] = {}
    for part in re.split(r"[\s,]+", text):
        tag = part.strip("#").strip()
        if tag:
            seen.setdefault(tag.casefold(), tag)
    return tuple(seen.values())


def show_tags(tags: Iterable[str]) -> str:
    return " ".join(f"#{safe_line(tag)}" for tag in tags)


class HowPanel(Vertical):
    """A panel with three rows; posts `Changed` when the person changed one of them."""

    DEFAULT_CSS = """
    HowPanel { height: auto; }
    HowPanel Horizontal { height: 1; }
    HowPanel .how-label { width: 7; height: 1; color: $quiet; }
    HowPanel Input { width: 1fr; height: 1; border: none; padding: 0; }
    """

    class Changed(Message):
        pass

    def __init__(self) -> None:
        super().__init__(classes="panel", id="how")
        self._suggester = TagSuggester()

    def compose(self) -> ComposeResult:
        yield MoodPicker(id="mood")
        with Horizontal():
            yield Static("tags", classes="how-label")
            tags = Input(placeholder="+ add", id="tags", suggester=self._suggester)
            explain(tags, "Tags, with or without #. → takes the suggestion.")
            yield tags
        with Horizontal():
            yield Static("note", classes="how-label")
            note = Input(placeholder="+ content note, if wanted", id="note", max_length=120)
            explain(
                note,
                'A content note ("grief") folds the entry: lists and search show only the note '
                "until you open it.",
            )
            yield note

    def on_mount(self) -> None:
        self.border_title = "How is it now?"

    @property
    def mood(self) -> int | None:
        return self.query_one(MoodPicker).mood

    @property
    def tags(self) -> tuple[str, ...]:
        return parse_tags(self.query_one("#tags", Input).value)

    @property
    def note(self) -> str | None:
        return " ".join(self.query_one("#note", Input).value.split()) or None

    def load(self, mood: int | None, tags: Iterable[str], note: str | None) -> None:
        with self.prevent(Input.Changed, MoodPicker.Chosen):
            self.query_one(MoodPicker).mood = mood
            for field, value in (
                ("#tags", show_tags(tags)),
                ("#note", safe_line(note or "", limit=120)),
            ):
                widget = self.query_one(field, Input)
                with widget.prevent(Input.Changed):
                    widget.value = value

    def know_tags(self, tags: Iterable[str]) -> None:
        self._suggester.tags = tuple(safe_line(tag) for tag in tags)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed())

    def on_mood_picker_chosen(self, event: MoodPicker.Chosen) -> None:
        event.stop()
        self.post_message(self.Changed())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.screen.focus_next()
