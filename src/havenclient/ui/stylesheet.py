"""Textual's stylesheet, without reading everything again when nothing changed.

Textual 8.2 parses every rule of every widget anew at each change of mode (a fifth of the time it
takes to enter a room here), and twice at the start. Rules depend on their sources and on the
theme's variables alone; while those are the same, so are the rules. Guarded by
`tests/ui/test_theme.py`.
"""

from __future__ import annotations

from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet


class CalmStylesheet(Stylesheet):
    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._parse_cache = LRUCache(512)
        self._stale = True

    def set_variables(self, variables: dict[str, str]) -> None:
        if variables != self._variables:
            super().set_variables(variables)
            self._stale = True

    def parse(self) -> None:
        super().parse()
        self._stale = False

    def reparse(self) -> None:
        if self._stale or self._require_parse:
            # Not in a fresh stylesheet, as Textual does: what was read with these variables stays.
            self.parse()
