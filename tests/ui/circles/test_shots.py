"""One picture of every screen of the circles room at both sizes, and without colour.

The pictures must be the same every time: all chance is seeded, time stands still, the relay has a
name of its own, and before the screen the relay is off.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from havenclient import vault
from havenclient.care import month
from havenclient.care.boundaries import Feeling
from havenclient.care.keeping import Boundaries
from havenclient.care.service import Care
from havenclient.sync.client import RelayClient, Route
from havenclient.ui import Launch
from havenclient.ui.app import HavenApp, Outcome
from havenclient.ui.screens.care.month import MonthScreen
from tests.circles.kit import CIRCLE, Connect
from tests.relay.harness import Relay
from tests.ui import house
from tests.ui.circles.village import Seated, TownClock, Village
from tests.ui.stillness import stand_still

NAMED = "https://relay.example.org"

SCENES: dict[str, tuple[str, ...]] = {
    "list": (),
    "conversation": ("enter",),
    "messages": ("enter", "escape", "up", "space"),
    "people": ("i",),
    "verify": ("v", "enter"),
    "verify-slowly": ("v", "enter", "s"),
    "settings": ("m",),
    "relay": ("g",),
    "begin": ("n",),
    "accept": ("a",),
    "react": ("enter", "escape", "full_stop"),
    "leave": ("m", "x"),
    "note": ("enter", "ctrl+t"),
}
LIMIT_SCENES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "late": ({"quiet_hours": "22:00-07:00"}, ("enter",)),
    "cap": ({"posts": "1"}, ("enter", "escape")),
    "pace": ({"pace": "on"}, ("enter",)),
    "feelings": ({"feelings": "on"}, ("enter", "escape", "up", "up", "up", "space", "escape")),
    "resting": ({}, ("p", "down", "enter", "enter")),
    "later": ({}, ("enter", "escape", "l", "escape", "l")),
    "limits": ({"posts": "20"}, ("f10", "down", "down", "down", "enter", "enter")),
}
HOST_SCENES: dict[str, tuple[str, ...]] = {
    "invites": ("plus",),
    "qr": ("plus", "q"),
    "knocks": ("d",),
    "host-settings": ("m",),
    "door": ("down", "enter"),
}


class Compare(Protocol):
    def __call__(
        self,
        app: HavenApp,
        *,
        terminal_size: tuple[int, int],
        run_before: Callable[[Pilot[Outcome]], object],
    ) -> bool: ...


def named(real: str) -> Connect:
    def connect(route: Route) -> RelayClient:
        return RelayClient(replace(route, base=real))

    return connect


def _village(folder: Path, relay: Relay, seed: int) -> Village:
    where = house.launch(folder / "home", clock=TownClock())
    house.furnish(where, filled=True)
    return Village(folder / "town", NAMED, where, connect=named(relay.url), seed=seed)


@pytest.fixture(scope="session")
def member_home(tmp_path_factory: pytest.TempPathFactory, shared_relay: Relay) -> Path:
    """tove, a member of Night Walkers, with talk, words to compare and one who is checked."""
    folder = tmp_path_factory.mktemp("member")
    village = _village(folder, shared_relay, 100)
    people = village.walkers()
    village.talk(people)
    tove = people["tove"]
    tove.circles.confirm_verify(CIRCLE, "mara", same=True)
    tove.circles.begin_verify(CIRCLE, "idris")
    village.settle(2)
    assert tove.circles.verification(CIRCLE, "idris").words is not None
    _off(tove)
    village.close()
    return folder / "home"


@pytest.fixture(scope="session")
def host_home(tmp_path_factory: pytest.TempPathFactory, shared_relay: Relay) -> Path:
    """tove, host of Night Walkers, with two knocks on one invite and an invitation of her own."""
    folder = tmp_path_factory.mktemp("host")
    village = _village(folder, shared_relay, 200)
    tove = village.seated("tove")
    village.found(tove)
    used = tove.circles.invite(CIRCLE)
    tove.sync()
    for name in ("idris", "somebody"):
        guest = village.person(name)
        door = guest.circles.open_invite(used.link)
        guest.sync()
        guest.circles.knock(door.id, name, "it is me, from the river", accepted_version=1)
        guest.sync()
    tove.circles.invite(CIRCLE)
    village.elsewhere(tove)
    for _ in range(3):
        report = tove.sync()
        assert not report.errors
    assert len(tove.circles.knocks(CIRCLE)) == 2
    assert [one.state for one in tove.circles.doors()] == ["offered"]
    _off(tove)
    village.close()
    return folder / "home"


def _off(person: object) -> None:
    assert isinstance(person, Seated)
    person.vault.set_meta("circles_offline", "1")


def _launch(home: Path, tmp_path: Path) -> Launch:
    shutil.copytree(home, tmp_path / "home")
    return house.launch(tmp_path / "home", clock=TownClock())


def play(keys: tuple[str, ...]) -> Callable[[Pilot[Outcome]], object]:
    async def run(pilot: Pilot[Outcome]) -> None:
        await house.settle(pilot)
        await house.unlock(pilot)
        for key in ("f5", *keys):
            await pilot.press(key)
            await house.settle(pilot)
        app = pilot.app
        assert isinstance(app, HavenApp)
        for field in (*app.screen.query(Input), *app.screen.query(TextArea)):
            field.cursor_blink = False
            field._cursor_visible = True
        await pilot.pause()

    return run


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_still(monkeypatch)


@pytest.mark.parametrize("size", [house.WIDE, house.NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scene", SCENES)
def test_member(
    snap_compare: Compare, member_home: Path, tmp_path: Path, scene: str, size: tuple[int, int]
) -> None:
    app = HavenApp(_launch(member_home, tmp_path))
    assert snap_compare(app, terminal_size=size, run_before=play(SCENES[scene]))


@pytest.mark.parametrize("size", [house.WIDE, house.NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scene", HOST_SCENES)
def test_host(
    snap_compare: Compare, host_home: Path, tmp_path: Path, scene: str, size: tuple[int, int]
) -> None:
    app = HavenApp(_launch(host_home, tmp_path))
    assert snap_compare(app, terminal_size=size, run_before=play(HOST_SCENES[scene]))


def _with_limits(where: Launch, limits: dict[str, str]) -> HavenApp:
    state, clock = where.places.state, where.clock
    opened = vault.unlock(
        where.paths, vault.Passphrase(house.PASSPHRASE), state_dir=state, clock=clock
    )
    kept = Boundaries(opened.db, clock)
    for name, value in limits.items():
        kept.set(name, value)
    opened.close()
    return HavenApp(where)


@pytest.mark.parametrize("size", [house.WIDE, house.NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scene", LIMIT_SCENES)
def test_limits(
    snap_compare: Compare, member_home: Path, tmp_path: Path, scene: str, size: tuple[int, int]
) -> None:
    limits, keys = LIMIT_SCENES[scene]
    app = _with_limits(_launch(member_home, tmp_path), limits)
    assert snap_compare(app, terminal_size=size, run_before=play(keys))


@pytest.mark.parametrize("size", [house.WIDE, house.NARROW], ids=["wide", "narrow"])
def test_a_month_looked_back_on(
    snap_compare: Compare, member_home: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    app = _with_limits(_launch(member_home, tmp_path), {})

    async def run(pilot: Pilot[Outcome]) -> None:
        await play(())(pilot)  # type: ignore[misc]
        assert app.session is not None
        app.session.ask_vault(lambda opened: _a_month(Care(opened.db, app.launch.clock)))
        app.push_screen(MonthScreen())
        await house.settle(pilot)

    assert snap_compare(app, terminal_size=size, run_before=run)


def _a_month(care: Care) -> None:
    kept = care.boundaries
    for feeling in (Feeling.LIGHTER, Feeling.SAME, Feeling.HEAVIER, Feeling.LIGHTER):
        visit = kept.begin_visit("Night Walkers")
        kept.was_reading(visit, 900)
        kept.feel(visit, feeling)
    care.shelf.keep("A walk by the river", note="before supper")
    month.note(kept, house.NOW.date().replace(day=1), month.MORE, "walks with Sam")


def test_limits_without_colour(
    snap_compare: Compare, member_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = _with_limits(_launch(member_home, tmp_path), {"posts": "1"})
    assert snap_compare(app, terminal_size=house.WIDE, run_before=play(("enter", "escape")))


@pytest.mark.parametrize("scene", ["list", "conversation", "verify", "relay"])
def test_without_colour(
    snap_compare: Compare,
    member_home: Path,
    tmp_path: Path,
    scene: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = HavenApp(_launch(member_home, tmp_path))
    assert snap_compare(app, terminal_size=house.WIDE, run_before=play(SCENES[scene]))


def test_nothing_yet(snap_compare: Compare, tmp_path: Path) -> None:
    where = house.launch(tmp_path / "home", clock=TownClock())
    house.furnish(where, filled=False)
    assert snap_compare(HavenApp(where), terminal_size=house.WIDE, run_before=play(()))


def test_a_piece_to_share(snap_compare: Compare, member_home: Path, tmp_path: Path) -> None:
    app = HavenApp(_launch(member_home, tmp_path))
    assert snap_compare(app, terminal_size=house.WIDE, run_before=play(("f4", "p")))
