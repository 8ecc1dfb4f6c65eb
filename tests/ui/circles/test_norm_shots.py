"""One picture of every screen about a circle's order, at both sizes, and without colour."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from havenclient.circles.acts import DAY, Reason
from havenclient.circles.claims import Claim
from havenclient.ui.app import HavenApp
from tests.circles.kit import CIRCLE, Person
from tests.circles.norms.test_ladder import helper_of, number
from tests.relay.harness import Relay
from tests.ui import house
from tests.ui.circles.test_shots import Compare, _launch, _off, _village, play
from tests.ui.circles.village import EARLIER, TownClock, Village
from tests.ui.stillness import stand_still

HARD = "It was like this, in every detail.\nThen more of it."
ADVICE = "Stop all your pills today."
NEW = (
    "1. We come as we are and we go when we like.\n"
    "2. What is said here stays here.\n"
    "3. We put a note on heavy things, and we leave details out.\n"
)

HOST: dict[str, tuple[str, ...]] = {
    "step": ("enter", "escape", "up", "up", "exclamation_mark", "down", "down", "down", "down",
             "down", "down", "down", "down", "down"),
    "reports": ("m", "r"),
    "evidence": ("m", "r", "enter"),
    "evidence-opened": ("m", "r", "enter", "space"),
    "question": ("m", "r", "down", "space"),
    "ladder": ("m", "l"),
    "log": ("m", "l", "end"),
    "claim": ("i", "down", "c"),
    "people": ("i",),
    "agreed": ("m", "g"),
    "last-day": ("m", "g", "down", "down"),
    "agreement": ("m", "c"),
    "manage": ("m",),
}  # fmt: skip
MEMBER: dict[str, tuple[str, ...]] = {
    "steps-of-a-member": ("enter", "up", "up", "exclamation_mark"),
    "report": ("enter", "up", "up", "exclamation_mark", "y"),
    "outside": ("enter", "up", "up", "exclamation_mark", "y", "t"),
    "own-reports": ("m", "r"),
    "unnamed": ("m", "u"),
    "what-changed": ("m", "w"),
    "about-me": ("m", "l"),
}


def _peopled(village: Village, host: str, helper: str) -> dict[str, Person]:
    names = (host, helper, "idris", "nell")
    people = {n: village.seated(n) if n == "tove" else village.person(n) for n in names}
    village.found(people[host])
    for guest in names[1:]:
        village.bring(people[host], people[guest])
    village.settle(1)
    helper_of(village, people[host], people[helper])
    for day, who, text in ((20, "idris", HARD), (21, "nell", "That was a lot."),
                           (21, "idris", ADVICE)):  # fmt: skip
        assert isinstance(village.clock, TownClock)
        village.clock.set(datetime(2026, 11, day, 20, 14, tzinfo=UTC))
        people[who].say(text)
        people[who].sync()
        village.settle(1)
    return people


@pytest.fixture(scope="session")
def order_home(tmp_path_factory: pytest.TempPathFactory, shared_relay: Relay) -> Path:
    """tove, host: a report with two messages, a question, a removal that waits for her yes."""
    folder = tmp_path_factory.mktemp("order")
    village = _village(folder, shared_relay, 300)
    assert isinstance(village.clock, TownClock)
    village.clock.set(EARLIER)
    people = _peopled(village, "tove", "mara")
    tove, mara, idris, nell = (people[n] for n in ("tove", "mara", "idris", "nell"))
    nell.circles.reporting.report(
        CIRCLE, [number(nell, HARD), number(nell, ADVICE)], Reason.MEDICAL, "I could not sleep."
    )
    nell.circles.reporting.ask_unnamed(CIRCLE, "Does it get easier?")
    first = next(m.no for m in idris.messages() if m.text == HARD)
    idris.circles.delete(CIRCLE, first)
    until = tove.circles.book.now() // DAY + 90
    claim = Claim(b"", "nurse", "the city clinic", until, duty=True)
    tove.circles.moderating.set_claim(CIRCLE, "mara", claim)
    village.settle(2)
    mara.circles.moderating.pause(CIRCLE, "idris", 3 * DAY, Reason.MEDICAL)
    mara.circles.moderating.ask_removal(CIRCLE, "idris", Reason.MEDICAL)
    village.settle(2)
    return _closed(village, folder, tove)


@pytest.fixture(scope="session")
def ordinary_home(tmp_path_factory: pytest.TempPathFactory, shared_relay: Relay) -> Path:
    """tove, a member: paused, with a report of hers that was answered and a new agreement."""
    folder = tmp_path_factory.mktemp("ordinary")
    village = _village(folder, shared_relay, 400)
    assert isinstance(village.clock, TownClock)
    village.clock.set(EARLIER)
    people = {n: village.seated(n) if n == "tove" else village.person(n)
              for n in ("mara", "jo", "idris", "tove")}  # fmt: skip
    mara, tove, idris = people["mara"], people["tove"], people["idris"]
    village.found(mara)
    for guest in ("jo", "idris", "tove"):
        village.bring(mara, people[guest])
    village.settle(1)
    helper_of(village, mara, people["jo"])
    village.clock.set(datetime(2026, 11, 21, 20, 14, tzinfo=UTC))
    idris.say(ADVICE)
    idris.sync()
    village.settle(1)
    tove.circles.reporting.report(CIRCLE, [number(tove, ADVICE)], Reason.MEDICAL)
    tove.sync()
    mara.sync()
    (report,) = mara.circles.reviewing.inbox(CIRCLE)
    mara.circles.reviewing.settle(CIRCLE, report.no, "no-action", "He has said where it is from.")
    idris.say("I read that it is different for everybody.")
    village.settle(1)
    mara.circles.moderating.pause(CIRCLE, "tove", DAY, Reason.FLOOD)
    mara.circles.change_agreement(CIRCLE, NEW)
    village.settle(2)
    return _closed(village, folder, tove)


def _closed(village: Village, folder: Path, tove: object) -> Path:
    assert isinstance(village.clock, TownClock)
    village.clock.set(house.NOW)
    _off(tove)
    village.close()
    return folder / "home"


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_still(monkeypatch)


SIZES = pytest.mark.parametrize("size", [house.WIDE, house.NARROW], ids=["wide", "narrow"])


@SIZES
@pytest.mark.parametrize("scene", HOST)
def test_host(
    snap_compare: Compare, order_home: Path, tmp_path: Path, scene: str, size: tuple[int, int]
) -> None:
    app = HavenApp(_launch(order_home, tmp_path))
    assert snap_compare(app, terminal_size=size, run_before=play(HOST[scene]))


@SIZES
@pytest.mark.parametrize("scene", MEMBER)
def test_member(
    snap_compare: Compare, ordinary_home: Path, tmp_path: Path, scene: str, size: tuple[int, int]
) -> None:
    app = HavenApp(_launch(ordinary_home, tmp_path))
    assert snap_compare(app, terminal_size=size, run_before=play(MEMBER[scene]))


@pytest.mark.parametrize("scene", ["evidence", "ladder"])
def test_without_colour(
    snap_compare: Compare,
    order_home: Path,
    tmp_path: Path,
    scene: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = HavenApp(_launch(order_home, tmp_path))
    assert snap_compare(app, terminal_size=house.WIDE, run_before=play(HOST[scene]))
