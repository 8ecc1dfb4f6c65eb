"""People, safety words, roles, the agreement, leaving and removing, sharing a piece."""

from __future__ import annotations

from havenclient.ui.screens.circles.overview import CirclesScreen
from havenclient.ui.screens.circles.share import ShareScreen
from havenclient.ui.widgets.editor import Editor
from tests.circles.kit import CIRCLE, Person
from tests.ui.circles.conftest import MakeVillage
from tests.ui.circles.village import Seated, Village, hears, press, sees, sees_no_more, until
from tests.ui.house import open_app, settle, shown, write


def two(village: Village, *, host: str) -> Person:
    """tove before the screen and mara elsewhere; one of them is the host. Returns mara."""
    people = {"tove": village.seated("tove"), "mara": village.person("mara")}
    guest = "mara" if host == "tove" else "tove"
    village.found(people[host])
    village.bring(people[host], people[guest])
    village.settle(1)
    village.seat()
    return people["mara"]


async def test_safety_words_are_the_same_on_both_sides(village: Village) -> None:
    mara = two(village, host="mara")
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "v")
        await sees(pilot, "Are you really talking with mara?")
        await hears(pilot, mara, lambda: mara.circles.verification(CIRCLE, "tove").words)
        await sees(pilot, "yes, all five are the same")
        words = mara.circles.verification(CIRCLE, "tove").words
        assert words is not None
        assert all(word in shown(app) for word in words.words) and words.digits in shown(app)
        await press(pilot, "s")
        await sees(pilot, f"5   {words.words[4]}")
        await press(pilot, "y")
        await sees(pilot, "marked as checked")
        await press(pilot, "i")
        await sees(pilot, "✓ checked")


async def test_words_that_differ_are_taken_seriously(village: Village) -> None:
    mara = two(village, host="mara")
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "v")
        await hears(pilot, mara, lambda: mara.circles.verification(CIRCLE, "tove").words)
        await sees(pilot, "yes, all five are the same")
        await press(pilot, "n")
        await sees(pilot, "Talk on another way")
        await press(pilot, "i")
        await sees(pilot, "not checked yet")


async def test_a_host_asks_and_the_member_says_yes(village: Village) -> None:
    mara = two(village, host="tove")
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "i")
        await sees(pilot, "Night Walkers, 2 people")
        await press(pilot, "down" if "mara" not in _card(app) else "j", "h", "enter")
        await hears(pilot, mara, lambda: mara.circles.roles_asked(CIRCLE) == ["host"])
        mara.circles.answer_role(CIRCLE, "host")
        mara.sync()
        await sees(pilot, "said yes to: host")
        await press(pilot, "h", "enter")
        await hears(pilot, mara, lambda: mara.circles.get(CIRCLE).is_host)


def _card(app: object) -> str:
    return str(getattr(app.screen.query_one("#person-card"), "border_title", ""))  # type: ignore[attr-defined]


async def test_being_asked_is_answered_in_the_circles_settings(village: Village) -> None:
    mara = two(village, host="mara")
    mara.circles.ask_role(CIRCLE, "tove", "helper")
    mara.sync()
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5")
        await sees(pilot, "you are asked to help")
        await press(pilot, "m")
        await sees(pilot, "You are asked to be helper")
        await press(pilot, "y", "enter")
        await hears(pilot, mara, lambda: mara.circles.roles_given(CIRCLE, "tove") == ["helper"])


async def test_a_changed_agreement_is_read_before_anything_is_said(village: Village) -> None:
    mara = two(village, host="mara")
    mara.circles.change_agreement(CIRCLE, "We answer when we can.")
    mara.sync()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5")
        await sees(pilot, "a new agreement to read")
        await press(pilot, "enter")
        await sees(pilot, "There is a new agreement")
        assert app.screen.query_one(Editor).read_only
        await press(pilot, "m")
        await sees(pilot, "We answer when we can.")
        await press(pilot, "a")
        await hears(
            pilot, mara, lambda: all(one.has_accepted for one in mara.circles.people(CIRCLE))
        )
        await sees_no_more(pilot, "This agreement is new")


