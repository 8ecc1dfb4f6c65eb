"""A file sent and fetched, and asking to come back: by keys alone, with a real relay between."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from textual.widgets import Input

from havenclient.ui.screens.circles.overview import CirclesScreen
from tests.circles.kit import AGREEMENT, CIRCLE, Person
from tests.ui import house
from tests.ui.circles.village import Seated, Village, hears, press, sees
from tests.ui.house import open_app, shown, write

PICTURE = b"\x89PNG\r\n" + os.urandom(90_000)


def two(village: Village) -> tuple[Person, Seated]:
    mara, tove = village.person("mara"), village.seated("tove")
    village.found(mara)
    village.bring(mara, tove)
    village.settle(1)
    return mara, tove


async def test_a_file_goes_to_the_circle_and_one_comes_back(
    village: Village, tmp_path: Path
) -> None:
    mara, _ = two(village)
    village.seat()
    source, target = tmp_path / "heron.png", tmp_path / "fetched.png"
    source.write_bytes(PICTURE)
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "ctrl+t", "down", "down", "enter", "escape", "f")
        await sees(pilot, "up to 8 MiB")
        await write(pilot, str(source))
        await press(pilot, "enter")
        await hears(pilot, mara, lambda: any(view.attachments for view in mara.messages()))
        sent = next(view for view in mara.messages() if view.attachments)
        assert (sent.attachments[0].name, sent.note) == ("heron.png", "food")
        assert str(tmp_path) not in repr(sent)
        assert mara.engine.fetch_attachment(CIRCLE, sent.no, 0) == ("heron.png", PICTURE)
        await sees(pilot, "file: heron.png")
        await press(pilot, "o")
        await sees(pilot, "written unsealed")
        field = app.screen.query_one(Input)
        assert field.value == "~/heron.png"
        field.value = str(target)
        await press(pilot, "enter")
        await sees(pilot, "Written, unsealed")
        assert target.read_bytes() == PICTURE
        assert stat.S_IMODE(target.stat().st_mode) == 0o600


async def test_a_file_of_somebody_else_is_fetched_and_nothing_is_overwritten(
    village: Village, tmp_path: Path
) -> None:
    from havenclient.circles.service import Words

    mara, _ = two(village)
    mara.circles.attach(CIRCLE, "../../.evil\x1b[31m", "image/png", PICTURE, Words())
    mara.sync()
    village.seat()
    taken = tmp_path / "taken.png"
    taken.write_bytes(b"mine")
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, "o fetches it")
        assert "\x1b" not in shown(app)
        for target, words in (
            (taken, "There is a file of that name already"),
            (tmp_path / "nowhere" / "x", "That file could not be written"),
            (tmp_path / "heron.png", "Written, unsealed"),
        ):
            await press(pilot, "o")
            field = app.screen.query_one(Input)
            proposed = Path(field.value).name
            assert "/" not in proposed and not proposed.startswith(".")
            field.value = str(target)
            await press(pilot, "enter")
            await sees(pilot, words)
        assert taken.read_bytes() == b"mine"
        assert (tmp_path / "heron.png").read_bytes() == PICTURE


async def test_what_can_not_be_sent_is_said(village: Village, tmp_path: Path) -> None:
    mara, _ = two(village)
    village.seat()
    big = tmp_path / "film.mov"
    with big.open("wb") as out:
        out.truncate(9 * 1024 * 1024)
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "enter", "escape")
        for path, words in (
            (big, "files of up to 8 MiB can be sent"),
            (tmp_path / "nothing.txt", "that file can't be read"),
        ):
            await press(pilot, "f")
            await write(pilot, str(path))
            await press(pilot, "enter")
            await sees(pilot, words[1:])
        mara.sync()
        assert not any(view.attachments for view in mara.messages())


async def test_a_circle_that_is_over_can_be_forgotten(village: Village) -> None:
    mara, tove = two(village)
    tove.say("something of mine")
    village.settle(1)
    mara.circles.remove(CIRCLE, "tove")
    village.settle(2)
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter")
        await sees(pilot, "something of mine")
        await press(pilot, "m")
        await sees(pilot, "takes everything of this circle")
        assert "0 days" not in shown(app)
        await press(pilot, "f")
        await write(pilot, "forget")
        await press(pilot, "enter")
        await sees(pilot, "Forgotten.")
        await sees(pilot, "begin a circle")
        assert isinstance(app.screen, CirclesScreen)


async def test_out_of_a_backup_one_asks_and_is_let_back_in(
    village: Village, tmp_path: Path
) -> None:
    mara, tove = two(village)
    tove.say("before the laptop died")
    village.settle(1)
    identities = tove.circles.save_identities()
    tove.close()
    shutil.rmtree(tmp_path / "home")
    house.furnish(village.where, filled=False)
    assert tove.circles.load_identities(identities) == [CIRCLE]
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5")
        await sees(pilot, "Night Walkers")
        await press(pilot, "m")
        await sees(pilot, "asks the hosts to let you back in")
        await press(pilot, "b")
        await hears(pilot, mara, lambda: mara.circles.knocks(CIRCLE))
        (knock,) = mara.circles.knocks(CIRCLE)
        assert (knock.name, knock.returns) == ("tove", True)
        mara.circles.admit(CIRCLE, knock.no)
        await hears(pilot, mara, lambda: len(mara.circles.people(CIRCLE)) == 2)
        await sees(pilot, AGREEMENT.split(",")[0], seconds=40)  # looked for every few seconds
        await press(pilot, "escape")
        assert isinstance(app.screen, CirclesScreen)
        await sees(pilot, "2 people")
        await press(pilot, "enter")
        await sees(pilot, "To Night Walkers")
        await write(pilot, "I am back")
        await press(pilot, "ctrl+j")
        await hears(pilot, mara, lambda: "I am back" in mara.texts())
        assert mara.messages()[-1].sender == "tove"
