"""A furnished house for the UI tests: fixed time, seeded chance, a real vault with real entries."""

from __future__ import annotations

import atexit
import os
import random as stdlib_random
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from textual import events
from textual._compositor import LayoutUpdate
from textual.keys import _character_to_key
from textual.pilot import Pilot

from havenclient import vault
from havenclient.config import Settings
from havenclient.journal import Journal
from havenclient.paths import Places
from havenclient.ui import Launch
from havenclient.ui.app import HavenApp, Outcome
from havenclient.vault import KdfParams, VaultPaths

PASSPHRASE = "river lantern seven boats"
NOW = datetime(2026, 11, 22, 22, 5, tzinfo=UTC)
WIDE, NARROW = (120, 36), (80, 24)


class StillClock:
    """A clock that moves only when a test moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now
        self._mono = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._mono

    def forward(self, seconds: float, *, asleep: bool = False) -> None:
        """Time passes; while the computer sleeps only the wall clock moves."""
        self._now += timedelta(seconds=seconds)
        if not asleep:
            self._mono += seconds

    def set(self, now: datetime) -> None:
        self._now = now


class SeededRandom:
    """The same "chance" in every run, so that a snapshot can be compared."""

    def __init__(self, seed: int = 7) -> None:
        self._source = stdlib_random.Random(seed)

    def token(self, size: int) -> bytes:
        return self._source.randbytes(size)

    def below(self, bound: int) -> int:
        return self._source.randrange(bound)

    def uniform(self, low: float, high: float) -> float:
        return self._source.uniform(low, high)


def launch(
    root: Path, *, settings: Settings | None = None, clock: StillClock | None = None
) -> Launch:
    """Without quiet hours, unless `settings` name some: tests are not about the hour they run
    in."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    settings = settings or Settings()
    if settings.boundaries.quiet_hours == "own":
        settings = settings.replacing("boundaries.quiet_hours", "")
    places = Places.default({"HAVEN_HOME": str(root)})
    return Launch(
        places=places,
        settings=settings.replacing("look.reduced_motion", True),
        paths=VaultPaths(places.vault),
        clock=clock or StillClock(),
        random=SeededRandom(),
        kdf=KdfParams.weak_for_tests(),
    )


def make_vault(where: Launch) -> vault.Vault:
    where.paths.root.parent.mkdir(parents=True, exist_ok=True)
    made, _ = vault.create(
        where.paths,
        PASSPHRASE,
        state_dir=where.places.state,
        kdf=KdfParams.weak_for_tests(),
        clock=where.clock,
        random=where.random,
    )
    return made


def fill(where: Launch, opened: vault.Vault) -> None:
    """A year of a person's life, small and the same every time."""
    clock = where.clock
    assert isinstance(clock, StillClock)
    journal = Journal(opened, clock=clock, random=where.random)
    chance = stdlib_random.Random(11)
    titles = ["Swim", "Letters", "Picnic", "Heat", "M. called", "Long train", "New gloves", "Soup"]
    words = ["the river was cold and clear", "over the river, the lamps came on", "we said little"]
    for back in range(330, 1, -1):
        if chance.random() < 0.45:
            continue
        day = NOW - timedelta(days=back, hours=chance.randrange(10))
        clock.set(day)
        tags = [tag for tag in ("walk", "family", "work", "rain") if chance.random() < 0.25]
        mood = None if chance.random() < 0.15 else min(5, max(1, round(chance.gauss(3.2, 1.1))))
        note = "grief" if chance.random() < 0.04 else None
        body = (
            f"# {chance.choice(titles)}\n\n{chance.choice(words).capitalize()}, by the river path."
        )
        journal.add(body, mood=mood, tags=tags, note=note)
    for year, body, note in (
        (2025, "The flat was so quiet that I heard the clock.", None),
        (2024, "I went to the place by the water.", "grief"),
        (2023, "First frost, new gloves.", None),
    ):
        clock.set(datetime(year, 11, 22, 20, 0, tzinfo=UTC))
        journal.add(body, mood=3, note=note)
    clock.set(datetime(2026, 11, 22, 7, 40, tzinfo=UTC))
    journal.add("Dream of a house with a garden inside.\nThree lines only.", tags=["dream"])
    clock.set(datetime(2026, 11, 22, 12, 5, tzinfo=UTC))
    journal.add(
        "# Slow morning\n\nWoke before the alarm and lay there listening to the rain. I was afraid "
        "of the call with M. but it went well: we laughed, twice.\n\n**What helped**\n\n"
        "- walking to the river first\n- writing down three things to say\n"
        "- not checking messages until ten\n",
        mood=4,
        tags=["family", "rain"],
    )
    clock.set(NOW)


_TEMPLATES: dict[bool, Path] = {}


def furnish(where: Launch, *, filled: bool) -> None:
    """A vault at `where`, copied from one that is made once for each test process."""
    if filled not in _TEMPLATES:
        folder = Path(tempfile.mkdtemp(prefix="haven-ui-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        model = launch(folder)
        opened = make_vault(model)
        opened.set_meta("recovery_confirmed", NOW.isoformat())
        if filled:
            fill(model, opened)
            opened.snapshots.take("daily")  # else each test would wait for its own
        opened.close()
        _TEMPLATES[filled] = model.places.data
    shutil.copytree(_TEMPLATES[filled], where.places.data)


@asynccontextmanager
async def open_app(
    where: Launch, *, size: tuple[int, int] = WIDE, unlocked: bool = True
) -> AsyncIterator[tuple[HavenApp, Pilot[Outcome]]]:
    app = HavenApp(where)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        if unlocked:
            await unlock(pilot)
        yield app, pilot
        if app.session is not None:
            app._forget()


async def unlock(pilot: Pilot[Outcome], passphrase: str = PASSPHRASE) -> None:
    await write(pilot, passphrase)
    await pilot.press("enter")
    await settle(pilot)


async def write(pilot: Pilot[Outcome], text: str) -> None:
    """Type `text` as key events in one go (waiting after each letter is what makes tests slow)."""
    app = pilot.app
    assert app._driver is not None
    for char in text:
        key = "enter" if char == "\n" else _character_to_key(char)
        event = events.Key(key, char)
        event.set_sender(app)
        app._driver.send_message(event)
    await pilot.pause()


async def settle(pilot: Pilot[Outcome]) -> None:
    """Until no job runs and no message waits."""
    app = pilot.app
    assert isinstance(app, HavenApp)
    for _ in range(400):
        await pilot.pause()
        if not app.jobs.busy:
            await pilot.pause()
            if not app.jobs.busy:
                return
        await pilot.pause(0.01)
    raise AssertionError("jobs did not end")


def shown(app: HavenApp) -> str:
    """All letters on the screen right now, and on what shines through from behind it, line by line.

    Not by way of a picture: drawing one took most of the time of tests that wait for words.
    """
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    assert isinstance(update, LayoutUpdate)
    return "\n".join("".join(s.text for strip in line for s in strip) for line in update.strips)
