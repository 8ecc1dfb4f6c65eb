"""What is folded is in no rendering of any screen before it was opened: not once, at no size."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from textual.pilot import Pilot

from havenclient.care.keeping import TOPIC
from havenclient.care.service import Care
from havenclient.circles.content import Kind, Source
from havenclient.ui.app import HavenApp, Outcome
from havenclient.ui.screens.circles.talk import Talk
from tests.circles.kit import CIRCLE
from tests.ui import house
from tests.ui.circles.village import Village, press, sees
from tests.ui.house import open_app, shown, write

MARKER = "zqfolded"
"""In every folded text, file name and link; in nothing else."""


class Eyes:
    """Looks at every screen after every key."""

    def __init__(self, app: HavenApp, pilot: Pilot[Outcome]) -> None:
        self._app, self._pilot = app, pilot
        self.looks = 0

    async def press(self, *keys: str) -> None:
        for key in keys:
            await press(self._pilot, key)
            self.look(key)

    def look(self, after: str) -> None:
        self.looks += 1
        for where, text in self._everything():
            assert MARKER not in text, f"after {after!r}, in {where}"

    def _everything(self) -> Iterator[tuple[str, str]]:
        yield "the rendering", shown(self._app)
        for stack in self._app._screen_stacks.values():
            for screen in stack:
                for widget in screen.walk_children(with_self=True):
                    yield f"{widget!r}", " ".join(_texts(widget))


def _texts(widget: object) -> Iterator[str]:
    """What a widget holds to show, also beyond what fits on the screen."""
    for name in ("border_title", "border_subtitle", "text", "value", "placeholder", "tooltip"):
        found = getattr(widget, name, None)
        if isinstance(found, str):
            yield found
    options = getattr(widget, "_options", ())
    for option in options:
        yield str(option.prompt)
    if type(widget).__name__ in ("Static", "QuietLine", "TopBar"):
        yield str(widget.render())  # type: ignore[attr-defined]


async def upwards(eyes: Eyes, talk: Talk, no: int) -> None:
    for _ in range(20):
        if talk.current is not None and talk.current.no == no:
            return
        await eyes.press("up")
    raise AssertionError("that row is not above")


@pytest.mark.parametrize("size", [house.WIDE, house.NARROW], ids=["wide", "narrow"])
async def test_no_screen_shows_what_is_folded(village: Village, size: tuple[int, int]) -> None:
    mara, tove = village.person("mara"), village.seated("tove")
    village.found(mara)
    village.bring(mara, tove)
    village.settle(1)
    from havenclient.circles.service import Words

    tove.vault  # noqa: B018  (open)
    care = Care(tove.vault.db, village.clock)
    care.boundaries.add_word(TOPIC, "spiders")
    first = mara.say(f"one {MARKER} one", note="loss")
    mara.sync()
    mara.say("plain words")
    mara.say(
        f"spiders and {MARKER}",
        kind=Kind.ADVICE,
        source=Source.READ,
        source_link=f"https://example.org/{MARKER}",
    )
    mara.circles.attach(CIRCLE, f"{MARKER}.png", "image/png", b"x", Words(f"{MARKER}", note="it"))
    mara.say("an answer to it", reply_to=first)
    mara.circles.react(CIRCLE, first, "with you")
    for _ in range(3):
        mara.sync()
        tove.sync()
    village.seat()
    async with open_app(village.where, size=size) as (app, pilot):
        eyes = Eyes(app, pilot)
        await eyes.press("f5")
        await sees(pilot, "Night Walkers")
        await eyes.press("enter")
        await sees(pilot, "To Night Walkers")
        await eyes.press("escape", "G")
        await sees(pilot, "an answer to it")
        talk = app.screen.query_one(Talk)
        folded = [view.no for view in talk.leaf.views if view.folded]
        assert len(folded) == 3
        for no in reversed(folded):
            await upwards(eyes, talk, no)
            # Every deed on it that does not open it, and the question whether to open it.
            await eyes.press("c", "K", "q", "o", "escape", "enter", "escape", "full_stop", "escape")
            await eyes.press("r")
            await write(pilot, "half a thought")
            eyes.look("an answer begun")
            app.screen.keep_draft()  # type: ignore[attr-defined]
            await eyes.press("ctrl+p")
            await write(pilot, "check")
            eyes.look("the palette")
            await eyes.press("escape", "f1", "escape")
            app.screen.query_one("#composer").load("")  # type: ignore[attr-defined]
            await eyes.press("escape", "escape")
        await eyes.press("i", "escape", "m", "escape", "g", "escape", "escape")
        # The other rooms: what is new, search, and on this day know nothing of it.
        await eyes.press("f3", "f4", "slash")
        await write(pilot, MARKER[:4])
        eyes.look("a search")
        await eyes.press("escape", "f6", "f2", "l", "escape", "escape", "f5", "enter", "escape")
        await sees(pilot, "content note: it")
        # Opened, it is there; folded again, it is gone: so the marker was no empty one.
        talk = app.screen.query_one(Talk)
        await upwards(eyes, talk, folded[0])
        await press(pilot, "space")
        await sees(pilot, f"one {MARKER} one")
        await press(pilot, "space")
        await sees(pilot, "hidden, space shows")
        eyes.look("folded again")
        assert eyes.looks > 60