async def test_a_host_changes_agreement_and_name_for_everybody(village: Village) -> None:
    mara = two(village, host="tove")
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "m", "c")
        app.screen.query_one(Editor).load("We write when we like.")
        await press(pilot, "ctrl+s")
        await hears(
            pilot, mara, lambda: mara.circles.all()[0].agreement == "We write when we like."
        )
        await sees(pilot, "We write when we like.")
        await press(pilot, "n")
        app.screen.query_one("Input").value = "Sunday Letters"  # type: ignore[attr-defined]
        await press(pilot, "enter")
        await hears(pilot, mara, lambda: mara.circles.all()[0].name == "Sunday Letters")


async def test_removing_and_leaving_ask_for_a_word(village: Village) -> None:
    mara = two(village, host="tove")
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "i")
        await press(pilot, "down" if "mara" not in _card(app) else "j", "x")
        await write(pilot, "remov")
        await press(pilot, "enter")
        await sees(pilot, "That was another word")
        await press(pilot, "backspace", "backspace", "backspace", "backspace", "backspace")
        await write(pilot, "remove")
        await press(pilot, "enter")
        await hears(pilot, mara, lambda: mara.circles.all()[0].standing.value == "gone")


async def test_leaving_is_quiet_and_final(village: Village) -> None:
    mara = two(village, host="mara")
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "m", "x")
        await write(pilot, "leave")
        await press(pilot, "enter")
        await sees(pilot, "You are leaving")
        await hears(pilot, mara, lambda: len(mara.circles.people(CIRCLE)) == 1)
        await press(pilot, "escape")
        await sees(pilot, "no longer in this circle")


async def test_a_piece_of_an_entry_leaves_exactly_as_shown(make_village: MakeVillage) -> None:
    village = make_village(filled=True)
    mara = two(village, host="mara")
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f4")
        await sees(pilot, "Slow morning")
        await press(pilot, "p")
        screen = app.screen
        assert isinstance(screen, ShareScreen)
        await sees(pilot, "This leaves, and nothing else")
        screen.query_one(Editor).load("we laughed, twice")
        await press(pilot, "ctrl+g", "enter")
        await sees(pilot, "written on Sunday 22 November 2026")
        await press(pilot, "ctrl+g", "enter")  # and back: the day stays here
        await sees_no_more(pilot, "written on Sunday")
        await press(pilot, "ctrl+j", "enter")
        await hears(pilot, mara, lambda: mara.texts() == ["we laughed, twice"])
        await sees(pilot, "Shared with Night Walkers")
        got = mara.messages()[-1]
        assert (got.note, got.attachments, got.source) == (None, (), None)
        entry = app.session.ask(lambda j: j.day(village.clock.now().date()))[-1]  # type: ignore[union-attr]
        assert "Woke before" in app.session.ask(lambda j: j.get(entry.id)).body  # type: ignore[union-attr]


async def test_lock_ends_the_threads_keeps_the_draft_and_leaves_nothing(village: Village) -> None:
    import gc
    import threading

    from havenclient.circles.views import MessageView
    from havenclient.ui.app import Outcome

    mara = two(village, host="mara")
    mara.say("heronmarker")
    mara.sync()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter")
        await sees(pilot, "heronmarker")
        await write(pilot, "half a thought")
        await press(pilot, "ctrl+l")
        await pilot.pause()
        assert app.return_value is Outcome.LOCK and app.session is None
        courier = [t for t in threading.enumerate() if t.name == "haven-courier"]
        await until(pilot, lambda: not any(t.is_alive() for t in courier), "threads end")
        gc.collect()
        alive = [
            o for o in gc.get_objects() if isinstance(o, MessageView) and o.text == "heronmarker"
        ]
        assert not alive
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5")
        await sees(pilot, "draft waiting")
        await press(pilot, "enter")
        await until(
            pilot, lambda: app.screen.query_one(Editor).text == "half a thought", "the draft"
        )


