"""A short list beside something bigger: nothing is marked until it gets the focus."""

from __future__ import annotations

from havenclient.ui.widgets.choices import Choices


class Shelf(Choices):
    def on_focus(self) -> None:
        if self.highlighted is None and self.option_count:
            self.highlighted = 0

    def on_blur(self) -> None:
        self.highlighted = None
