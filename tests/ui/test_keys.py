"""Settings, Passphrase and keys: what is shown once is typed back, what is missing is said."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from havenclient import vault
from havenclient.errors import LockedError
from havenclient.ui import Launch
from havenclient.ui.app import HavenApp, Outcome
from havenclient.ui.widgets.bars import QuietLine
from tests.ui.house import PASSPHRASE, open_app, settle, write

Home = Callable[..., Launch]
CHANGE, TEST, RENEW, ROTATE, KEYRING = range(5)


async def _choose(app: HavenApp, pilot: Pilot[Outcome], action: int) -> None:
    app.action_settings("passphrase")
    await settle(pilot)
    await pilot.press("enter", *["down"] * action, "enter")
    await settle(pilot)


def _said(app: HavenApp) -> str:
    return app.screen.query_one(QuietLine).sentence


def _shown_code(app: HavenApp) -> str:
    text = str(app.screen.query_one(".dialog-text", Static).render())
    return " ".join(re.findall(r"\b[0-9A-Z]{4,}\b", text))


async def _type_back(app: HavenApp, pilot: Pilot[Outcome], code: str) -> None:
    await pilot.press("enter")  # "it is on paper"
    await settle(pilot)
    app.screen.query_one(Input).value = code
    await pilot.press("enter")
    await settle(pilot)


def _opens(where: Launch, way: vault.Way) -> bool:
    try:
        opened = vault.unlock(
            where.paths, way, state_dir=where.places.state, clock=where.clock, random=where.random
        )
    except LockedError:
        return False
    opened.close()
    return True


async def test_a_new_recovery_code_is_shown_once_and_typed_back(home: Home) -> None:
    where = home()
    async with open_app(where) as (app, pilot):
        await _choose(app, pilot, RENEW)
        await pilot.press("enter")
        await settle(pilot)
        code = _shown_code(app)
        await _type_back(app, pilot, code)
        assert "code is right" in _said(app)
    assert _opens(where, vault.RecoveryCode(code))


async def test_a_code_typed_wrong_is_said_and_changes_nothing(home: Home) -> None:
    where = home()
    async with open_app(where) as (app, pilot):
        await _choose(app, pilot, RENEW)
        await pilot.press("down", "enter")  # keep the old one
        await settle(pilot)
        before = len(app.session.slots()) if app.session else 0
        await pilot.press("up", "enter")  # test it
        await settle(pilot)
        app.screen.query_one(Input).value = "AAAA " * 8
        await pilot.press("enter")
        await settle(pilot)
        assert "code is right" not in _said(app) and _said(app)
        assert app.session is not None and len(app.session.slots()) == before


async def test_every_key_anew_shows_a_new_code_and_keeps_every_word(home: Home) -> None:
    where = home(filled=True)
    old_header = where.paths.header.read_bytes()
    async with open_app(where) as (app, pilot):
        assert app.session is not None
        before = app.session.ask(lambda journal: journal.tags())
        await _choose(app, pilot, ROTATE)
        await write(pilot, "not this one")
        await pilot.press("enter")
        await settle(pilot)
        assert _said(app) and where.paths.header.read_bytes() == old_header
        await pilot.press("enter")
        await settle(pilot)
        await write(pilot, PASSPHRASE)
        await pilot.press("enter")
        await settle(pilot)
        code = _shown_code(app)
        await _type_back(app, pilot, code)
        assert "code is right" in _said(app)
        assert app.session.ask(lambda journal: journal.tags()) == before
    assert where.paths.header.read_bytes() != old_header
    assert _opens(where, vault.RecoveryCode(code))
    assert _opens(where, vault.Passphrase(PASSPHRASE))


async def test_where_no_keyring_is_both_answers_are_sentences(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keyring.backends.fail import Keyring

    monkeypatch.setattr("keyring.get_keyring", Keyring)
    async with open_app(home()) as (app, pilot):
        await _choose(app, pilot, KEYRING)
        await pilot.press("enter")
        await settle(pilot)
        assert "keyring" in _said(app) and app.session is not None
        assert "keyring" not in [slot.kind for slot in app.session.slots()]
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("down", "enter")
        await settle(pilot)
        assert _said(app) == "There was none."