async def test_cover_and_safety_over_a_conversation(village: Village) -> None:
    mara = two(village, host="mara")
    mara.say("heronmarker")
    mara.sync()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter")
        await sees(pilot, "heronmarker")
        before = app.screen
        await press(pilot, "f9")
        assert "heronmarker" not in shown(app) and "Night Walkers" not in shown(app)
        mara.say("while covered")
        mara.sync()
        await pilot.pause(0.3)
        await settle(pilot)
        assert "while covered" not in shown(app)
        await press(pilot, "enter", "f2")
        assert "heronmarker" not in shown(app)
        await press(pilot, "f2")
        assert app.screen is before


HOSTILE = (
    "a [/] b [@click=app.leave]c[/] \x1b]52;c;aGVyb24=\x07 \u202eesrever\u202c \x9b31m \x1b[2J"
)


async def test_hostile_words_and_names_are_only_letters(village: Village) -> None:
    people = {"tove": village.seated("tove"), "mara": village.person("mara[/]x")}
    mara = people["mara"]
    village.found(mara)
    village.bring(mara, people["tove"])
    mara.circles.rename(CIRCLE, "[b]Night[/] [@click=app.leave]x")
    mara.sync()
    name = mara.circles.all()[0].id
    from havenclient.circles.service import Words

    no = mara.circles.say(name, Words(HOSTILE, note="[red]n\x1b]0;t\x07"))
    mara.sync()
    mara.circles.say(name, Words(HOSTILE, reply_to=no))
    mara.circles.attach(name, "[/]\x1b]52;c;eA==\x07.txt", "text/plain", b"x", Words("file"))
    mara.sync()
    people["tove"].sync()
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5")
        await sees(pilot, "[b]Night[/]")
        first: tuple[tuple[str, ...], ...] = (
            ("enter",),
            ("escape", "up", "up", "space"),
            ("enter", "escape"),
            ("i",),
        )
        then: tuple[tuple[str, ...], ...] = (
            ("escape", "m"),
            ("escape", "v"),
            ("escape", "escape", "g"),
        )
        for keys in first:
            await press(pilot, *keys)
            text = shown(app)
            assert "\x1b" not in text and "\x9b" not in text and "\u202e" not in text
        for keys in then:
            await press(pilot, *keys)
            assert not app.crashed and app.session is not None
        assert not isinstance(app.screen, CirclesScreen)
    assert isinstance(people["tove"], Seated)


def test_in_a_real_terminal_nothing_of_it_acts(village: Village) -> None:
    """The whole program in a pty: what reaches the terminal holds no clipboard, title or colour
    request of somebody else's, and no raw direction mark."""
    import os
    import sys

    import pexpect

    from havenclient.circles.service import Words
    from tests.ui.house import PASSPHRASE

    people = {"tove": village.seated("tove"), "mara": village.person("mara")}
    mara = people["mara"]
    village.found(mara)
    village.bring(mara, people["tove"])
    mara.circles.say(CIRCLE, Words(HOSTILE))
    mara.sync()
    people["tove"].sync()
    people["tove"].vault.set_meta("circles_offline", "1")
    village.seat()
    home = village.where.places.data.parent
    child = pexpect.spawn(
        sys.executable,
        ["-m", "havenclient"],
        # COLUMNS and LINES of whoever runs the tests would overrule the terminal's own size.
        env=os.environ
        | {"HAVEN_HOME": str(home), "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "36"}
        | {"HAVEN_BOUNDARIES_QUIET_HOURS": ""},  # it may be night where this runs
        dimensions=(36, 120),
        timeout=30,
    )
    seen = bytearray()

    class Log:
        def write(self, data: bytes) -> None:
            seen.extend(data)

        def flush(self) -> None:
            pass

    child.logfile_read = Log()
    child.expect("Passphrase")
    child.send(PASSPHRASE + "\r")
    child.expect("How are you, really")
    child.send("\x1b[15~")  # F5
    child.expect("Night Walkers")
    child.send("\r")
    child.expect("app.leave")
    child.expect("Held for you")
    child.send("\x11")  # ^q
    child.expect(pexpect.EOF)
    child.close()
    assert b"]52;" not in seen.replace("␛]52;".encode(), b"")
    assert b"\x9b31m" not in seen and "\u202e".encode() not in seen
    assert child.exitstatus == 0
