"""Find, read, edit, throw away and bring back: by keyboard alone, over a real vault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from havenclient.journal import Query
from havenclient.ui import Launch
from havenclient.ui.app import HavenApp
from havenclient.ui.screens.journal import JournalScreen
from havenclient.ui.widgets.bars import QuietLine
from havenclient.ui.widgets.editor import Editor
from havenclient.ui.widgets.how import parse_tags, write_tags
from havenclient.ui.widgets.results import Results
from tests.ui.house import open_app, settle, shown, write

Home = Callable[..., Launch]


def journal_screen(app: HavenApp) -> JournalScreen:
    assert isinstance(app.screen, JournalScreen)
    return app.screen


async def test_searching_while_typing_finds_marks_and_clears(home: Home) -> None:
    async with open_app(home(filled=True)) as (app, pilot):
        await pilot.press("f4")
        await settle(pilot)
        screen = journal_screen(app)
        everything = len(screen.query_one(Results).rows)
        await pilot.press("slash")
        await write(pilot, "laughed twice")
        await settle(pilot)
        results = screen.query_one(Results)
        assert [row.title for row in results.rows.values()] == ["Slow morning"]
        assert "1 of" in str(screen.query_one("#search-box").border_subtitle)
        await write(pilot, " mood:9")
        await settle(pilot)
        assert "1 to 5" in str(screen.query_one("#search-box").border_subtitle)
        await pilot.press("escape")
        await settle(pilot)
        assert screen.query_one(Input).value == "" and len(results.rows) == everything
        await pilot.press("slash")
        await write(pilot, "zzzz")
        await settle(pilot)
        assert "Nothing was found" in shown(app)


async def test_the_list_brings_more_pages_when_the_cursor_nears_the_end(home: Home) -> None:
    async with open_app(home(filled=True)) as (app, pilot):
        await pilot.press("f4")
        await settle(pilot)
        results = journal_screen(app).query_one(Results)
        assert len(results.rows) == 50
        await pilot.press("G")
        await settle(pilot)
        assert len(results.rows) == 100
        await pilot.press("j", "k", "g")
        assert results.highlighted == 0


async def test_a_folded_entry_shows_nothing_until_it_is_opened(home: Home) -> None:
    async with open_app(home(filled=True)) as (app, pilot):
        await pilot.press("f4")
        await settle(pilot)
        screen = journal_screen(app)
        screen.set_search("on:2024-11-22")
        await settle(pilot)
        page = shown(app)
        assert "content note: grief" in page and "place by the water" not in page
        assert screen.shown_entry is None
        await pilot.press("h")
        await settle(pilot)
        assert "place by the water" in shown(app)


async def test_an_edit_makes_a_version_and_the_history_brings_the_old_one_back(home: Home) -> None:
    async with open_app(home(filled=True)) as (app, pilot):
        await pilot.press("f4")
        await settle(pilot)
        await pilot.press("e")
        await settle(pilot)
        editor = app.screen.query_one(Editor)
        editor.insert("\nadded line")
        await pilot.press("ctrl+s")
        await settle(pilot)
        entry = journal_screen(app).shown_entry
        assert entry is not None and entry.version == 2 and "added line" in entry.body
        await pilot.press("v")
        await settle(pilot)
        assert app.screen.query_one(OptionList).option_count == 2
        await pilot.press("down", "r")
        await settle(pilot)
        entry = journal_screen(app).shown_entry
        assert entry is not None and entry.version == 3 and "added line" not in entry.body


async def test_leaving_an_edit_keeps_a_draft_that_comes_back(home: Home) -> None:
    async with open_app(home(filled=True)) as (app, pilot):
        await pilot.press("f4")
        await settle(pilot)
        await pilot.press("e")
        await settle(pilot)
        app.screen.query_one(Editor).insert("unfinished thought")
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot)
        entry = journal_screen(app).shown_entry
        assert entry is not None and entry.version == 1
        await pilot.press("e")
        await settle(pilot)
        assert "unfinished thought" in app.screen.query_one(Editor).text


async def test_tags_and_star_are_changed_in_place(home: Home) -> None:
    async with open_app(home(filled=True)) as (app, pilot):
        await pilot.press("f4")
        await settle(pilot)
        await pilot.press("t")
        await settle(pilot)
        await write(pilot, " lamp")
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("s")
        await settle(pilot)
        entry = journal_screen(app).shown_entry
        assert entry is not None and entry.tags == ("family", "rain", "lamp") and entry.starred


async def test_the_bin_keeps_and_gives_back_and_only_a_typed_word_destroys(home: Home) -> None:
    async with open_app(home(filled=True)) as (app, pilot):
        await pilot.press("f4")
        await settle(pilot)
        first = journal_screen(app).shown_entry
        assert first is not None and app.session is not None
        await pilot.press("delete")
        await settle(pilot)
        assert app.session.ask(lambda journal: journal.get(first.id)).binned_at is not None
        await pilot.press("b")
        await settle(pilot)
        assert list(journal_screen(app).query_one(Results).rows) == [first.id]
        await pilot.press("u")
        await settle(pilot)
        assert app.session.ask(lambda journal: journal.get(first.id)).binned_at is None
        await pilot.press("b")
        await settle(pilot)
        journal_screen(app)._open(first.id)
        await settle(pilot)
        await pilot.press("delete")
        await settle(pilot)
        await pilot.press("b")
        await settle(pilot)
        await pilot.press("delete")
        await settle(pilot)
        await write(pilot, "no")
        await pilot.press("enter")
        await settle(pilot)
        assert app.session.ask(lambda journal: journal.get(first.id)).binned_at is not None
        await pilot.press("backspace", "backspace")
        await write(pilot, "delete")
        await pilot.press("enter")
        await settle(pilot)
        assert app.session.ask(lambda journal: journal.count(Query(binned=True))) == 0


async def test_a_file_is_attached_and_saved_again(home: Home, tmp_path: Path) -> None:
    picture, out = tmp_path / "river.png", tmp_path / "out.png"
    picture.write_bytes(b"\x89PNG" + bytes(200_000))
    async with open_app(home(filled=True)) as (app, pilot):
        await pilot.press("f4")
        await settle(pilot)
        await pilot.press("a")
        await settle(pilot)
        app.screen.query_one(Input).value = str(picture)
        await pilot.press("enter")
        await settle(pilot)
        entry = journal_screen(app).shown_entry
        assert entry is not None and [one.name for one in entry.attachments] == ["river.png"]
        assert "river.png, 200 KB" in shown(app)
        await pilot.press("o")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        app.screen.query_one(Input).value = str(out)
        await pilot.press("enter")
        await settle(pilot)
        assert out.read_bytes() == picture.read_bytes()
        assert out.stat().st_mode & 0o777 == 0o600


async def test_the_calendar_and_the_filters_make_searches(home: Home) -> None:
    async with open_app(home(filled=True)) as (app, pilot):
        await pilot.press("f4")
        await settle(pilot)
        await pilot.press("c")
        await settle(pilot)
        await pilot.press("pageup", "pagedown", "enter")
        await settle(pilot)
        screen = journal_screen(app)
        assert screen.query_one(Input).value == "on:2026-11-22"
        assert len(screen.query_one(Results).rows) == 2
        await pilot.press("f")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert screen.query_one(Input).value == "on:2026-11-22 mood:>=4"
        assert len(screen.query_one(Results).rows) == 1


async def test_copying_asks_and_stays_inside_unless_allowed(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(HavenApp, "write_to_terminal", lambda _, text: sent.append(text))
    async with open_app(home(filled=True)) as (app, pilot):
        sent.clear()
        await pilot.press("f4")
        await settle(pilot)
        await pilot.press("y")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert app._clipboard.startswith("# Slow morning") and sent == []
        from dataclasses import replace

        rules = replace(app.settings.clipboard, allow=True)
        app.settings = replace(app.settings, clipboard=rules)
        app.copy_to_clipboard("secret words")
        assert len(sent) == 1 and sent[0].startswith("\x1b]52;c;")
        app.clips.forget()
        assert app._clipboard == "" and len(sent) == 2, "overwritten after its time or at a lock"


async def test_an_entry_of_hostile_text_is_shown_as_text(home: Home) -> None:
    where = home()
    async with open_app(where) as (app, pilot):
        assert app.session is not None
        body = (
            "# [/] [bold]x\n\n\x1b]0;owned\x07 [link](javascript:x) ![p](http://x/y.png) <b>h</b>"
        )
        app.session.ask(lambda journal: journal.add(body, tags=["a[/]b"], note=None))
        await pilot.press("f4")
        await settle(pilot)
        page = shown(app)
        assert "[/] [bold]x" in page and "\x1b" not in page
        assert "[link](javascript:x)" in page and "[picture: p]" in page
        assert not app.crashed
        await pilot.press("e")
        await settle(pilot)
        assert "\x1b" not in app.screen.query_one(Editor).text
        assert "marks" in app.screen.query_one(QuietLine).sentence


async def test_u_brings_back_at_once_what_went_to_the_bin(home: Home) -> None:
    async with open_app(home(filled=True)) as (app, pilot):
        await pilot.press("f4")
        await settle(pilot)
        results = journal_screen(app).query_one(Results)
        first, second, third = list(results.rows)[:3]
        await pilot.press("delete")
        await settle(pilot)
        assert journal_screen(app).chosen_id == second, "the neighbour is next, not the empty place"
        await pilot.press("delete")
        await settle(pilot)
        assert journal_screen(app).chosen_id == third and first not in results.rows
        for back in (second, first):
            await pilot.press("u")
            await settle(pilot)
            assert journal_screen(app).chosen_id == back and back in results.rows


async def test_a_folded_entry_goes_to_the_bin_and_back_without_being_opened(home: Home) -> None:
    async with open_app(home(filled=True)) as (app, pilot):
        await pilot.press("f4")
        await settle(pilot)
        screen = journal_screen(app)
        screen.set_search("on:2024-11-22")
        await settle(pilot)
        folded = screen.chosen_id
        assert folded is not None and screen.shown_entry is None and app.session is not None
        await pilot.press("delete")
        await settle(pilot)
        assert app.session.ask(lambda journal: journal.get(folded)).binned_at is not None
        await pilot.press("b")
        await settle(pilot)
        assert "1 in the bin" in shown(app)
        await pilot.press("u")
        await settle(pilot)
        assert app.session.ask(lambda journal: journal.get(folded)).binned_at is None
        assert "place by the water" not in shown(app)


async def test_versions_move_with_j_and_say_how_each_came_about(home: Home) -> None:
    async with open_app(home(filled=True)) as (app, pilot):
        await pilot.press("f4")
        await settle(pilot)
        entry = journal_screen(app).shown_entry
        assert entry is not None and app.session is not None
        app.session.ask(lambda journal: journal.edit(entry.id, body="One word more."))
        await pilot.press("v")
        await settle(pilot)
        assert "3 words · edited" in shown(app)
        assert "words · written" in shown(app)
        await pilot.press("j")
        assert app.screen.query_one(OptionList).highlighted == 1


async def test_what_another_program_wrote_survives_an_edit_of_the_text(home: Home) -> None:
    """Tags with blanks and long content notes come from imports; no field may cut them."""
    where = home()
    note = "a note " * 25
    async with open_app(where) as (app, pilot):
        assert app.session is not None
        tags = ("road trip", "a,b", "rain")
        made = app.session.ask(lambda journal: journal.add("Words.", tags=tags, note=note))
        await pilot.press("f4")
        await settle(pilot)
        await pilot.press("h", "e")
        await settle(pilot)
        await write(pilot, "More ")
        await pilot.press("ctrl+s")
        await settle(pilot)
        kept = app.session.ask(lambda journal: journal.get(made.id))
        assert kept.version == 2 and kept.tags == tags and kept.note == note.strip()
        await pilot.press("t")
        await settle(pilot)
        await pilot.press("end")
        await write(pilot, " sea")
        await pilot.press("enter")
        await settle(pilot)
        kept = app.session.ask(lambda journal: journal.get(made.id))
        assert kept.tags == (*tags, "sea")


@pytest.mark.parametrize(
    ("typed", "tags"),
    [
        ("#family, rain", ("family", "rain")),
        ('"road trip" #"a b"  sea', ("road trip", "a b", "sea")),
        ('half "open', ("half", "open")),
        ('"', ()),
        ("# ## ,,", ()),
        ("Rain rain", ("Rain",)),
    ],
)
def test_tags_as_people_type_them(typed: str, tags: tuple[str, ...]) -> None:
    assert parse_tags(typed) == tags
    assert parse_tags(write_tags(tags)) == tags
