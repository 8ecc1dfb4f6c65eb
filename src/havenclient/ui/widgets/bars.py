"""The top line, the bottom line and the lines between: where am I, what can I press, what runs."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding
from textual.keys import key_to_character
from textual.reactive import reactive
from textual.widget import Widget

from havenclient.ui.keymap import shown
from havenclient.ui.styles import style

Words = tuple[tuple[str, str], ...]
RIGHT: Words = (("f2", "Safety"), ("ctrl+p", "Palette"))


class TopBar(Widget):
    """` Haven  [Today]  Journal …            draft kept 3 s ago · 24 of 40 min`"""

    DEFAULT_CSS = "TopBar { height: 1; width: 1fr; }"

    status: reactive[tuple[str, ...]] = reactive(())
    """Facts from important to less important; those that do not fit are left out."""

    def __init__(self, current: str, modes: tuple[tuple[str, str], ...], title: str = "") -> None:
        super().__init__()
        self._current = current
        self._modes = modes
        self._title = title

    def render(self) -> Text:
        quiet, bright = style(self, "quiet"), style(self, "bright-line", bold=True)
        line = Text(no_wrap=True, end="")
        line.append(" Haven ", style(self, "lamp", bold=True))
        if self._title:
            line.append(f"  {self._title}", bright)
        for name, label in self._modes:
            if name == self._current:
                line.append(f"  [{label}]", bright)
            else:
                line.append(f"   {label}", quiet)
                line.append(" ")
        room = self.size.width - line.cell_len - 2
        facts = [fact for fact in self.status if fact]
        while facts and Text(" · ".join(facts)).cell_len > room:
            facts.pop()
        right = Text(" · ".join(facts), quiet)
        line.append(" " * max(1, self.size.width - line.cell_len - right.cell_len - 1))
        line.append_text(right)
        return line


class KeyBar(Widget):
    """The keys that work right now. It follows the focus and fits its width by leaving out.

    Left: the focused thing's keys, the screen's, then Jump, Cover, Lock. Right: Safety, always.
    Cover stays when others go: a key that hides must be seen.
    """

    DEFAULT_CSS = "KeyBar { height: 1; width: 1fr; }"
    LATE = ("jump", "cover", "lock")
    EVERYWHERE: ClassVar[dict[str, str]] = {"ctrl+p": "palette", "f9": "cover", "ctrl+l": "lock"}
    """Keys of the whole program that may stand at the right, and what they do."""

    def __init__(self, right: Words = RIGHT, left: Words = ()) -> None:
        super().__init__()
        self._right, self._left = right, left

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.refresh())

    def items(self) -> list[tuple[str, str, str]]:
        """(id, key as shown, word) of every binding that asks to be shown, in order."""
        early = [("", shown(key), word) for key, word in self._left]
        late: dict[str, tuple[str, str, str]] = {}
        seen: set[str] = set()
        said = {shown(key) for key, _ in (*self._right, *self._left)}
        for active in self.screen.active_bindings.values():
            binding: Binding = active.binding
            if (
                not active.enabled
                or not binding.show
                or not binding.description
                or binding.action in seen
            ):
                continue
            seen.add(binding.action)
            key = binding.key_display or shown(binding.key.split(",")[0])
            if key in said or self._is_typed(binding.key):
                continue
            item = (binding.id or "", key, binding.description)
            if item[0] in self.LATE:
                late[item[0]] = item
            else:
                early.append(item)
        return early + [late[name] for name in self.LATE if name in late]

    def _is_typed(self, key: str) -> bool:
        """In a text field a letter is a letter, not a key of the screen."""
        focused = self.screen.focused
        if focused is None:
            return False
        return focused.check_consume_key(key, key_to_character(key))

    def _works(self, key: str) -> bool:
        """While the journal is locked some do nothing; a key that is shown must not lie."""
        action = self.EVERYWHERE.get(key)
        return action is None or self.app.check_action(action, ()) is not False

    def render(self) -> Text:
        width = self.size.width
        key_style, word_style = style(self, "lamp", bold=True), style(self, "quiet")
        items = self.items()
        right = [(key, word) for key, word in self._right if self._works(key)]

        def built(gap: int, words_right: bool) -> tuple[Text, Text]:
            left_text, right_text = Text(" ", end=""), Text("", end="")
            for index, (_, key, word) in enumerate(items):
                left_text.append(" " * gap if index else "")
                left_text.append(key, key_style).append(" " + word, word_style)
            for index, (key, word) in enumerate(right):
                right_text.append("  " if index else "")
                right_text.append(shown(key), key_style)
                if words_right or index == 0:
                    right_text.append(" " + word, word_style)
            return left_text, right_text

        droppable = ["jump", "lock"]
        for gap, words in ((3, True), (2, True), (2, False)):
            left, tail = built(gap, words)
            if left.cell_len + tail.cell_len + 3 <= width:
                break
        else:
            while left.cell_len + tail.cell_len + 3 > width and items:
                victim = next((i for i in items if i[0] in droppable), None)
                if victim is None:
                    victim = next((i for i in reversed(items) if i[0] != "cover"), items[-1])
                items.remove(victim)
                left, tail = built(2, words_right=False)
        left.append(" " * max(1, width - left.cell_len - tail.cell_len - 1))
        left.append_text(tail)
        left.no_wrap = True
        return left


class QuietLine(Widget):
    """One sentence above the key bar: what was done, a planned time that ends, a small offer.

    It never flashes, rings or takes the focus. What is longer than the window goes on in a second
    and third line, with its keys below it: a reason that is cut off helps nobody.
    """

    DEFAULT_CSS = "QuietLine { height: auto; max-height: 3; width: 1fr; display: none; }"

    sentence: reactive[str] = reactive("", layout=True)
    keys: reactive[str] = reactive("", layout=True)

    def watch_sentence(self, sentence: str) -> None:
        self.display = bool(sentence)

    def say(self, sentence: str, keys: str = "") -> None:
        self.sentence, self.keys = sentence, keys

    def render(self) -> Text:
        width = self.screen.size.width - 4
        sentence, keys = Text(self.sentence).cell_len, Text(self.keys).cell_len
        if sentence + (keys + 3 if keys else 0) <= width:
            line = Text("  ", no_wrap=True, end="")
            line.append(self.sentence, style(self, "foreground"))
            if keys:
                line.append(" " * (width - sentence - keys))
                line.append(self.keys, style(self, "quiet"))
            return line
        whole = Text(self.sentence, style(self, "foreground")).wrap(self.app.console, width)
        lines = list(whole[: 2 if keys else 3])
        if keys:
            lines.append(Text(self.keys, style(self, "quiet")))
        for one in lines:
            one.rstrip()
        return Text("\n").join(Text("  ").append_text(one) for one in lines)


class WorkLine(Widget):
    """Long work in one line: verb, bar or count, `esc stops`. With reduced motion: words only."""

    DEFAULT_CSS = "WorkLine { height: 1; width: 1fr; display: none; }"

    BAR = 24

    verb: reactive[str] = reactive("")
    done: reactive[int] = reactive(0)
    total: reactive[int | None] = reactive(None)
    label: reactive[str] = reactive("")
    moving: reactive[bool] = reactive(default=True)

    def show(self, verb: str, done: int = 0, total: int | None = None, label: str = "") -> None:
        self.verb, self.done, self.total, self.label = verb, done, total, label
        self.display = True

    def hide(self) -> None:
        self.display = False

    def render(self) -> Text:
        line = Text(f"  {self.verb}  ", no_wrap=True, end="", overflow="ellipsis")
        quiet = style(self, "quiet")
        if self.total:
            share = min(1.0, self.done / self.total)
            if self.moving:
                full = round(share * self.BAR)
                line.append("█" * full, style(self, "bright-line"))
                line.append("░" * (self.BAR - full), style(self, "line"))
                line.append("  ")
            line.append(f"{self.done:,} of {self.total:,}, {share:.0%}".replace(",", " ", 0), quiet)
        elif self.done:
            line.append(f"{self.done:,}", quiet)
        if self.label:
            line.append(f"   {self.label}", quiet)
        line.append("   esc stops", quiet)
        return line
