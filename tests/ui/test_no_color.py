"""Under NO_COLOR every screen works, and the focus is still seen.

The whole suite runs that way by `make ui-plain`; this walk does it in every run.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.widgets import OptionList

from havenclient.ui import Launch
from tests.ui.house import NARROW, WIDE, open_app, settle, shown
from tests.ui.test_promises import PLACES, go, home_again

Home = Callable[..., Launch]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x36", "80x24"])
async def test_every_screen_without_colour(
    home: Home, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with open_app(home(filled=True), size=size) as (app, pilot):
        assert app.no_color
        for path in (*PLACES, ("f6", "t"), ("f10", "enter"), ("f5",)):
            await go(pilot, path)
            page = shown(app)
            assert len(page.split()) > 2 and not app.crashed, path
            if app.screen.query(".panel:focus-within, .panel:focus"):
                assert "┏" in page, f"no heavy frame on {path}"
            await home_again(app, pilot)


async def test_the_marked_row_of_a_list_is_seen_without_colour(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with open_app(home(filled=True)) as (app, pilot):
        await pilot.press("f4")
        await settle(pilot)
        results = app.screen.query_one(OptionList)
        row = results.get_component_rich_style("option-list--option-highlighted")
        other = results.get_component_rich_style("option-list--option")
        assert row.reverse and not other.reverse
