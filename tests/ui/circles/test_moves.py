"""Moving a circle on the relay screen, by keyboard, with two real relays."""

from __future__ import annotations

import shutil
from pathlib import Path

from havenclient.circles.chain import Trouble
from tests.circles.conftest import UNHURRIED
from tests.circles.kit import CIRCLE
from tests.relay.harness import Relay
from tests.ui import house
from tests.ui.circles.village import TownClock, Village, hears, press, sees, until
from tests.ui.house import open_app, shown, write


async def clear_and_write(pilot, app, text: str) -> None:  # type: ignore[no-untyped-def]
    app.screen.query_one("Input").value = ""
    await write(pilot, text)


async def test_a_host_moves_it_and_a_member_follows_by_the_address(tmp_path: Path) -> None:
    where = house.launch(tmp_path / "home", clock=TownClock())
    house.furnish(where, filled=False)
    with (
        Relay(tmp_path / "old", env=UNHURRIED) as old,
        Relay(tmp_path / "new", env=UNHURRIED) as new,
    ):
        village = Village(tmp_path / "town", old.url, where)
        mara, idris = village.seated("mara"), village.person("idris")
        village.found(mara)
        village.bring(mara, idris)
        village.settle(1)
        village.seat()
        old.kill()
        shutil.rmtree(old.data / "data")
        async with open_app(village.where) as (app, pilot):
            await press(pilot, "f5", "g", "m")
            await sees(pilot, "is on " + old.url)
            await press(pilot, "down", "enter")
            await clear_and_write(pilot, app, new.url)
            await press(pilot, "enter")
            await sees(pilot, "Type move")
            await write(pilot, "move")
            await press(pilot, "enter")
            await sees(pilot, new.url)
            idris.circles.moving.look_at(CIRCLE, new.url)
            await hears(pilot, idris, lambda: idris.row().relay == new.url)
            await until(pilot, lambda: idris.health() == "All is well.", "all is well")
        village.close()


async def test_the_only_host_of_a_lost_relay_is_shown_the_way_and_no_dead_end(
    tmp_path: Path,
) -> None:
    where = house.launch(tmp_path / "home", clock=TownClock())
    house.furnish(where, filled=False)
    with Relay(tmp_path / "old", env=UNHURRIED) as old:
        village = Village(tmp_path / "town", old.url, where)
        mara, idris = village.seated("mara"), village.person("idris")
        village.found(mara)
        village.bring(mara, idris)
        village.settle(1)
        old.kill()
        no, state = mara.row().no, mara.state()
        with mara.circles.book.change(no):
            mara.circles.book.save(no, state.in_trouble(Trouble.WENT_BACK))
        village.seat()
        async with open_app(village.where) as (app, pilot):
            await press(pilot, "f5", "m")
            await sees(pilot, "Take the circle to another relay")
            assert "let you back in" not in shown(app)  # by whom? she is the one who lets in
            assert not app.screen.check_action("ask_back", ())
            await press(pilot, "escape", "g", "m")
            await sees(pilot, "the relay is gone for good")
        village.close()
