"""Writing: drafts that survive, sealing, mood and tags, a question, a template; keyboard alone."""

from __future__ import annotations

from collections.abc import Callable

from textual.events import Paste
from textual.widgets import OptionList

from havenclient.ui import Launch
from havenclient.ui.screens.journal import JournalScreen
from havenclient.ui.widgets.bars import QuietLine, TopBar
from havenclient.ui.widgets.editor import Editor
from havenclient.ui.widgets.mood import MoodPicker
from tests.ui.house import NOW, StillClock, open_app, settle, write

Home = Callable[..., Launch]


async def test_words_mood_tags_and_note_are_sealed_by_keys_alone(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        await write(pilot, "Slow morning")
        await pilot.press("escape")
        assert isinstance(app.focused, MoodPicker)
        await pilot.press("4", "tab")
        await write(pilot, "#family, rain #Family")
        await pilot.press("tab")
        await write(pilot, "grief")
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert app.session is not None
        [row] = app.session.ask(lambda journal: journal.day(NOW.date()))
        entry = app.session.ask(lambda journal: journal.get(row.id))
        assert (entry.body, entry.mood, entry.tags, entry.note) == (
            "Slow morning",
            4,
            ("family", "rain"),
            "grief",
        )
        screen = app.screen
        assert screen.query_one(Editor).text == ""
        assert app.session.ask(lambda journal: journal.draft("new")) is None
        assert screen.query_one("#so-far", OptionList).get_option_at_index(0).id == entry.id
        assert "Sealed" in screen.query_one(QuietLine).sentence


async def test_a_draft_is_kept_every_few_seconds_and_comes_back_after_a_crash(home: Home) -> None:
    from havenclient.ui.screens.today import TodayScreen

    where = home()
    async with open_app(where) as (app, pilot):
        await write(pilot, "half a thou")
        screen = app.screen
        assert isinstance(screen, TodayScreen)
        screen.keep_draft()  # what the interval does
        await settle(pilot)
        screen._tell_status()
        assert screen.query_one(TopBar).status[0] == "draft kept just now"
        assert app.session is not None
        vault = app.session._vault
        assert vault is not None
        vault.abandon()  # as if the process were gone
        app.session = None
    async with open_app(where) as (app, _):
        assert app.screen.query_one(Editor).text == "half a thou"


async def test_an_emptied_editor_leaves_no_draft(home: Home) -> None:
    from havenclient.ui.screens.today import TodayScreen

    async with open_app(home()) as (app, pilot):
        await write(pilot, "ab")
        assert isinstance(app.screen, TodayScreen)
        app.screen.keep_draft()
        await settle(pilot)
        await pilot.press("backspace", "backspace")
        app.screen.keep_draft()
        await settle(pilot)
        assert app.session is not None
        assert app.session.ask(lambda journal: journal.draft("new")) is None


async def test_sealing_nothing_says_so(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert "nothing to seal" in app.screen.query_one(QuietLine).sentence


async def test_pasted_text_cannot_carry_terminal_control(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        editor = app.screen.query_one(Editor)
        editor.post_message(Paste("a\x1b]52;c;aGk=\x07b\u202ec [bold]x[/] [/]"))
        await settle(pilot)
        assert "\x1b" not in editor.text and "\x07" not in editor.text
        assert "\u202e" not in editor.text and "[bold]x[/] [/]" in editor.text


async def test_undo_is_not_on_the_suspend_key_and_f6_f7_are_havens(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        editor = app.screen.query_one(Editor)
        keys = {key for key, _ in editor._bindings}
        assert not keys & {"f6", "f7", "ctrl+z"}
        await write(pilot, "word")
        editor.history.checkpoint()
        await write(pilot, "s")
        await pilot.press("alt+u")
        assert editor.text == "word"


async def test_a_question_is_offered_and_put_as_a_quotation(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        await pilot.press("ctrl+g")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        editor = app.screen.query_one(Editor)
        assert editor.text.startswith("> ") and editor.text.endswith("\n\n")
        assert app.focused is editor


async def test_a_template_begins_an_entry(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        await pilot.press("f7")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert app.screen.query_one(Editor).text


async def test_on_this_day_folds_content_notes_and_opens_in_the_journal(home: Home) -> None:
    async with open_app(home(filled=True)) as (app, pilot):
        before = app.screen.query_one("#before", OptionList)
        rows = [str(before.get_option_at_index(index).prompt) for index in range(3)]
        assert "flat was so quiet" in rows[0]
        assert "content note: grief" in rows[1] and "water" not in rows[1]
        before.focus()
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, JournalScreen)
        assert app.screen.shown_entry is not None
        assert "flat was so quiet" in app.screen.shown_entry.body


async def test_the_planned_time_speaks_softly_once_it_ends(home: Home, clock: StillClock) -> None:
    from dataclasses import replace

    from havenclient.config import Settings
    from havenclient.ui.screens.today import TodayScreen

    base = Settings()
    settings = replace(base, boundaries=replace(base.boundaries, session_minutes=40))
    async with open_app(home(settings=settings)) as (app, _pilot):
        screen = app.screen
        assert isinstance(screen, TodayScreen)
        line = screen.query_one(QuietLine)
        clock.forward(36 * 60)
        screen._look_at_time()
        assert "about 4 are left" in line.sentence and "w wrap up" in line.keys
        screen.action_hide_line()
        assert line.sentence == ""
        clock.forward(5 * 60)
        screen._look_at_time()
        assert line.sentence == "Your 40 minutes are over."
        screen.action_more_time()
        assert line.sentence == ""
        assert app.screen is screen, "nothing closes, nothing opens"


async def test_in_a_narrow_window_ctrl_n_shows_what_is_around(home: Home) -> None:
    async with open_app(home(filled=True), size=(80, 24)) as (app, pilot):
        before = app.screen.query_one("#before")
        assert not before.region.height
        await pilot.press("ctrl+n")
        await settle(pilot)
        assert before.region.height and app.focused is before
        await pilot.press("ctrl+n")
        await settle(pilot)
        assert not before.region.height


async def test_who_looks_for_a_file_to_attach_is_led_to_where_it_goes(home: Home) -> None:
    async with open_app(home(filled=True)) as (app, pilot):
        await pilot.press("ctrl+p")
        await write(pilot, "attach")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, JournalScreen)
        assert "a attaches a file" in app.screen.query_one(QuietLine).sentence
