"""A conversation by keyboard alone, with real people on a real relay."""

from __future__ import annotations

from textual import events

from havenclient.ui.screens.circles.composer import Composer
from havenclient.ui.screens.circles.talk import Talk
from tests.circles.kit import CIRCLE
from tests.ui.circles.village import Village, hears, press, sees, sees_no_more, until
from tests.ui.house import open_app, settle, shown, write


def seat(village: Village, *names: str) -> None:
    """tove sits before the screen; the others are hosts and guests of a small circle."""
    first, *others = names
    people = {n: village.seated(n) if n == "tove" else village.person(n) for n in names}
    village.found(people[first])
    for name in others:
        village.bring(people[first], people[name])
    village.settle(1)


def person(village: Village, name: str):  # type: ignore[no-untyped-def]
    return next(one for one in village.people if one.name == name)


async def test_enter_is_a_new_line_a_paste_never_sends_and_ctrl_j_sends(village: Village) -> None:
    seat(village, "mara", "tove")
    mara = person(village, "mara")
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter")
        await sees(pilot, "To Night Walkers")
        composer = app.screen.query_one(Composer)
        await write(pilot, "first line")
        await press(pilot, "enter")
        app.post_message(events.Paste("pasted\nand more\n\x1b]52;c;aGVyb24=\x07"))
        await settle(pilot)
        assert composer.text.startswith("first line\npasted\nand more\n")
        assert "\x1b" not in composer.text
        assert mara.texts() == []
        composer.load("first line\nsecond line")
        await press(pilot, "ctrl+j")
        await until(pilot, lambda: composer.text == "", "the field is empty")
        await hears(pilot, mara, lambda: mara.texts() == ["first line\nsecond line"])
        await sees(pilot, "✓ sent")


async def test_a_burst_of_keys_with_line_ends_is_a_paste_and_is_not_sent(village: Village) -> None:
    seat(village, "mara", "tove")
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter")
        composer = app.screen.query_one(Composer)
        sent: list[object] = []
        for char in "twelve letters\nand the next":
            event = events.Key("ctrl+j" if char == "\n" else char, None if char == "\n" else char)
            if char == " ":
                event = events.Key("space", " ")
            event.set_sender(app)
            assert app._driver is not None
            app._driver.send_message(event)
        await settle(pilot)
        assert composer.text == "twelve letters\nand the next"
        assert not sent and person(village, "mara").texts() == []


async def test_new_messages_wait_while_somebody_writes(village: Village) -> None:
    seat(village, "mara", "tove")
    mara = person(village, "mara")
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter")
        await sees(pilot, "To Night Walkers")
        await write(pilot, "half a thought")
        for text in ("are you there?", "never mind"):
            mara.say(text)
            mara.sync()
        await sees(pilot, "2 came while you wrote")
        assert "never mind" not in shown(app)
        await press(pilot, "escape", "u")
        await sees(pilot, "never mind")
        await sees_no_more(pilot, "came while you wrote")
        assert app.screen.query_one(Composer).text == "half a thought"


async def test_sending_shows_what_waited(village: Village) -> None:
    seat(village, "mara", "tove")
    mara = person(village, "mara")
    village.seat()
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "enter")
        await sees(pilot, "To Night Walkers")
        await write(pilot, "half a thought")
        mara.say("are you there?")
        mara.sync()
        await sees(pilot, "1 came while you wrote")
        await press(pilot, "ctrl+j")
        await sees(pilot, "are you there?")


async def test_what_tells_who_she_is_is_asked_about_once(village: Village) -> None:
    seat(village, "mara", "tove")
    mara = person(village, "mara")
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter")
        await sees(pilot, "To Night Walkers")
        await write(pilot, "write to tove at tove@example.org")
        await press(pilot, "ctrl+j")
        await sees(pilot, "There may be a mail address in it.")
        mara.sync()
        assert mara.texts() == []
        assert app.screen.query_one(Composer).text
        await press(pilot, "ctrl+j")
        await sees_no_more(pilot, "There may be a mail address")

        def came() -> bool:
            mara.sync()
            return bool(mara.texts() == ["write to tove at tove@example.org"])

        await until(pilot, came, "the message, sent as it is")


async def test_folded_messages_open_by_choice_and_are_never_quoted(village: Village) -> None:
    seat(village, "mara", "tove")
    mara = person(village, "mara")
    mara.say("the thing itself", note="loss")
    mara.sync()
    mara.say("an answer", reply_to=mara.messages()[-1].no)
    mara.sync()
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, "content note: loss")
        assert "the thing itself" not in shown(app)
        assert "answers mara" in shown(app)
        await press(pilot, "up", "space")
        await sees(pilot, "the thing itself")
        await press(pilot, "space")
        await sees_no_more(pilot, "the thing itself")
        await press(pilot, "enter", "enter")  # asked first; "show this one" is the first answer
        await sees(pilot, "the thing itself")


async def test_reply_react_edit_take_back(village: Village) -> None:
    seat(village, "mara", "tove")
    mara = person(village, "mara")
    mara.say("good morning")
    mara.sync()
    village.seat()
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, "good morning")
        await press(pilot, "full_stop", "down", "enter")
        await sees(pilot, "thank you: tove")
        await press(pilot, "r")
        await sees(pilot, "Answer to mara")
        await write(pilot, "and to you")
        await press(pilot, "ctrl+j")
        await hears(pilot, mara, lambda: mara.texts() == ["good morning", "and to you"])
        assert mara.messages()[-1].reply_to is not None
        assert mara.messages()[-2].reactions[0].word == "thank you"
        await press(pilot, "escape", "e")
        await sees(pilot, "Your message in other words")
        await write(pilot, ", mara")
        await press(pilot, "ctrl+j")
        await hears(pilot, mara, lambda: "and to you, mara" in mara.texts())
        await sees(pilot, "(edited)")
        await press(pilot, "escape", "delete", "enter")
        await hears(pilot, mara, lambda: mara.messages()[-1].deleted)
        await sees(pilot, "(taken back)")


