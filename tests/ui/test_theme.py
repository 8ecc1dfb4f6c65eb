"""Own themes can be read by everybody; colours live in theme files only."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.color import Color

import havenclient.ui
from havenclient.config import find
from havenclient.ui import Launch, theme
from tests.ui.house import open_app, settle

Home = Callable[..., Launch]
UI = Path(havenclient.ui.__file__).parent

# (foreground, background, least ratio): text 4.5:1, what only has to be seen 3:1 (WCAG 2.2).
TEXT = [
    *(("foreground", on) for on in ("background", "surface", "panel", "boost")),
    *((name, "background") for name in ("quiet", "lamp", "bright-line", "primary", "accent")),
    *((name, "background") for name in ("warning", "error", "success", "secondary")),
    *(("quiet", on) for on in ("surface", "boost", "panel", "block-cursor-blurred-background")),
    ("hit-text", "hit-background"),
    ("block-cursor-foreground", "block-cursor-background"),
    ("block-cursor-blurred-foreground", "block-cursor-blurred-background"),
    ("quiet", "block-cursor-background"),
    ("lamp", "block-cursor-background"),
    ("input-cursor-foreground", "input-cursor-background"),
    ("input-selection-foreground", "input-selection-background"),
    ("background", "lamp"),
]
SEEN = [
    ("line", "background"),
    ("bright-line", "background"),
    *((f"heat-{mood}", "background") for mood in range(1, 6)),
    ("scrollbar-active", "scrollbar-background"),
]


def luminance(colour: str) -> float:
    parts = [part / 255 for part in Color.parse(colour).rgb]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", theme.OWN)
def test_contrast(name: str) -> None:
    raw = theme.read(name)
    colours = {**{k: v for k, v in raw.items() if isinstance(v, str)}, **raw["variables"]}
    weak = [
        f"{front} on {back}: {contrast(colours[front], colours[back]):.2f}"
        for pairs, least in ((TEXT, 4.5), (SEEN, 3.0))
        for front, back in pairs
        if contrast(colours[front], colours[back]) < least
    ]
    assert weak == []


def test_the_settings_offer_exactly_these_themes() -> None:
    assert find("look.theme").choices == theme.OFFERED


def test_no_colour_is_written_in_code_or_stylesheets() -> None:
    found = [
        f"{path.name}: {line.strip()}"
        for path in [*UI.rglob("*.py"), *UI.rglob("*.tcss")]
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"#[0-9a-fA-F]{6}\b|\brgba?\(", line)
    ]
    assert found == []


async def test_a_change_of_theme_is_seen_at_once_in_every_room(home: Home) -> None:
    """Also the guard of `CalmStylesheet`: rules are read anew when the variables change."""
    async with open_app(home(filled=True)) as (app, pilot):
        for name in (*theme.OFFERED, theme.OWN[0]):
            app.change_settings(app.settings.replacing("look.theme", name))
            await settle(pilot)
            await pilot.press("f4" if app.current_mode != "journal" else "f6")
            await settle(pilot)
            assert app.theme == name and not app.crashed
            colour = app.theme_variables["background"]
            wanted = Color.parse(colour)
            assert app.screen.styles.background == wanted or app.current_theme.ansi
