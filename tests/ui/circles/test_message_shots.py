"""Pictures of what is new in a conversation: kinds, sources, the calm line, check this, cards."""

from __future__ import annotations

from pathlib import Path

import pytest

from havenclient.circles.content import Kind, Source
from havenclient.ui.app import HavenApp
from tests.relay.harness import Relay
from tests.ui import house
from tests.ui.circles import test_shots as shots
from tests.ui.circles.test_shots import Compare, play
from tests.ui.stillness import stand_still

SCENES: dict[str, tuple[str, ...]] = {
    "kinds": ("enter", "escape"),
    "kind": ("enter", "ctrl+g"),
    "source": ("enter", "ctrl+g", "end", "enter"),
    "card": ("enter", "ctrl+g", "down", "down", "down", "enter"),
    "listening": ("enter", "escape", "up", "r"),
    "check-this": ("enter", "escape", "up", "up", "c"),
    "keep": ("enter", "escape", "K"),
    "advice": ("enter", *"You should stop taking your pills.".replace(" ", "_"), "ctrl+j"),
}
SCENES["advice"] = tuple("space" if key == "_" else key for key in SCENES["advice"])


@pytest.fixture(scope="session")
def told_home(tmp_path_factory: pytest.TempPathFactory, shared_relay: Relay) -> Path:
    """tove in Night Walkers, where people said what they mean by their words."""
    folder = tmp_path_factory.mktemp("told")
    village = shots._village(folder, shared_relay, 500)
    people = village.walkers()
    for who, text, kind, source, link in (
        ("nell", "How do you sleep after a shift?", Kind.QUESTION, None, None),
        (
            "jo",
            "Warm milk an hour before bed. It makes sleep come.",
            Kind.ADVICE,
            Source.READ,
            "https://example.org/sleep",
        ),
        (
            "idris",
            "The worst day. Nobody at work looked up.",
            Kind.JUST_LISTEN,
            None,
            None,
        ),
        (
            "mara",
            "What: the long way home, slowly\nWhen: after a call that was too much\nWorked for: me",
            Kind.WHAT_HELPED,
            None,
            None,
        ),
    ):
        village.clock.set(house.NOW)  # type: ignore[attr-defined]
        people[who].say(text, kind=kind, source=source, source_link=link)
        village.settle(1)
    village.clock.set(house.NOW)  # type: ignore[attr-defined]
    shots._off(people["tove"])
    village.close()
    return folder / "home"


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_still(monkeypatch)


@pytest.mark.parametrize("size", [house.WIDE, house.NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scene", SCENES)
def test_said(
    snap_compare: Compare, told_home: Path, tmp_path: Path, scene: str, size: tuple[int, int]
) -> None:
    app = HavenApp(shots._launch(told_home, tmp_path))
    assert snap_compare(app, terminal_size=size, run_before=play(SCENES[scene]))


@pytest.mark.parametrize("scene", ["listening", "check-this"])
def test_said_without_colour(
    snap_compare: Compare,
    told_home: Path,
    tmp_path: Path,
    scene: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = HavenApp(shots._launch(told_home, tmp_path))
    assert snap_compare(app, terminal_size=house.NARROW, run_before=play(SCENES[scene]))