async def test_what_is_typed_behind_the_sending_key_is_the_next_message(village: Village) -> None:
    seat(village, "mara", "tove")
    mara = person(village, "mara")
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter")
        await write(pilot, "good morning")
        for key in ("ctrl+j", "a", "n", "d"):  # as they come out of a slow line: all at once
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await hears(pilot, mara, lambda: mara.texts() == ["good morning"])
        await until(pilot, lambda: app.screen.query_one(Composer).text == "and", "the rest stays")


async def test_words_without_room_stay_in_the_field(village: Village) -> None:
    seat(village, "mara", "tove")
    mara = person(village, "mara")
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter")
        composer = app.screen.query_one(Composer)
        composer.load("x" * 60_001)
        await press(pilot, "ctrl+j")
        await sees(pilot, "room for 60,000 characters")
        assert len(composer.text) == 60_001 and not app.crashed
        composer.load("short")
        await press(pilot, "ctrl+t", *["down"] * 5, "enter")
        await write(pilot, "n" * 80)
        await press(pilot, "enter", "ctrl+j")
        await hears(pilot, mara, lambda: mara.texts() == ["short"])
        assert mara.messages()[-1].note == "n" * 63 + "…"


async def test_a_note_that_was_forgotten_is_put_on_afterwards(village: Village) -> None:
    seat(village, "mara", "tove")
    mara = person(village, "mara")
    village.seat()
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "enter")
        await write(pilot, "soup, and no soup")
        await press(pilot, "ctrl+j")
        await hears(pilot, mara, lambda: mara.texts() == ["soup, and no soup"])
        await press(pilot, "escape", "e", "ctrl+t", "down", "down", "enter")
        await sees(pilot, "note: food")
        await press(pilot, "ctrl+j")
        await hears(pilot, mara, lambda: mara.messages()[-1].note == "food")
        await press(pilot, "escape", "e")
        await sees(pilot, "note: food")  # what it has, not "none"
        await press(pilot, "escape")
        await sees(pilot, "note: none")  # and the next message has none of it
        await press(pilot, "escape", "e", "ctrl+t", "enter", "ctrl+j")
        await hears(pilot, mara, lambda: mara.messages()[-1].note is None)


async def test_a_content_note_goes_along(village: Village) -> None:
    seat(village, "mara", "tove")
    mara = person(village, "mara")
    village.seat()
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "enter")
        await write(pilot, "soup, and no soup")
        await press(pilot, "ctrl+t", "down", "down", "enter")
        await sees(pilot, "note: food")
        await press(pilot, "ctrl+j")
        await hears(pilot, mara, lambda: [m.note for m in mara.messages() if m.note] == ["food"])


async def test_no_relay_means_waiting_and_on_again_means_sent(village: Village) -> None:
    seat(village, "mara", "tove")
    mara = person(village, "mara")
    village.seat()
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "g", "o")
        await sees(pilot, "Off: nothing is sent")
        await press(pilot, "escape", "enter")
        await write(pilot, "written on a train")
        await press(pilot, "ctrl+j")
        await sees(pilot, "waits, no relay yet")
        mara.sync()
        assert mara.texts() == []
        await press(pilot, "escape", "g")
        await sees(pilot, "message")
        await press(pilot, "o")
        await hears(pilot, mara, lambda: mara.texts() == ["written on a train"])
        await press(pilot, "escape")
        await sees(pilot, "✓ sent")
        await press(pilot, "g", "c")
        await sees(pilot, "✓ answers")


async def test_going_through_thousands_of_messages_stays_quick(village: Village) -> None:
    """One page costs the same at either end: far below what a hand on a key notices."""
    import time

    from havenclient.circles import content as mimi
    from havenclient.circles import ledger
    from havenclient.circles.content import Content

    seat(village, "mara", "tove")
    tove = person(village, "tove")
    key = next(p.key for p in tove.state().people if p.name == "mara")
    row, count = tove.row(), 5_000
    with tove.circles.book.change(row.no):
        for n in range(count):
            said = Content(n.to_bytes(16, "big"), text=f"number {n}, and how the day was. " * 3)
            ident = n.to_bytes(32, "big")
            one = ledger.Incoming(
                1000 + n,
                ident,
                key,
                "mara",
                False,
                said,
                mimi.encode(said),
                None,
            )
            ledger.add(tove.circles.book.db, row.no, one, now=tove.circles.book.now() - 9000 + n)
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5")
        began = time.perf_counter()
        await press(pilot, "enter")
        await sees(pilot, f"number {count - 1},")
        opened = time.perf_counter() - began
        talk = app.screen.query_one(Talk)
        talk.focus()
        turns = []
        for _ in range(12):  # twelve pages up, then back to the newest
            talk.highlighted = next(
                n for n in range(talk.option_count) if not talk.get_option_at_index(n).disabled
            )
            before = talk.current
            began = time.process_time()
            await pilot.press("up")
            await settle(pilot)
            turns.append(time.process_time() - began)
            assert before is not None and talk.current is not None
            assert talk.current.no < before.no
        assert talk.leaf.views[-1].no < count - 500
        await press(pilot, "G")
        await until(pilot, lambda: talk.leaf.at_newest, "back at the newest")
        print(f"opened in {opened:.2f} s; a page {sorted(turns)[6] * 1000:.0f} ms of CPU")
        assert sorted(turns)[6] < 0.4
    assert CIRCLE
