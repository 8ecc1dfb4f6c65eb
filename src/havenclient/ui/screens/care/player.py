"""An exercise, paced or at one's own pace: a word, numbers, and a bar where motion is wanted.

The clockwork is `havenclient.care.pacing`, a function of the time since the start, so a late frame
shows the right word. While it runs nothing is laid out anew (the lines keep their height), only the
word and its bar are drawn, and what Haven made before is put out of the garbage collector's sight:
one full collection takes 60 ms, on a busy computer 250, more than a beat may be late (50 ms). Space
begins and pauses; s or esc stops, always, without a remark. While it runs, the idle cover waits:
breathing needs no keys.
"""

from __future__ import annotations

import gc
from typing import ClassVar

from rich.console import Group
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import Static

from havenclient.care import pacing
from havenclient.care.boundaries import Limits, is_quiet
from havenclient.care.library import exercise, said
from havenclient.ui.own_limits import own
from havenclient.ui.screens.base import local_now
from havenclient.ui.screens.care.base import CareScreen, hung
from havenclient.ui.styles import style

BAR = 40


class PlayerScreen(CareScreen):
    HEADING = "Exercise"
    HELP = (
        "space begins, pauses and goes on; at your own pace it shows the next step.\n"
        "s or esc stops at any moment. g takes the gentle form. w if it got stronger."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "go", "Begin or pause", id="player.go"),
        Binding("s,escape", "stop", "Stop", id="player.stop"),
        Binding("g", "gentle", "Gentle", id="player.gentle"),
        Binding("w", "stronger", "It got stronger", id="player.stronger"),
        Binding("a", "again", "Again", id="player.again"),
        Binding("e", "else", "Something else", id="player.else"),
        Binding("b", "before", "Step back", id="player.before", show=False),
    ]

    def __init__(self, name: str) -> None:
        super().__init__()
        self._exercise = exercise(name)
        self._gentle = self._exercise.gentle_first
        self._course = self._new_course()
        self._began: float | None = None
        """Monotonic second at which it would have begun without pauses; None while it stands."""
        self._elapsed = 0.0
        self._step = -1
        self._over = False
        self._timer: Timer | None = None
        self._word = ""

    def _new_course(self) -> pacing.Course | None:
        one = self._exercise
        return pacing.course(one, gentle=self._gentle) if one.paced else None

    def body(self) -> ComposeResult:
        with Vertical(classes="panel", id="player-box") as box:
            box.border_title = self._exercise.title
            box.border_subtitle = "s stops"
            yield Static(id="player-now")
            yield Static(id="player-steps")

    def on_mount(self) -> None:
        self.status(self._exercise.length, self._exercise.origin.evidence)
        self._draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "gentle":
            return bool(self._exercise.gentle) and self._began is None and not self._over
        if action in ("again", "else"):
            return self._over
        if action == "stronger":
            return self._over or self._began is not None or self._step >= 0
        if action == "go":
            return not self._over
        return True

    # --- time -------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self._began is not None

    def _now(self) -> float:
        return self.haven.launch.clock.monotonic()

    def action_go(self) -> None:
        one = self._exercise
        hours = own(self.haven).quiet_hours or Limits().quiet_hours
        if not one.in_quiet_hours and is_quiet(hours, local_now(self)):
            self.haven.say("This one is not begun in quiet hours. Something smaller fits better.")
            return
        if self._course is None:
            self._step += 1
            if self._step >= len(one.steps):
                self._finish()
            else:
                self._draw()
        elif self._began is None:
            self._began = self._now() - self._elapsed
            gc.freeze()
            self._draw()
            self._tick()
        else:
            self._elapsed = self._now() - self._began
            self._halt()
            self._draw()
        self.refresh_bindings()

    def _tick(self) -> None:
        if self._began is None or self._course is None:
            return
        self._elapsed = self._now() - self._began
        if (early := pacing.next_change(self._elapsed) - self._elapsed) <= pacing.AWAKE:
            pacing.awake(early)
            self._elapsed = max(self._elapsed + early, self._now() - self._began)
        self.haven.guard.touch()
        if pacing.at(self._course, self._elapsed).over:
            self._finish()
        else:
            # Counted from the beginning, so that a late wake-up is not handed on.
            due = pacing.next_change(self._elapsed)
            wait = due - self._elapsed - pacing.AWAKE / 2
            self._timer = self.set_timer(max(0.001, wait), self._tick)
            self.query_one("#player-now", Static).update(self._present(), layout=False)

    def _halt(self) -> None:
        if self._began is not None:
            gc.unfreeze()
        self._began = None
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _finish(self) -> None:
        self._halt()
        self._over = True
        self._draw()
        self.refresh_bindings()

    def on_unmount(self) -> None:
        self._halt()

    # --- drawing ----------------------------------------------------------------------------------

    def _draw(self) -> None:
        self.query_one("#player-now", Static).update(self._present())
        self.query_one("#player-steps", Static).update(self._around())

    def _present(self) -> Text:
        bright, quiet = style(self, "bright-line", bold=True), style(self, "quiet")
        if self._over:
            return Text(self._exercise.after or "That is all.", bright)
        if self._course is None:
            if self._step < 0:
                return Text("space begins", bright)
            steps = self._exercise.steps
            text = Text().append(f"{steps[self._step]}\n", bright)
            return text.append(f"{self._step + 1} of {len(steps)}   space goes on", quiet)
        now = pacing.at(self._course, self._elapsed)
        if self._began is None and not self._elapsed:
            beats = self._course.beats
            rhythm = ", ".join(pacing.span(beat) for beat in beats[:4])
            more = " …" if len(beats) > 4 else ""
            form = "\nthe gentle form; g takes the usual one" if self._gentle else ""
            return Text().append("space begins\n", bright).append(f"{rhythm}{more}{form}", quiet)
        text = Text().append(f"{now.word}\n", bright)
        if not self.haven.settings.look.reduced_motion:
            full = round(BAR * now.number / now.of)
            text.append("█" * full, style(self, "bright-line"))
            text.append("░" * (BAR - full) + "\n", style(self, "line"))
        if now.of < pacing.LONG:
            text.append(f"{now.number} of {now.of}   ", style(self, "lamp", bold=True))
        left = int(now.left)
        clock = f"{left // 60} min {left % 60:02} s left" if left >= 60 else f"{left} s left"
        if self.haven.settings.look.reduced_motion and left >= 60:
            clock = f"about {-(-left // 60)} min left"  # changes once a minute, not each second
        rounds = f"round {now.round} of {now.rounds}   " if now.rounds > 1 else ""
        paused = "   paused, space goes on" if self._began is None else ""
        return text.append(f"{rounds}{clock}{paused}", quiet)

    def _around(self) -> Group:
        quiet = style(self, "quiet")
        one = self._exercise
        if self._over:
            ways = "a again   e something else   F2 help near you"
            return Group(Text(ways), Text(""), Text("w if it got stronger", quiet))
        parts: list[Text | Group] = []
        if self._course is not None or self._step < 0:
            steps = "\n".join(f"{number}  {step}" for number, step in enumerate(one.steps, 1))
            parts += [hung(steps), Text("")]
        parts += [Text(one.caution, quiet), Text(""), Text(said("stop"), quiet)]
        return Group(*parts)

    # --- other keys -------------------------------------------------------------------------------

    def action_stop(self) -> None:
        self._halt()
        self.app.pop_screen()

    def action_before(self) -> None:
        self._step = max(-1, self._step - 1)
        self._draw()

    def action_gentle(self) -> None:
        self._gentle = not self._gentle
        self._course, self._elapsed = self._new_course(), 0.0
        self._draw()
        self.haven.say("The gentle form." if self._gentle else "The usual form.")

    def action_again(self) -> None:
        self._over, self._elapsed, self._step = False, 0.0, -1
        self.action_go()

    def action_else(self) -> None:
        from havenclient.ui.screens.care.library import LibraryScreen

        self.app.switch_screen(LibraryScreen())

    def action_stronger(self) -> None:
        """Not another breathing exercise: eyes open, then grounding or a person."""
        self._halt()
        self._exercise = exercise("feet_and_room")
        self._gentle, self._over, self._elapsed = False, False, 0.0
        self._course = self._new_course()
        self.query_one("#player-box").border_title = self._exercise.title
        self._draw()
        text = Text().append(f"{said('stronger')}\n", style(self, "bright-line", bold=True))
        text.append("space: half a minute of grounding   F2: a person", style(self, "quiet"))
        self.query_one("#player-now", Static).update(text)
        self.refresh_bindings()


class TooMuchScreen(PlayerScreen):
    """F8: clears the screen and begins thirty seconds of grounding at once; then the choices."""

    HEADING = ""

    def __init__(self) -> None:
        super().__init__("feet_and_room")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#player-box").border_title = said("too_much")
        self.action_go()
