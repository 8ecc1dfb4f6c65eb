"""The mood's seven-day mean as a line of braille dots, with numbers at its side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from havenclient.ui.styles import style

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Braille bits by (row, column) in a cell of 4 by 2 dots."""
LABEL = 4


def braille(values: Sequence[float | None], width: int, height: int) -> list[str]:
    """`values` (1.0 to 5.0, None is a gap) as `height` lines of `width` braille characters.

    Neighbours are joined; a gap stays a gap, because a day without a mood is not a low day.
    """
    across, down = width * 2, height * 4
    grid = [[0] * width for _ in range(height)]

    def dot(x: int, y: int) -> None:
        x, y = min(across - 1, max(0, x)), min(down - 1, max(0, y))
        grid[y // 4][x // 2] |= _DOTS[y % 4][x % 2]

    before: tuple[int, int] | None = None
    for index, value in enumerate(values):
        if value is None:
            before = None
            continue
        x = round(index * (across - 1) / max(1, len(values) - 1))
        y = round((5.0 - value) / 4.0 * (down - 1))
        if before is None:
            dot(x, y)
        else:
            steps = max(abs(x - before[0]), abs(y - before[1]), 1)
            for step in range(steps + 1):
                dot(
                    round(before[0] + (x - before[0]) * step / steps),
                    round(before[1] + (y - before[1]) * step / steps),
                )
        before = (x, y)
    return ["".join(chr(0x2800 + bits) if bits else " " for bits in row) for row in grid]


class MoodLine(Widget):
    DEFAULT_CSS = "MoodLine { height: 1fr; min-height: 6; width: 1fr; }"

    points: reactive[tuple[tuple[date, float | None], ...]] = reactive(())

    def render(self) -> Text:
        if not any(value is not None for _, value in self.points):
            return Text("No moods in this time yet.", style(self, "quiet"))
        width = max(10, self.size.width - LABEL - 1)
        height = 9 if self.size.height >= 11 else 5  # so that 1 to 5 fall on whole lines
        rows = braille([value for _, value in self.points], width, height)
        quiet, line = style(self, "quiet"), style(self, "bright-line")
        labels = {round((5 - mood) / 4 * (height - 1)): str(mood) for mood in range(1, 6)}
        text = Text(no_wrap=True, end="")
        for index, row in enumerate(rows):
            label = labels.get(index, " ")
            text.append(f" {label} {'┤' if label != ' ' else '│'}", quiet).append(f"{row}\n", line)
        text.append_text(self._axis(width))
        return text

    def _axis(self, width: int) -> Text:
        marks = max(2, width // 16)
        ticks, names = ["─"] * width, [" "] * (width + 8)
        for mark in range(marks):
            position = mark * width // marks
            day = self.points[min(len(self.points) - 1, mark * len(self.points) // marks)][0]
            ticks[position] = "┬"
            name = f"{day.day} {day:%b}"
            names[position : position + len(name)] = name
        quiet = style(self, "quiet")
        return Text(f"   └{''.join(ticks)}\n    {''.join(names)[:width]}", quiet)
