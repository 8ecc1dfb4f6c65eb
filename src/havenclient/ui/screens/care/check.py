"""A check, one question a screen. Follows `havenclient.care.checks`, which owns every rule."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from rich.console import Group
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from havenclient.care import checks
from havenclient.care.checks import Sitting, Stage, Taken
from havenclient.care.instruments import Instrument
from havenclient.ui.screens.care.base import CareScreen
from havenclient.ui.screens.care.library import open_own
from havenclient.ui.screens.care.player import PlayerScreen
from havenclient.ui.screens.care.tips import tip
from havenclient.ui.styles import style
from havenclient.ui.widgets.choices import Choices

SKIP = "skip"


class CheckScreen(CareScreen):
    HEADING = "Check"
    HELP = (
        "Choose an answer with the arrows or its number; enter takes it.\n"
        "n leaves a question out (then there is no number), backspace goes back, esc stops and\n"
        "keeps nothing. F2 shows help near you, p your plan."
    )
    LEFT: tuple[tuple[str, str], ...] = (("enter", "Choose"),)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "leave_out", "Leave out", id="check.skip"),
        Binding("backspace", "before", "Back", id="check.before"),
        Binding("p", "plan", "My plan", id="check.plan"),
        Binding("m", "meaning", "What studies call it", id="check.meaning"),
        Binding("escape", "back", "Stop", id="check.stop"),
        *(
            Binding(str(number), f"number({number})", f"Answer {number}", show=False)
            for number in range(10)
        ),
    ]

    def __init__(self, instrument: Instrument) -> None:
        super().__init__()
        self._sitting = Sitting(instrument)
        self._kept = False
        self._meant = False
        self._waits: datetime | None = None
        self._taken: tuple[Taken, ...] = ()

    def body(self) -> ComposeResult:
        with Vertical(classes="panel", id="check-box"):
            yield Static(id="check-text")
            yield Choices(id="check-answers", markup=False)

    def on_mount(self) -> None:
        self.status("kept in your journal only" if self.haven.may_show else "not kept: locked")
        self._draw()
        if self.haven.may_show:
            self._look_back()

    def _look_back(self) -> None:
        one = self._sitting.instrument
        self.care(lambda care: (care.results.comes_back(one), care.results.taken(one.id)),
                  self._know)  # fmt: skip

    def _know(self, found: tuple[datetime | None, tuple[Taken, ...]]) -> None:
        back, self._taken = found
        if not self._kept:
            self._waits = back
        self._draw()

    # --- drawing ----------------------------------------------------------------------------------

    def _draw(self) -> None:
        sitting, box = self._sitting, self.query_one("#check-box")
        box.border_title = sitting.instrument.name
        box.border_subtitle = ""
        answers: list[tuple[str, str]] = []
        if self._waits is not None:
            text: Group | Text = self._spaced(self._waits)
            answers = [("done", "Back to the library")]
        elif sitting.stage is Stage.OFFER:
            text = Text(checks.NOTICE)
            answers = [
                (SKIP, "Skip it"),
                ("shorter", "The 8-question version"),
                ("accept", "Go on with all nine"),
            ]
        elif sitting.stage is Stage.QUESTION:
            number, total = len(sitting.answers) + 1, len(sitting.instrument.questions)
            box.border_subtitle = f"{number} of {total}"
            text = self._asked(number)
            answers = [
                (f"answer-{value}", words if words.startswith(str(value)) else f"{value}  {words}")
                for value, words in sitting.question.answers
            ]
        elif sitting.stage is Stage.SUPPORT:
            text = Text(checks.SUPPORT)
            answers = list(checks.SUPPORT_WAYS)
        else:
            self._keep()
            tip(self, "professional")
            text = self._result()
            answers = [("done", "Done")]
        self.query_one("#check-text", Static).update(text)
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(label, id=name) for name, label in answers)
        options.highlighted = 0
        options.focus()
        self.refresh_bindings()

    def _asked(self, number: int) -> Text:
        sitting, quiet = self._sitting, style(self, "quiet")
        text = Text()
        if number == 1:
            text.append(f"{checks.PURPOSE}\n\n", quiet)
        if sitting.instrument.scored:
            text.append(f"In the {sitting.instrument.timeframe.removeprefix('the ')}:\n", quiet)
        return text.append(sitting.question.text, style(self, "foreground", bold=True))

    def _result(self) -> Group:
        sitting, quiet = self._sitting, style(self, "quiet")
        one = sitting.instrument
        parts = [Text(line) for line in checks.result_lines(one, sitting.answers)]
        if self._meant:
            meaning = checks.meaning_lines(one, sitting.answers)
            parts += [Text(""), *(Text(line, quiet) for line in meaning)]
        if len(self._taken) > 1:
            earlier = checks.trend_lines(one, self._taken[-8:])
            parts += [Text(""), Text("Earlier and now", quiet), *map(Text, earlier)]
        if one.scored:
            parts += [Text(""), Text("F2 help near you   p my plan", quiet)]
        return Group(*parts)

    def _spaced(self, back: datetime) -> Group:
        day = back.astimezone()
        said = f"This check looks at two weeks. It comes back on {day.day} {day:%B %Y}."
        lines = checks.trend_lines(self._sitting.instrument, self._taken[-8:])
        return Group(Text(said), Text(""), *map(Text, lines))

    def _keep(self) -> None:
        sitting = self._sitting
        if not self._kept and self.haven.may_show:
            self._kept = True
            self.care(lambda care: care.results.keep(sitting), lambda _: self._look_back())

    # --- keys -------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        stage = self._sitting.stage if self._waits is None else None
        # A number is never a room's key here: one too many would lead from a page that says where
        # help is to somewhere else.
        if action == "leave_out":
            return stage is Stage.QUESTION
        if action == "before":
            return stage is Stage.QUESTION and bool(self._sitting.answers)
        if action == "meaning":
            return stage is Stage.RESULT and self._sitting.instrument.scored and not self._meant
        return True

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        name = event.option.id or ""
        if name in (SKIP, "done"):
            self.app.pop_screen()
        elif name == "shorter":
            self._sitting = self._sitting.shorter()
            self._draw()
            if self.haven.may_show:
                self._look_back()
        elif name == "accept":
            self._set(self._sitting.accept())
        elif name == "on":
            self._set(self._sitting.leave_support())
        elif name == "plan":
            open_own(self, "plan")
        elif name == "lines":
            self.haven.action_safety()
        elif name == "ground":
            self.app.push_screen(PlayerScreen("feet_and_room"))
        else:
            self.action_number(int(name.removeprefix("answer-")))

    def action_number(self, number: int) -> None:
        if self._waits is not None or self._sitting.stage is not Stage.QUESTION:
            return
        if number in {value for value, _ in self._sitting.question.answers}:
            self._set(self._sitting.answer(number))

    def action_leave_out(self) -> None:
        self._set(self._sitting.answer(None))

    def action_before(self) -> None:
        self._set(self._sitting.back())

    def action_plan(self) -> None:
        open_own(self, "plan")

    def action_meaning(self) -> None:
        self._meant = True
        self._draw()

    def _set(self, sitting: Sitting) -> None:
        self._sitting = sitting
        self._draw()
