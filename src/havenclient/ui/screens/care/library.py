"""The library: pages, exercises and checks with their sources, and the doors to what is one's own.

Works locked; the parts that need the vault say so.
"""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from rich.console import Group
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from havenclient.care import helplines, library, pack
from havenclient.care.checks import PURPOSE
from havenclient.care.instruments import Instrument, instruments
from havenclient.care.library import Exercise, Page
from havenclient.ui.screens.base import HavenScreen, PaletteItem, today
from havenclient.ui.screens.care.base import LOCKED, CareScreen, hung
from havenclient.ui.styles import style
from havenclient.ui.widgets.choices import Choices

OWN = (
    ("plan", "My plan for hard moments", "Seven headings of your own. Made with somebody is best."),
    ("map", "Who is on my side", "The support map. An empty map is fine, and nothing is counted."),
    ("ask", "Ask a professional", "Questions, things to check, and a sheet of what you tick."),
    ("cards", "Coping cards", "What helped, without anybody's name. They stay when you leave."),
    ("visits", "How is this for me?", "Lighter, same or heavier after circles. Never shared."),
    ("month", "A month looked back on", "Visits, checks and what helped, in words. No score."),
    ("later", "Kept for later", "Posts of circles that you put aside, with their folds."),
    ("limits", "My limits", "Promises by me to me. Help and the journal are never limited."),
)


