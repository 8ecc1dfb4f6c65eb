"""From an invitation to belonging, at the screen: as a guest, and as a host."""

from __future__ import annotations

from textual import events
from textual.widgets import Input

from havenclient.ui.screens.circles.conversation import ConversationScreen
from havenclient.ui.screens.circles.door import DoorScreen
from havenclient.ui.screens.circles.invites import InvitesScreen, qr_text
from havenclient.ui.screens.circles.overview import CirclesScreen
from tests.circles.kit import AGREEMENT, CIRCLE, Person
from tests.ui.circles.village import Village, hears, press, sees, sees_no_more, until
from tests.ui.house import open_app, settle, shown, write


def threads() -> set[str]:
    import threading

    return {one.name for one in threading.enumerate() if one.name.startswith("haven-")}


async def test_no_circle_no_relay(village: Village) -> None:
    before = threads()
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5")
        await sees(pilot, "begin a circle")
        await sees(pilot, "accept an invitation")
        await sees(pilot, "relay off")
        assert not threads() - before - {"haven-circles look"}


async def test_a_guest_reads_first_then_knocks_and_is_let_in(village: Village) -> None:
    mara = village.person("mara")
    village.found(mara)
    invite = mara.circles.invite(CIRCLE)
    mara.sync()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "a")
        app.post_message(events.Paste(invite.link))
        await settle(pilot)
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, DoorScreen), "a door")
        await sees(pilot, "keep each other anonymous")
        await sees(pilot, "Nothing was sent yet")
        mara.sync()
        assert mara.circles.knocks(CIRCLE) == []
        join, no = app.screen.query_one("#door-join"), app.screen.query_one("#door-no")
        assert join.size == no.size
        await press(pilot, "ctrl+s")
        await sees(pilot, "Choose a name")
        await write(pilot, "tove")
        await press(pilot, "tab")
        await write(pilot, "it is me")
        await press(pilot, "ctrl+s")
        await sees(pilot, "You knocked as tove")
        await hears(pilot, mara, lambda: mara.circles.knocks(CIRCLE))
        knock = mara.circles.knocks(CIRCLE)[0]
        assert (knock.name, knock.words) == ("tove", "it is me")
        mara.circles.offer_words(CIRCLE, knock.no)
        mara.sync()
        made = app.session
        assert made is not None
        app.screen.desk.keep_in_touch()  # type: ignore[attr-defined]
        await hears(pilot, mara, lambda: mara.circles.knocks(CIRCLE)[0].safety_words)
        words = " ".join(mara.circles.knocks(CIRCLE)[0].safety_words)
        await sees(pilot, words)
        mara.circles.admit(CIRCLE, knock.no)
        mara.sync()
        app.screen.desk.keep_in_touch()  # type: ignore[attr-defined]
        await sees(pilot, "You are in")
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen), "inside")
        await write(pilot, "hello all")
        await press(pilot, "ctrl+j")
        await hears(pilot, mara, lambda: mara.texts() == ["hello all"])


async def test_an_invite_that_can_not_be_read_is_mended_and_not_typed_anew(
    village: Village,
) -> None:
    mara = village.person("mara")
    village.found(mara)
    invite = mara.circles.invite(CIRCLE)
    mara.sync()
    words = invite.words.split()
    rows = [" ".join(f"{n} {word}" for n, word in enumerate(words[i : i + 4], i + 1))
            for i in (0, 4, 8)]  # fmt: skip
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "a")
        app.post_message(events.Paste("\n".join(rows)))  # as they stand on the host's screen
        await settle(pilot)
        await press(pilot, "x", "enter")
        await sees(pilot, "Word 12 is not in the list")
        await press(pilot, "backspace", "enter")
        await sees(pilot, "the relay's address")
        await write(pilot, "relay example")
        await press(pilot, "enter")
        await sees(pilot, "That relay can't stand in an invite")
        line = app.screen.query_one(Input)
        assert line.value == "relay example"
        line.value = ""
        await write(pilot, village.relay.removeprefix("http://"))
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, DoorScreen), "a door")
        await sees(pilot, "keep each other anonymous")
        app.screen.query_one("#door-name").focus()
        await settle(pilot)
        for key in ("t", "o", "tab", "h", "i"):  # out of a slow line: all at once
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await settle(pilot)
        typed = [app.screen.query_one(f"#door-{one}", Input).value for one in ("name", "words")]
        assert typed == ["to", "hi"]


