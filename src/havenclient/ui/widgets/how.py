"""`How is it now?`: mood, tags and content note of the entry that is being written."""

from __future__ import annotations

import re
from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from havenclient.journal.clean import MAX_NOTE
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


_TAG = re.compile(r'#*"([^"]*)"|([^\s,"]+)|"')


def parse_tags(text: str) -> tuple[str, ...]:
    """`#family, rain "road trip"` is ("family", "rain", "road trip"); order kept, doubles dropped
    (any case). Other programs' tags have blanks, so there is a way to write them."""
    seen: dict[str, str] = {}
    for found in _TAG.finditer(text):
        tag = (found[1] or found[2] or "").strip("#").strip()
        if tag:
            seen.setdefault(tag.casefold(), tag)
    return tuple(seen.values())


def show_tags(tags: Iterable[str]) -> str:
    return " ".join(f"#{safe_line(tag)}" for tag in tags)


def write_tags(tags: Iterable[str]) -> str:
    """Tags for a field in which they are changed; `parse_tags` gives them back."""
    safe = (safe_line(tag) for tag in tags)
    return " ".join(f'#"{tag}"' if re.search(r"[\s,]", tag) else f"#{tag}" for tag in safe)


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
        self._filled: tuple[str, tuple[str, ...]] = ("", ())
        self._noted: tuple[str, str | None] = ("", None)

    def compose(self) -> ComposeResult:
        yield MoodPicker(id="mood")
        with Horizontal():
            yield Static("tags", classes="how-label")
            tags = Input(placeholder="+ add", id="tags", suggester=self._suggester)
            explain(tags, 'Tags, with or without #; "road trip" is one. → takes the suggestion.')
            yield tags
        with Horizontal():
            yield Static("note", classes="how-label")
            note = Input(placeholder="+ content note, if wanted", id="note", max_length=MAX_NOTE)
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
        """What was loaded comes back as it was while nobody touched the field: another program's
        tag may hold what no field can show."""
        typed, (filled, loaded) = self.query_one("#tags", Input).value, self._filled
        return loaded if typed == filled else parse_tags(typed)

    @property
    def note(self) -> str | None:
        typed, (filled, loaded) = self.query_one("#note", Input).value, self._noted
        return loaded if typed == filled else " ".join(typed.split()) or None

    def load(self, mood: int | None, tags: Iterable[str], note: str | None) -> None:
        tags = tuple(tags)
        self._filled = (write_tags(tags), tags)
        self._noted = (safe_line(note or "", limit=MAX_NOTE), note)
        with self.prevent(Input.Changed, MoodPicker.Chosen):
            self.query_one(MoodPicker).mood = mood
            for field, value in (("#tags", self._filled[0]), ("#note", self._noted[0])):
                widget = self.query_one(field, Input)
                with widget.prevent(Input.Changed):
                    widget.value = value

    def know_tags(self, tags: Iterable[str]) -> None:
        """Only those that go on as they began: one with blanks has quotes around it."""
        self._suggester.tags = tuple(safe_line(tag) for tag in tags if " " not in tag)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed())

    def on_mood_picker_chosen(self, event: MoodPicker.Chosen) -> None:
        event.stop()
        self.post_message(self.Changed())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.screen.focus_next()
