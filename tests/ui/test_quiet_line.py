"""The quiet line: a sentence that is longer than the window is read to its end."""

from __future__ import annotations

from pathlib import Path

from havenclient.ui.widgets.bars import QuietLine
from tests.ui.house import NARROW, furnish, launch, open_app, settle

LONG = (
    "The relay could not be reached, and what you wrote waits here until it can be sent"
    " (haven doctor says more about it)."
)


async def test_a_long_sentence_goes_on_below_and_its_keys_stay(tmp_path: Path) -> None:
    where = launch(tmp_path)
    furnish(where, filled=False)
    async with open_app(where, size=NARROW) as (app, pilot):
        line = app.screen.query_one(QuietLine)
        for keys, height in (("", 2), ("esc, then  s  send now", 3)):
            app.say(LONG, keys)
            await settle(pilot)
            drawn = line.render().plain
            assert " ".join(drawn.split()) == " ".join(f"{LONG} {keys}".split())
            assert line.size.height == height == len(drawn.splitlines())
            assert max(map(len, drawn.splitlines())) <= NARROW[0]
        app.say("Sealed.", "esc, then  u")
        await settle(pilot)
        assert line.size.height == 1 and line.render().plain.endswith("u")