async def test_not_for_me_forgets_and_sends_nothing(village: Village) -> None:
    mara = village.person("mara")
    village.found(mara)
    invite = mara.circles.invite(CIRCLE)
    mara.sync()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "a")
        await write(pilot, invite.words)
        await press(pilot, "enter")
        await sees(pilot, "relay's address beside them")
        app.screen.query_one("Input").value = invite.relay  # type: ignore[attr-defined]
        await press(pilot, "enter")
        await sees(pilot, AGREEMENT[:20])
        await press(pilot, "x")
        await sees(pilot, "Nobody is told")
        assert isinstance(app.screen, CirclesScreen)
        await sees(pilot, "begin a circle")
        mara.sync()
        assert mara.circles.knocks(CIRCLE) == []


async def test_a_wrong_invite_is_said_in_words(village: Village) -> None:
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "a")
        await write(pilot, "haven://relay.example.org/nothing")
        await press(pilot, "enter")
        await sees(pilot, "invite")
        await sees_no_more(pilot, "Paste the link")


async def test_a_host_founds_invites_compares_and_lets_in(village: Village) -> None:
    idris = village.person("idris")
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "n")
        await sees(pilot, "We come as we are")
        await write(pilot, CIRCLE)
        await press(pilot, "tab")
        await write(pilot, "tove")
        await press(pilot, "tab")
        await write(pilot, village.relay)
        await press(pilot, "ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, InvitesScreen), "its invites")
        await press(pilot, "n")
        await sees(pilot, "haven://")
        one = app.screen.current  # type: ignore[attr-defined]
        assert all(word in shown(app) for word in one.words.split())
        assert "█" in shown(app)
        await press(pilot, "q")
        assert "▀" in shown(app)
        await press(pilot, "escape", "d")
        await sees(pilot, "Nobody is at the door")
        door = idris.circles.open_invite(one.link)
        await hears(pilot, idris, lambda: idris.circles.door(door.id).state == "offered")
        idris.circles.knock(door.id, "idris", "hello [/] there", accepted_version=1)
        idris.sync()
        desk = app.screen.desk  # type: ignore[attr-defined]
        desk.keep_in_touch()
        await sees(pilot, "hello [/] there")
        await press(pilot, "w")
        await hears(pilot, idris, lambda: idris.circles.door(door.id).safety_words)
        desk.keep_in_touch()
        await sees(pilot, " ".join(idris.circles.door(door.id).safety_words))
        await press(pilot, "a", "enter")
        await sees(pilot, "Nobody is at the door")
        await hears(pilot, idris, lambda: idris.circles.door(door.id).state == "in")
        await press(pilot, "escape", "escape")
        await sees(pilot, "2 people")
        await hears(pilot, idris, lambda: len(idris.circles.people(CIRCLE)) == 2)


async def test_two_knocks_on_one_invite_warn(village: Village) -> None:
    tove = village.seated("tove")
    village.found(tove)
    invite = tove.circles.invite(CIRCLE)
    tove.sync()
    for name in ("idris", "somebody"):
        guest: Person = village.person(name)
        door = guest.circles.open_invite(invite.link)
        guest.sync()
        guest.circles.knock(door.id, name, "hi", accepted_version=1)
        guest.sync()
    tove.sync()
    village.seat()
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5")
        await sees(pilot, "somebody is at the door")
        await press(pilot, "d")
        await sees(pilot, "it passed other hands")
        await press(pilot, "x")
        await sees(pilot, "They are told nothing")


async def test_an_invite_is_taken_back(village: Village) -> None:
    tove = village.seated("tove")
    village.found(tove)
    tove.circles.invite(CIRCLE)
    tove.sync()
    village.seat()
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "plus", "x")
        await sees(pilot, "taken back")
        await sees_no_more(pilot, "haven://")


def test_the_code_on_the_screen_is_the_link() -> None:
    """Read back cell by cell: the half blocks hold the very modules of the code."""
    import segno

    link = "haven://relay.example.org/#AAAAAAAAAAAAAAAAAAAAAAAAAAA"
    for dark in (True, False):
        lines = qr_text(link, dark=dark).plain.splitlines()
        modules: list[list[int]] = []
        for line in lines:
            upper = [int((char in "█▀") != dark) for char in line]
            lower = [int((char in "█▄") != dark) for char in line]
            modules += [upper, lower]
        code = segno.make(link, error="l", micro=False, boost_error=False)
        expected = [list(row) for row in code.matrix_iter(border=2)]
        assert modules[: len(expected)] == expected
