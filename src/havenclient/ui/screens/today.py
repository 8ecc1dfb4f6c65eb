"""Today: write, say how it is, see what this day held before."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from havenclient.care.boundaries import is_quiet
from havenclient.journal import Draft, Entry, Journal, Summary
from havenclient.journal.records import DEFAULT_JOURNAL, PromptOffer
from havenclient.text import safe_line
from havenclient.ui import quiet
from havenclient.ui.explain import explain
from havenclient.ui.flows import begin
from havenclient.ui.own_limits import own
from havenclient.ui.screens.base import PaletteItem, local_now, long_date, today
from havenclient.ui.screens.care.tips import tip
from havenclient.ui.screens.drafting import DraftingScreen
from havenclient.ui.screens.templates import templates
from havenclient.ui.styles import style
from havenclient.ui.widgets.bars import QuietLine
from havenclient.ui.widgets.dialogs import Ask
from havenclient.ui.widgets.editor import Editor
from havenclient.ui.widgets.how import HowPanel
from havenclient.ui.widgets.shelf import Shelf

PLACEHOLDER = "How are you, really?  One line is enough.\n^g gives a question if you want one."
DRAFT = "new"


class TodayScreen(DraftingScreen):
    ROOM = "today"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "seal", "Seal", id="seal"),
        Binding("ctrl+g", "prompt", "Prompt", id="prompt"),
        Binding("ctrl+t", "note", "Note", id="note", show=False),
        Binding("f7", "template", "Template", id="template", show=False),
        Binding("ctrl+n", "around", "Look back", id="around"),
        Binding("escape", "leave_text", "Leave the text", id="leave_text", show=False),
        Binding("m", "more_time", "Ten more minutes", id="time.more", show=False),
        Binding("w", "wrap_up", "Wrap up", id="time.wrap", show=False),
        Binding("d", "hide_line", "Hide the line", id="time.hide", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(DRAFT)
        self._day = None
        self._prompt_id: str | None = None
        self._visit = quiet.VisitLine()

    def body(self) -> ComposeResult:
        with Horizontal(id="today-main"):
            yield Editor(placeholder=PLACEHOLDER, id="editor")
            with Vertical(id="today-side"):
                yield HowPanel()
                yield Shelf(id="before", classes="panel one-line", markup=False)
                yield Shelf(id="so-far", classes="panel one-line", markup=False)

    def on_mount(self) -> None:
        self.editor.add_class("panel")
        before, so_far = (
            self.query_one("#before", OptionList),
            self.query_one("#so-far", OptionList),
        )
        before.border_title, before.border_subtitle = "On this day", "enter opens"
        explain(
            before,
            "What you wrote on this day in earlier years. enter opens it in the Journal.",
        )
        so_far.border_title = "Today"
        explain(so_far, "What you sealed today. enter opens it in the Journal.")
        self.editor.border_title = long_date(today(self))
        self.editor_changed()
        self.begin_drafting()
        self.set_interval(5, self._look_at_time)
        self.haven.ask(lambda journal: journal.draft(DRAFT), self._restore, group="draft load")
        self.entries_changed()
        self.editor.focus()
        if self.haven.session is not None and self.haven.session.read_only:
            self.editor.read_only = True

    def _restore(self, draft: Draft | None) -> None:
        if draft is None or self.editor.text:
            return
        with self.prevent(Editor.Changed, HowPanel.Changed):
            self.editor.load(draft.body)
            self.how.load(draft.mood, draft.tags, draft.note)
        self.editor_changed()
        self.haven.say("Your draft is back where you left it.")

    # --- what is around --------------------------------------------------------------------------

    def entries_changed(self) -> None:
        day = today(self)

        def look(journal: Journal) -> tuple[list[Summary], list[Summary], list[str]]:
            return (
                journal.on_this_day(day),
                journal.day(day),
                [tag for tag, _ in journal.tags()[:200]],
            )

        self.haven.ask(look, self._show_around, group="around")

    def _show_around(self, found: tuple[list[Summary], list[Summary], list[str]]) -> None:
        before, so_far, tags = found
        self.how.know_tags(tags)
        quiet_style = style(self, "quiet")
        self._fill(
            "#before",
            [Option(self._row(f"{one.written_at:%Y}", one), id=one.id) for one in before[:20]],
            Text("Nothing yet from this day.\nIt will be here next year.", quiet_style),
        )
        self._fill(
            "#so-far",
            [Option(self._row(f"{one.written_at:%H:%M}", one), id=one.id) for one in so_far[-20:]],
            Text("Nothing sealed today.\n^s seals what you write.", quiet_style),
        )

    def _fill(self, where: str, options: list[Option], empty: Text) -> None:
        widget = self.query_one(where, OptionList)
        widget.clear_options()
        widget.add_options(options or [Option(empty, disabled=True)])

    def _row(self, left: str, one: Summary) -> Text:
        row = Text(f"{left}  ", style(self, "lamp"), no_wrap=True, overflow="ellipsis")
        if one.note:
            row.append(f"(content note: {safe_line(one.note)})", style(self, "quiet", italic=True))
        else:
            row.append(
                safe_line(one.title or one.excerpt or "(no words)"), style(self, "foreground")
            )
        return row

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option.id:
            self.haven.show_entry(event.option.id)

    # --- writing ---------------------------------------------------------------------------------

    def editor_changed(self) -> None:
        words = self.editor.word_count
        line = self.editor.cursor_location[0] + 1
        count = "1 word" if words == 1 else f"{words} words"
        self.editor.border_subtitle = f"markdown  ·  {count}  ·  ln {line}"

    def on_text_area_selection_changed(self) -> None:
        self.editor_changed()

    def action_seal(self) -> None:
        body = self.editor.text
        if not body.strip() and self.how.mood is None:
            self.haven.say("There is nothing to seal yet. One line is enough.")
            return
        mood, tags, note = self.how.mood, self.how.tags, self.how.note
        chosen = self.haven.settings.writing.default_journal
        name = None if chosen == DEFAULT_JOURNAL else chosen
        prompt, self._prompt_id = self._prompt_id, None

        def seal(journal: Journal) -> Entry:
            entry = journal.add(body, mood=mood, tags=tags, note=note, journal=name)
            journal.drop_draft(DRAFT)
            if prompt is not None:
                journal.prompt_taken(prompt)
            return entry

        self.haven.ask(seal, self._sealed, group="seal")

    def _sealed(self, entry: Entry) -> None:
        with self.prevent(Editor.Changed, HowPanel.Changed):
            self.editor.blank()
            self.how.load(None, (), None)
        self._dirty = False
        self.editor_changed()
        self._kept_at, self._sealed_at = None, self.haven.launch.clock.monotonic()
        self.haven.say(f"Sealed at {entry.written_at.astimezone():%H:%M}. It is in today's list.")
        tip(self, "professional", after=6)
        self.haven.entries_changed()

    def action_note(self) -> None:
        self.query_one("#note").focus()

    def action_leave_text(self) -> None:
        if not self.haven.stop_work():
            (self.query_one("#mood") if self.focused is self.editor else self.editor).focus()

    # --- a question, a template ------------------------------------------------------------------

    def action_prompt(self) -> None:
        if not self.haven.settings.writing.prompts:
            self.haven.say("Questions are switched off in Settings, Writing.")
            return
        resting = is_quiet(own(self.haven).quiet_hours, local_now(self))
        self.haven.ask(
            lambda journal: journal.offer_prompts(quiet=resting), self._offer, group="prompt"
        )

    def _offer(self, offer: PromptOffer) -> None:
        prompts = {prompt.id: prompt for prompt in (offer.first, *offer.others)}
        answers = tuple((prompt.id, prompt.text) for prompt in prompts.values())

        def chosen(answer: str | None) -> None:
            prompt = prompts.get(answer or "")
            if prompt is not None:
                self._prompt_id = prompt.id
                self._put(f"> {prompt.text}\n\n")
            elif answer == "other":
                first = offer.first.id
                self.haven.ask(
                    lambda journal: journal.prompt_skipped(first),
                    lambda _: self.action_prompt(),
                    group="prompt",
                )

        self.app.push_screen(
            Ask(
                "A question, if you want one",
                "Choose one, or none. What you don't choose rests for a while.",
                (*answers, ("other", "show others"), ("none", "no question")),
            ),
            chosen,
        )

    def _put(self, text: str) -> None:
        before = self.editor.text
        lead = "" if not before or before.endswith("\n\n") else "\n\n"
        self.editor.move_cursor(self.editor.document.end)
        self.editor.insert(lead + text)
        self.editor.focus()

    def action_template(self) -> None:
        written = self.editor.text
        begin(self, lambda flow: templates(flow, written, self._put))

    def palette(self) -> list[PaletteItem]:
        return [
            ("Seal this entry", "Keep it in the journal (ctrl+s)", self.action_seal),
            ("A question", "Offer a prompt (ctrl+g)", self.action_prompt),
            ("Templates", "Begin with a shape, keep or drop your own (F7)", self.action_template),
            ("Attach a file", "To a sealed entry: F4, choose it, then a", self._to_the_journal),
            ("Look back", "On this day, and today's list (ctrl+n)", self.action_around),
            *super().palette(),
        ]

    def _to_the_journal(self) -> None:
        """A file belongs to a sealed entry; who looks for the word here is led to it."""
        self.haven.action_go("journal")
        # Later: the room is entered first, and the sentence stands on its quiet line.
        self.app.call_later(self.haven.say, "Choose an entry; a attaches a file to it.")

    # --- narrow windows --------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "around":
            return not self.has_class("-wide")
        if action in ("more_time", "wrap_up", "hide_line"):
            return bool(self._visit.shown)
        return True

    def action_around(self) -> None:
        """In narrow windows the lists take the editor's place, and give it back."""
        self.toggle_class("-around")
        target = "#before" if self.has_class("-around") else "#editor"
        self.query_one(target).focus()

    # --- planned time ----------------------------------------------------------------------------

    def _look_at_time(self) -> None:
        if self.editor.border_title != (title := long_date(today(self))):
            self.editor.border_title = title
            self.entries_changed()
        sentence = self._visit.look(
            self.haven.guard.visit_minutes(),
            own(self.haven).visit,
            self.haven.settings.boundaries.when_over,
        )
        if sentence is not None:
            keys = "esc, then  w wrap up   m ten more   d hide" if sentence else ""
            self.query_one(QuietLine).say(sentence, keys)
            self.refresh_bindings()

    def action_more_time(self) -> None:
        self._visit.more(10)
        self._look_at_time()

    def action_hide_line(self) -> None:
        self._visit.hide()
        self._look_at_time()

    def action_wrap_up(self) -> None:
        """One closing question, then the words are sealed and the screen is covered."""

        def answered(answer: str | None) -> None:
            if answer == "write":
                self._put("> What may stay here for today?\n\n")
            elif answer == "cover":
                self.keep_draft()
                if self.editor.text.strip():
                    self.action_seal()
                self.haven.cover()
            self._visit.hide()
            self._look_at_time()

        self.app.push_screen(
            Ask(
                "Wrap up",
                "What may stay here for today?",
                (
                    ("write", "one more line about that"),
                    ("cover", "seal and cover"),
                    ("no", "not yet"),
                ),
            ),
            answered,
        )