class LibraryScreen(CareScreen):
    HELP = (
        "enter opens what is chosen: an exercise begins, a check asks, a page is read beside it.\n"
        "Everything but your own things works without unlocking and without a network."
    )
    LEFT: tuple[tuple[str, str], ...] = (("enter", "Open"),)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="library.back"),
        Binding("right", "read", "Read", id="library.read", show=False),
        Binding("left", "choose", "List", id="library.list", show=False),
        Binding("r", "tips_again", "Show them again", id="library.tips"),
    ]

    def __init__(self, first: str = "") -> None:
        super().__init__()
        self._first = first
        self._read = ""
        self._items: dict[str, Page | Exercise | Instrument] = {}

    def body(self) -> ComposeResult:
        with Horizontal(id="library-main"):
            shelves = Choices(id="library-list", classes="panel", markup=False)
            shelves.border_title = "Library"
            yield shelves
            with VerticalScroll(classes="panel", id="library-page"):
                yield Static(id="library-text")

    def on_mount(self) -> None:
        options = self.query_one(OptionList)
        self._fill(options)
        wanted = options.get_option_index(self._first) if self._first else 1
        options.highlighted = wanted
        options.focus()
        shelf = pack.shelf()
        if said := shelf.trouble or shelf.manifest.age(today(self)):
            self.haven.say(said)
        self.status("offline", "peers, not treatment")
        if self._first:
            self.query_one("#library-page").focus()

    def _fill(self, options: OptionList) -> None:
        quiet = style(self, "quiet")

        def part(title: str) -> None:
            options.add_option(Option(Text(title, quiet), disabled=True))

        part("Yours")
        options.add_options(Option(f"  {title}", id=f"own:{name}") for name, title, _ in OWN)
        for title, some in (
            ("For a hard moment", library.for_a_hard_moment()),
            ("Exercises", [one for one in library.exercises() if not one.hard_moment]),
            ("Checks", instruments()),
            ("Pages", library.pages()),
        ):
            part(title)
            for one in some:
                assert isinstance(one, Page | Exercise | Instrument)
                self._items[one.id] = one
                name = one.name if isinstance(one, Instrument) else one.title
                options.add_option(Option(f"  {name}", id=one.id))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        self._read = name = event.option.id or ""
        self.refresh_bindings()
        panel = self.query_one("#library-page", VerticalScroll)
        panel.scroll_home(animate=False)
        panel.border_subtitle = ""
        text = self.query_one("#library-text", Static)
        one = self._items.get(name)
        if one is None:
            own = next((o for o in OWN if f"own:{o[0]}" == name), None)
            if own is not None:
                panel.border_title = own[1]
                locked = "" if self.haven.may_show else f"\n\n{LOCKED}"
                text.update(Text(own[2] + locked))
            return
        panel.border_title = one.name if isinstance(one, Instrument) else one.title
        panel.border_subtitle = "" if isinstance(one, Page) else "enter begins"
        text.update(self._drawn(one))

    def _drawn(self, one: Page | Exercise | Instrument) -> Group:
        quiet = style(self, "quiet")
        if isinstance(one, Page):
            return Group(hung(self._filled(one)), Text(""), self.origin_text(one.origin))
        if isinstance(one, Exercise):
            steps = "\n".join(f"{number}  {step}" for number, step in enumerate(one.steps, 1))
            about = Text(f"{one.caution}\n\n{one.about}", quiet)
            return Group(
                Text(one.length, quiet), Text(""), hung(steps), Text(""), about, Text(""),
                self.origin_text(one.origin),
            )  # fmt: skip
        sources = "\n".join(f"Source: {source}" for source in one.sources)
        dated = f"Evidence: {one.evidence}\n{sources}\nText of {one.date.day} {one.date:%B %Y}"
        asked = f"{len(one.questions)} questions about {_the(one.timeframe)}: {one.domain}."
        return Group(
            Text(asked), Text(""), Text(PURPOSE), Text(""), Text(one.licence, quiet), Text(""),
            Text(dated, quiet),
        )  # fmt: skip

    def _filled(self, page: Page) -> str:
        country = helplines.find(self.haven.settings.safety.country)
        number = country.first_number if country is not None else ""
        return page.text.replace("{emergency}", number or "the emergency number")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        name = event.option.id or ""
        one = self._items.get(name)
        if one is None:
            open_own(self, name.removeprefix("own:"))
        elif isinstance(one, Page):
            self.action_read()
        elif isinstance(one, Exercise) and one.id == "my_plan":
            open_own(self, "plan")
        elif isinstance(one, Exercise):
            from havenclient.ui.screens.care.player import PlayerScreen

            self.app.push_screen(PlayerScreen(one.id))
        else:
            from havenclient.ui.screens.care.check import CheckScreen

            self.app.push_screen(CheckScreen(one))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "tips_again":
            return self._read == "tips" and self.haven.may_show
        return True

    def action_tips_again(self) -> None:
        again = "Each tip is shown once more, where it matters."
        self.care(lambda care: care.boundaries.forget_tips(), lambda _: self.haven.say(again))

    def action_read(self) -> None:
        self.query_one("#library-page").focus()

    def action_choose(self) -> None:
        self.query_one(OptionList).focus()

    def action_back(self) -> None:
        if self.query_one("#library-page").has_focus and not self._first:
            self.query_one(OptionList).focus()
        else:
            self.app.pop_screen()

    def palette(self) -> list[PaletteItem]:
        return [(title, about, partial(open_own, self, name)) for name, title, about in OWN]


def open_own(screen: HavenScreen, name: str) -> None:
    """Open one of the parts that are kept in the vault, or say that they are."""
    if not screen.haven.may_show:
        screen.haven.say(LOCKED)
        return
    made: Screen[None]
    if name in ("limits", "visits"):
        from havenclient.ui.screens.care.limits import LimitsScreen, VisitsScreen

        made = LimitsScreen() if name == "limits" else VisitsScreen()
    elif name == "cards":
        from havenclient.ui.screens.care.cards import CardsScreen

        made = CardsScreen()
    elif name == "month":
        from havenclient.ui.screens.care.month import MonthScreen

        made = MonthScreen()
    elif name == "later":
        from havenclient.ui.screens.circles.later import LaterScreen

        made = LaterScreen()
    elif name == "plan":
        from havenclient.ui.screens.care.plan import PlanScreen

        made = PlanScreen()
    else:
        from havenclient.ui.screens.care.lists import AskScreen, MapScreen

        made = MapScreen() if name == "map" else AskScreen()
    screen.app.push_screen(made)


def _the(time: str) -> str:
    """ "last 2 weeks" as it stands in a sentence."""
    return f"the {time}" if time.startswith(("last", "past")) else time
