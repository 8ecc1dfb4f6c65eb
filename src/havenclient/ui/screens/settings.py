"""Settings: drawn from `config.fields()`, kept at once, undone with one key.

Nothing here knows what a setting does; a new field in the schema appears by itself. Keys, files and
"about" are pages of actions at the end of the list.
"""

from __future__ import annotations

from itertools import groupby
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Input, OptionList, Static
from textual.widgets.option_list import Option

from havenclient import config
from havenclient.config import Field
from havenclient.errors import HavenError
from havenclient.ui.explain import explain
from havenclient.ui.screens.base import HavenScreen
from havenclient.ui.screens.files_page import FILE_ACTIONS
from havenclient.ui.screens.keys_page import KEY_ACTIONS, PageAction
from havenclient.ui.styles import style
from havenclient.ui.widgets.bars import TopBar
from havenclient.ui.widgets.choice import Choice
from havenclient.ui.widgets.choices import Choices
from havenclient.ui.widgets.dialogs import AskLine
from havenclient.ui.widgets.tick import Tick

NAMES = {
    "look": "Look",
    "locking": "Locking",
    "writing": "Writing",
    "boundaries": "Boundaries",
    "clipboard": "Clipboard",
    "safety": "Safety",
    "keys": "Keymap",
}
ACTION_PAGES = (
    ("passphrase", "Passphrase and keys", KEY_ACTIONS),
    ("files", "Files and export", FILE_ACTIONS),
)
OWN_LIMITS = Option(
    "My limits: quiet hours, planned minutes, caps, topics (enter)\n"
    "They are kept in the journal, not in this plain file.\n",
    id="own-limits",
)
ABOUT = """\
Haven {version}

An encrypted journal in the terminal. It sends nothing anywhere, counts no
streaks and shows no one how often you write.

Free software under the licence in the file LICENSE. What protects you and
what does not is written down in docs/threat-model.md.

`haven doctor` checks this computer and the journal without showing content."""


def label_of(field: Field) -> str:
    words = field.name.replace("_", " ")
    return words[:1].upper() + words[1:]


