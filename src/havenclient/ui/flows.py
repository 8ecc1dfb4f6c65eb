"""Questions one after the other, told as a story: `answer = await ask(…)`, `await work(…)`.

A flow is a coroutine in a Textual worker. It ends quietly when the person goes back (`GoneBack`),
says a `HavenError` on the quiet line, and is cancelled by a lock together with everything else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Generic, TypeVar

from havenclient.errors import HavenError
from havenclient.ui.jobs import JobWork
from havenclient.ui.session import Session
from havenclient.ui.widgets.dialogs import Ask, AskLine
from havenclient.vault.work import Stopped

if TYPE_CHECKING:
    from havenclient.journal import Journal
    from havenclient.ui.screens.base import HavenScreen

T = TypeVar("T")


class GoneBack(Exception):
    """The person pressed esc."""


class Answer(Generic[T]):
    """What two callbacks say, to be awaited. A flow that a lock has cancelled hears no more."""

    def __init__(self) -> None:
        self.future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def done(self, result: T) -> None:
        if not self.future.done():
            self.future.set_result(result)

    def failed(self, error: HavenError) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class Flow:
    """What a flow may do, on behalf of one screen."""

    def __init__(self, screen: HavenScreen) -> None:
        self.screen = screen
        self.haven = screen.haven

    async def choose(self, title: str, text: str, answers: tuple[tuple[str, str], ...]) -> str:
        answer = await self.screen.app.push_screen_wait(Ask(title, text, answers))
        if answer is None or answer == "no":
            raise GoneBack
        return answer

    async def line(self, title: str, text: str, *, value: str = "", password: bool = False) -> str:
        asked = AskLine(title, text, value=value, password=password)
        answer = await self.screen.app.push_screen_wait(asked)
        if answer is None or not answer.strip():
            raise GoneBack
        return answer

    async def new_passphrase(self, title: str, text: str) -> str:
        """Asked twice; the two must be the same."""
        first = await self.line(title, text, password=True)
        while await self.line(title, "Once more, please:", password=True) != first:
            text = "The two were not the same. From the beginning:"
            first = await self.line(title, text, password=True)
        return first

    async def ask(self, question: Callable[[Journal], T]) -> T:
        """Something quick of the journal, without a line on the screen."""
        answer = Answer[T]()
        self.haven.ask(question, answer.done, group="flow", failed=answer.failed)
        return await answer.future

    async def aside(self, verb: str, run: Callable[[], T]) -> T:
        """Work that needs neither the journal nor steps."""
        return await self.work(verb, lambda _session, _work: run())

    async def work(self, verb: str, run: Callable[[Session, JobWork], T]) -> T:
        """Long work with its line on the screen; raises what it raised."""
        answer = Answer[T]()
        self.haven.work(verb, run, answer.done, failed=answer.failed)
        return await answer.future


def begin(screen: HavenScreen, story: Callable[[Flow], Coroutine[None, None, None]]) -> None:
    """Start a story; one at a time."""

    async def told() -> None:
        try:
            await story(Flow(screen))
        except GoneBack:
            screen.haven.say("Nothing was changed.")
        except Stopped as stopped:
            screen.haven.say_error(stopped)
        except HavenError as error:
            screen.haven.say_error(error)

    screen.run_worker(told(), group="flow", exclusive=True)
