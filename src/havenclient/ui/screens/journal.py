"""Journal: search while typing, a list over pages, and a pane to read in.

Each keystroke asks anew and makes the older answer void; a search that still runs is interrupted.
A folded entry (content note) is not even fetched before the person opens it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from rich.console import Group, RenderableType
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList, Static

from havenclient.errors import HavenError
from havenclient.journal import Entry, Journal, Page, Query
from havenclient.journal import query as queries
from havenclient.text import safe_line
from havenclient.ui.explain import explain
from havenclient.ui.look import look_of
from havenclient.ui.screens.base import HavenScreen, PaletteItem, long_date, today
from havenclient.ui.screens.journal_actions import EntryActions
from havenclient.ui.styles import style
from havenclient.ui.widgets.how import show_tags
from havenclient.ui.widgets.reading import page
from havenclient.ui.widgets.results import Results

EMPTY = "Nothing here yet.\n\nF3 goes to Today:\none line is enough to begin."
NOTHING_FOUND = "Nothing was found.\n\nesc clears the search."
BIN_EMPTY = "The bin is empty.\n\nb goes back to the journal."
SEARCH_HELP = (
    'Words must all occur; "a phrase"; the last word may be unfinished.\n'
    "tag:family  -tag:work  mood:>=3  after:2026-01  before:2026-03-15  on:today\n"
    "note:any  has:attachment  is:starred  in:NAME  sort:rank\n"
    "f offers these as a list. esc clears."
)


class JournalScreen(EntryActions, HavenScreen):
    ROOM = "journal"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", id="journal.search"),
        Binding("c", "calendar", "Calendar", id="journal.calendar"),
        Binding("f", "filters", "Filters", id="journal.filters"),
        Binding("n", "new", "New", id="journal.new"),
        Binding("e", "edit", "Edit", id="entry.edit"),
        Binding("t", "tags", "Tags", id="entry.tags", show=False),
        Binding("v", "versions", "Versions", id="entry.versions", show=False),
        Binding("s", "star", "Star", id="entry.star", show=False),
        Binding("a", "attach", "Attach a file", id="entry.attach", show=False),
        Binding("o", "save_attachment", "Save an attachment", id="entry.save_file", show=False),
        Binding("r", "detach", "Remove an attachment", id="entry.detach", show=False),
        Binding("m", "move", "Move to another journal", id="entry.move", show=False),
        Binding("y", "copy", "Copy", id="entry.copy", show=False),
        Binding("x", "export_one", "Export this one", id="entry.export", show=False),
        Binding("p", "share", "Share a piece", id="entry.share", show=False),
        Binding("h", "unfold", "Open the folded entry", id="entry.unfold", show=False),
        Binding("delete,backspace", "bin", "To the bin", id="entry.bin", show=False),
        Binding("b", "show_bin", "Bin", id="journal.bin", show=False),
        Binding("u", "unbin", "Put back", id="entry.unbin"),
        Binding("escape", "back", "Back", id="journal.back", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._query = Query()
        self._cursor: str | None = None
        self._entry: Entry | None = None
        self._unfolded: set[str] = set()

    def body(self) -> ComposeResult:
        with Vertical(classes="panel", id="search-box") as box:
            box.border_title = "Search"
            field = Input(placeholder="words, tag:family, mood:>=3, after:2026-01", id="search")
            yield explain(field, SEARCH_HELP)
        with Horizontal(id="journal-main"):
            yield Results("results")
            with VerticalScroll(classes="panel", id="page"):
                yield Static(id="page-text")

    def on_mount(self) -> None:
        results = self.query_one(Results)
        results.border_title = "Results"
        results.border_subtitle = "j k move · enter read"
        explain(
            self.query_one("#page"),
            "The entry. e edits, v shows versions, t tags, s stars, a attaches a file, o saves "
            "and r removes one, m moves the entry to another journal, y copies, x exports it, "
            "⌫ moves it to the bin for 30 days. esc goes back to the list.",
        )
        results.focus()
        if not self._take_search():
            self._ask_page()

    def _take_search(self) -> bool:
        """A search that another room wished for."""
        wanted, self.haven.wanted_search = self.haven.wanted_search, None
        if wanted is not None:
            self.set_search(wanted)
        return wanted is not None

    # --- asking ----------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._search(event.value)

    def _search(self, text: str) -> None:
        try:
            query = queries.parse(text, today=today(self))
        except HavenError as error:
            self.haven.jobs.void("search", "count")  # an older answer must not hide the sentence
            hint = f"  {error.hints[0]}" if error.hints else ""
            self._tell_search(error.message + hint)
            return
        self._query = query
        if self.haven.session is not None:
            self.haven.session.interrupt()
        self._ask_page()

    def _ask_page(self) -> None:
        query, reveal = self._query, self.haven.settings.look.show_notes
        began = self.haven.launch.clock.monotonic()

        def show(found: Page) -> None:
            took = self.haven.launch.clock.monotonic() - began
            self._show_page(found, took)

        self.haven.ask(
            lambda journal: journal.find(query, limit=50, reveal=reveal), show, group="search"
        )

    def _show_page(self, found: Page, took: float) -> None:
        self._cursor = found.next
        results = self.query_one(Results)
        asked = self._query != Query(prefix_last=self._query.prefix_last)
        empty = BIN_EMPTY if self._query.binned else NOTHING_FOUND if asked else EMPTY
        wanted, self.haven.wanted_entry = self.haven.wanted_entry, None
        results.start(found.rows, more=found.next is not None, empty=empty, wanted=wanted)
        results.border_title = "Bin, kept for 30 days" if self._query.binned else "Results"
        if wanted is not None:
            self._open(wanted)
        elif not found.rows:
            self._entry = None
            self._show_text(Text(""), "Reading", "")
        self._tell_search(f"{took * 1000:.0f} ms")
        query = self._query
        self.haven.ask(
            lambda journal: (journal.count(query), journal.count(Query())),
            lambda counts: self._counted(*counts, asked=asked, took=took),
            group="count",
        )

    def _counted(self, found: int, everything: int, *, asked: bool, took: float) -> None:
        entries = "entry" if everything == 1 else "entries"
        self.status(f"{everything:,} {entries}".replace(",", " "))
        if self._query.binned:
            self._tell_search(f"{found:,} in the bin · b goes back".replace(",", " "))
        elif asked:
            total = f"{found:,} of {everything:,}".replace(",", " ")
            self._tell_search(f"{total} · {took * 1000:.0f} ms · esc clears")
        else:
            self._tell_search("/ searches while you type")

    def _tell_search(self, sentence: str) -> None:
        self.query_one("#search-box").border_subtitle = Content(sentence)

    def on_results_more_wanted(self) -> None:
        query, cursor, reveal = self._query, self._cursor, self.haven.settings.look.show_notes
        if cursor is None:
            return

        def more(found: Page) -> None:
            self._cursor = found.next
            self.query_one(Results).append(found.rows, more=found.next is not None)

        self.haven.ask(
            lambda journal: journal.find(query, limit=50, cursor=cursor, reveal=reveal),
            more,
            group="search",
        )

    def entries_changed(self) -> None:
        if self.is_mounted:
            current = self.query_one(Results).current
            if (
                self.haven.wanted_entry is None
                and current is not None
                and (self._query.binned or current.id not in self._thrown)
            ):
                self.haven.wanted_entry = current.id
            self._ask_page()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        if self.is_mounted and not self._take_search() and self.haven.wanted_entry is not None:
            self._ask_page()

    # --- reading ---------------------------------------------------------------------------------

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        row = self.query_one(Results).rows.get(event.option.id or "")
        if row is None:
            return
        if row.note and not row.title and row.id not in self._unfolded:
            self._entry = None
            self._show_folded(row.id, safe_line(row.note), long_date(row.written_at.date()))
        else:
            self._fetch(row.id)

    def _fetch(self, entry_id: str) -> None:
        self.haven.ask(lambda journal: journal.get(entry_id), self._show_entry, group="read")

    def _open(self, entry_id: str) -> None:
        """Show an entry that was asked for by another room; it need not be on this page."""
        if self.query_one(Results).select(entry_id):
            self.query_one(Results).focus()
        else:
            self._fetch(entry_id)
            self.query_one("#page").focus()

    def _show_folded(self, entry_id: str, note: str, title: str) -> None:
        quiet = style(self, "quiet")
        text = Text(f"content note: {note}\n\n", style(self, "lamp"))
        text.append("This entry is folded. enter or h opens it, for now.", quiet)
        self._show_text(text, title, "folded")

    def _show_entry(self, entry: Entry) -> None:
        if (
            entry.note
            and entry.id not in self._unfolded
            and not self.haven.settings.look.show_notes
        ):
            self._entry = None
            title = long_date(entry.written_at.date())
            self._show_folded(entry.id, safe_line(entry.note), title)
            return
        self._entry = entry
        facts = [
            f"mood {entry.mood}" if entry.mood else "",
            "1 word" if entry.words == 1 else f"{entry.words} words",
            show_tags(entry.tags),
            "in the bin" if entry.binned_at else "",
        ]
        star = "* " if entry.starred else ""
        title = f"{star}{long_date(entry.written_at.date())} {entry.written_at:%H:%M}"
        parts: list[RenderableType] = [page(entry.body, look_of(self), self._query.words)]
        if entry.note:
            note = Text(f"content note: {safe_line(entry.note)}\n", style(self, "lamp"))
            parts.insert(0, note)
        if entry.attachments:
            files = Text("\n", style(self, "quiet"))
            for one in entry.attachments:
                files.append(f"[{safe_line(one.name)}, {size_in_words(one.size)}]  ")
            parts.append(files.append("\no saves one of them as a plain file, r removes one"))
        self._show_text(Group(*parts), title, " · ".join(fact for fact in facts if fact))
        self.refresh_bindings()

    def _show_text(self, text: RenderableType, title: str, facts: str) -> None:
        pane = self.query_one("#page", VerticalScroll)
        pane.border_title, pane.border_subtitle = Content(title), Content(facts)
        self.query_one("#page-text", Static).update(text)
        pane.scroll_home(animate=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if self._entry is None:
            self.action_unfold()
        self.set_class(True, "-reading")  # noqa: FBT003
        self.query_one("#page").focus()

    def action_unfold(self) -> None:
        row = self.query_one(Results).current
        if row is not None:
            self._unfolded.add(row.id)
            self._fetch(row.id)

    # --- moving about ----------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "unbin":
            return self._query.binned or bool(self._thrown)
        if action in ("edit", "tags", "star", "attach", "detach", "move", "bin"):
            return not self._query.binned or action == "bin"
        return True

    def action_search(self) -> None:
        self.remove_class("-reading")
        self.query_one("#search").focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(Results).focus()

    def action_back(self) -> None:
        field = self.query_one("#search", Input)
        if self.haven.stop_work():
            return
        if self.has_class("-reading") or self.focused is self.query_one("#page"):
            self.remove_class("-reading")
            self.query_one(Results).focus()
        elif field.value:
            field.value = ""
            self.query_one(Results).focus()
        elif self._query.binned:
            self.action_show_bin()
        else:
            self.query_one(Results).focus()

    def action_show_bin(self) -> None:
        self._query = replace(Query(), binned=not self._query.binned)
        self._ask_page()
        self.query_one(Results).focus()
        self.refresh_bindings()

    def action_new(self) -> None:
        self.haven.action_go("today")

    def action_calendar(self) -> None:
        from havenclient.ui.screens.calendar import CalendarScreen

        def chosen(text: str | None) -> None:
            if text:
                self.set_search(text)

        self.app.push_screen(CalendarScreen(), chosen)

    def action_filters(self) -> None:
        from havenclient.ui.screens.filters import FiltersScreen

        def chosen(word: str | None) -> None:
            if word:
                before = self.query_one("#search", Input).value.rstrip()
                self.set_search(f"{before} {word}".strip())

        def offer(tags: list[tuple[str, int]]) -> None:
            self.app.push_screen(FiltersScreen(tags), chosen)

        self.haven.ask(lambda journal: journal.tags(), offer, group="tags")

    def set_search(self, text: str) -> None:
        field = self.query_one("#search", Input)
        field.value = text
        field.cursor_position = len(text)
        self.query_one(Results).focus()

    def ask_journal(self, question: Callable[[Journal], Entry], say: str) -> None:
        """For `EntryActions`: change the entry that is shown, then say so."""

        def done(entry: Entry) -> None:
            self.haven.entries_changed()
            self.haven.say(say)

        self.haven.ask(question, done, group="change")

    @property
    def shown_entry(self) -> Entry | None:
        return self._entry

    @property
    def chosen_id(self) -> str | None:
        if self._entry is not None:
            return self._entry.id
        row = self.query_one(Results).current
        return None if row is None else row.id

    def leave(self, entry_id: str) -> None:
        self.remove_class("-reading")
        self.haven.wanted_entry = self.query_one(Results).neighbour(entry_id)

    @property
    def in_bin(self) -> bool:
        return self._query.binned

    def palette(self) -> list[PaletteItem]:
        return [
            ("Search", "Find anything while typing (/)", self.action_search),
            ("Calendar", "A month at a time (c)", self.action_calendar),
            ("Filters", "Tags, moods, dates (f)", self.action_filters),
            ("Bin", "What was thrown away in the last 30 days (b)", self.action_show_bin),
            ("Edit this entry", "A new version; the old one stays (e)", self.action_edit),
            ("Versions of this entry", "Look at and restore (v)", self.action_versions),
            ("Share a piece", "With a circle, after a preview (p)", self.action_share),
            ("Attach a file", "Sealed into the journal (a)", self.action_attach),
            ("Save an attachment", "As a plain file; asks first (o)", self.action_save_attachment),
            ("Remove an attachment", "From this entry (r)", self.action_detach),
            ("Move this entry", "To another journal (m)", self.action_move),
            ("Export this entry", "As plain text; asks first (x)", self.action_export_one),
        ]


def size_in_words(size: int) -> str:
    """Bytes as a person says them: `312 KB`."""
    if size < 1000:
        return f"{size} bytes"
    if size < 1_000_000:
        return f"{size / 1000:.0f} KB"
    return f"{size / 1_000_000:.1f} MB"