class SettingsScreen(HavenScreen):
    HEADING = "Settings"
    HELP = (
        "Changes are kept at once. tab goes to the next field, esc back.\n"
        "u takes the last change back, d sets the default, / finds a setting."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "undo", "Undo", id="settings.undo"),
        Binding("d", "default", "Default", id="settings.default"),
        Binding("slash", "find", "Find", id="settings.find"),
        Binding("escape", "back", "Back", id="settings.back"),
    ]

    def __init__(self, page: str = "") -> None:
        super().__init__()
        self._page = page
        self._undo: list[tuple[str, str]] = []

    def body(self) -> ComposeResult:
        with Horizontal(id="settings-main"):
            sections = Choices(
                *(Option(NAMES.get(name, name.title()), id=name) for name in self._sections()),
                *(Option(title, id=name) for name, title, _ in ACTION_PAGES),
                Option("About and licence", id="about"),
                id="sections",
                classes="panel",
                markup=False,
            )
            sections.border_title = "Sections"
            sections.border_subtitle = "/ find"
            yield sections
            with Vertical(classes="panel", id="settings-page"):
                with ContentSwitcher(id="settings-pages", initial=None):
                    for section, group in groupby(_shown_fields(), lambda field: field.section):
                        with VerticalScroll(id=f"page-{section}", can_focus=False):
                            if section == "boundaries":
                                yield Choices(OWN_LIMITS, id="own-limits", markup=False)
                            for field in group:
                                yield from self._row(field)
                    for name, _, actions in ACTION_PAGES:
                        yield Choices(
                            *(self._action(one) for one in actions),
                            id=f"page-{name}",
                            markup=False,
                        )
                    with VerticalScroll(id="page-about"):
                        yield Static(self._about(), markup=False)
                yield Static(id="saved-as", markup=False)

    @staticmethod
    def _sections() -> list[str]:
        return list(dict.fromkeys(field.section for field in _shown_fields()))

    def _row(self, field: Field) -> ComposeResult:
        value = self.haven.settings.get(field.key)
        name = _widget_id(field.key)
        with Vertical(classes="setting"):
            if field.kind == "switch":
                yield explain(Tick(label_of(field), value=bool(value), id=name), field.sentence)
            else:
                with Horizontal(classes="setting-line"):
                    yield Static(label_of(field), classes="setting-name", markup=False)
                    control: Widget
                    if field.kind == "choice":
                        control = Choice(field.choices, str(value), id=name)
                    else:
                        control = Input(str(value), placeholder=field.example or "empty", id=name)
                    yield explain(control, f"{field.sentence}\nTakes {field.allowed}.")
            yield Static(field.sentence, classes="setting-about", markup=False)

    def _action(self, one: PageAction) -> Option:
        text = Text().append(one.title, style(self, "foreground", bold=True))
        return Option(text.append(f"\n{one.about}\n", style(self, "quiet")), id=one.name)

    @staticmethod
    def _about() -> str:
        from importlib.metadata import PackageNotFoundError, version

        try:
            return ABOUT.format(version=version("havenclient"))
        except PackageNotFoundError:
            return ABOUT.format(version="")

    def on_mount(self) -> None:
        self.query_one(TopBar).status = ("changes are kept at once", "u undoes the last one")
        sections = self.query_one("#sections", OptionList)
        sections.highlighted = sections.get_option_index(self._page) if self._page else 0
        sections.focus()
        for problem in self.haven.settings.problems[:1]:
            self.haven.say(problem[:1].upper() + problem[1:] + ".")

    # --- which page ------------------------------------------------------------------------------

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_list.id == "sections":
            self._show(event.option.id or "look")

    def _show(self, name: str) -> None:
        self._page = name
        self.query_one(ContentSwitcher).current = f"page-{name}"
        page = self.query_one("#settings-page")
        titles = {one: title for one, title, _ in ACTION_PAGES}
        page.border_title = NAMES.get(name) or titles.get(name, "About and licence")
        self._tell_saved(None)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_list.id == "sections":
            target = self.query_one(f"#page-{self._page}")
            fields = [w for w in target.query("*") if w.can_focus and w.display]
            (fields[0] if fields else target).focus()
            return
        if event.option.id == "own-limits":
            from havenclient.ui.screens.care.library import open_own

            open_own(self, "limits")
            return
        for _, _, actions in ACTION_PAGES:
            for one in actions:
                if one.name == event.option.id:
                    one.act(self)

    # --- changing --------------------------------------------------------------------------------

    def on_tick_changed(self, event: Tick.Changed) -> None:
        self._keep(event.tick, "true" if event.value else "false")

    def on_choice_changed(self, event: Choice.Changed) -> None:
        self._keep(event.choice, event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._keep(event.input, event.value)

    def on_input_blurred(self, event: Input.Blurred) -> None:
        self._keep(event.input, event.value)

    def _field_of(self, widget: Widget | None) -> Field | None:
        wanted = widget.id if widget is not None else None
        return next((one for one in config.fields() if _widget_id(one.key) == wanted), None)

    def _keep(self, widget: Widget, text: str, *, undoing: bool = False) -> None:
        field = self._field_of(widget)
        if field is None:
            return
        haven = self.haven
        before = haven.settings.get(field.key)
        try:
            value = field.parse(text)
            if value == before:
                return
            config.set_value(haven.launch.settings_file, field.key, text)
        except HavenError as error:
            haven.say_error(error)
            return
        if not undoing:
            self._undo.append((field.key, _as_text(before)))
        haven.change_settings(haven.settings.replacing(field.key, value))
        self._tell_saved(field)

    def _set_shown(self, key: str, text: str) -> None:
        """Put a value into its control and keep it (undo, default)."""
        widget = self.query_one(f"#{_widget_id(key)}")
        if isinstance(widget, Tick):
            widget.value = text == "true"
        elif isinstance(widget, Choice | Input):
            widget.value = text
        self._keep(widget, text, undoing=True)

    def action_undo(self) -> None:
        if not self._undo:
            self.haven.say("Nothing to undo.")
            return
        key, text = self._undo.pop()
        self._set_shown(key, text)
        self.haven.say(f"Taken back: {key}.")

    def action_default(self) -> None:
        field = self._field_of(self.focused)
        if field is None:
            self.haven.say("Go to a setting first (enter, then tab).")
            return
        self._undo.append((field.key, _as_text(self.haven.settings.get(field.key))))
        self._set_shown(field.key, _as_text(field.default))

    def action_find(self) -> None:
        def given(text: str | None) -> None:
            words = (text or "").casefold().split()
            for field in _shown_fields():
                where = f"{field.key} {field.sentence}".casefold()
                if words and all(word in where for word in words):
                    sections = self.query_one("#sections", OptionList)
                    sections.highlighted = sections.get_option_index(field.section)
                    self._show(field.section)
                    self.query_one(f"#{_widget_id(field.key)}").focus()
                    return
            if words:
                self.haven.say("No setting has these words.")

        self.app.push_screen(AskLine("Find a setting", "A word or two:"), given)

    # --- what is saved where ---------------------------------------------------------------------

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self._tell_saved(self._field_of(self.focused))

    def _tell_saved(self, field: Field | None) -> None:
        where = self.query_one("#saved-as", Static)
        if self._page not in NAMES:
            where.display = False
            return
        where.display = True
        quiet, plain = style(self, "quiet"), style(self, "foreground")
        text = Text("Saved in ", quiet).append(_tilde(str(self.haven.launch.settings_file)), plain)
        if field is not None:
            value = self.haven.settings.get(field.key)
            text.append(" as\n")
            text.append(
                f"    [{field.section}]\n    {field.name} = {config.toml_value(value)}", plain
            )
            text.append("\nAlso:  ", quiet)
            text.append(f"haven config set {field.key} {_as_text(value) or '…'}", plain)
            text.append(f"   or {field.variable}", quiet)
        else:
            text.append("\nenter goes to the first field", quiet)
        where.update(text)

    def action_back(self) -> None:
        sections = self.query_one("#sections", OptionList)
        if self.haven.stop_work():
            return
        if self.focused is sections or self.focused is None:
            self.app.pop_screen()
        else:
            sections.focus()


def _shown_fields() -> tuple[Field, ...]:
    """Without the limits that live in the vault now."""
    return tuple(field for field in config.fields() if not field.moved)


def _widget_id(key: str) -> str:
    return "set-" + key.replace(".", "-")


def _as_text(value: config.Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _tilde(path: str) -> str:
    from pathlib import Path

    home = str(Path.home())
    return "~" + path[len(home) :] if path.startswith(home + "/") else path
