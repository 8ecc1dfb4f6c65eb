"""Work beside the screen: threads that never touch a widget, and results that are checked.

A job is a function that runs in its own daemon thread (a lock must not wait for a thread pool to
drain). What it returns travels back as a message; the App then asks one question before anybody
sees it: is the session that asked still the open one, and is this still the newest job of its
group? If not, the result is dropped unread. So no late answer can put text onto a lock screen.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from textual.message import Message

from havenclient.errors import HavenError
from havenclient.vault.work import Stopped

if TYPE_CHECKING:
    from havenclient.ui.session import Session

T = TypeVar("T")


class Speaker(Protocol):
    """Whose jobs they are: they end in a message, and an error in one sentence."""

    session: Session | None

    def post_message(self, message: Message) -> bool: ...
    def say_error(self, error: HavenError) -> None: ...


class JobWork:
    """The `Work` that a job hands to the domain: progress out, stop in. Used from the thread."""

    def __init__(self, jobs: Jobs, number: int, verb: str) -> None:
        self._jobs = jobs
        self._number = number
        self.verb = verb
        self.stop = threading.Event()

    def step(self, done: int, total: int | None, label: str) -> None:
        if self.stop.is_set():
            raise Stopped
        self._jobs.post(JobMoved(self._number, self.verb, done, total, label))


class JobMoved(Message):
    """A job took a step."""

    def __init__(self, number: int, verb: str, done: int, total: int | None, label: str) -> None:
        super().__init__()
        self.number, self.verb, self.done, self.total, self.label = number, verb, done, total, label


class JobEnded(Message):
    """A job's thread is over; `error` or `result`."""

    def __init__(self, number: int, result: Any, error: BaseException | None) -> None:
        super().__init__()
        self.number, self.result, self.error = number, result, error


@dataclass(slots=True)
class Job(Generic[T]):
    number: int
    group: str
    session: object | None
    work: JobWork
    done: Callable[[T], None]
    failed: Callable[[HavenError], None] | None
    shown: bool
    """True for work a person waits for: it gets the work line and can be stopped."""


class Jobs:
    """Starts jobs and judges their results. Everything but `post` belongs to the app's thread."""

    def __init__(self, app: Speaker) -> None:
        self._app = app
        self._numbers = itertools.count(1)
        self._running: dict[int, Job[Any]] = {}
        self._newest: dict[str, int] = {}
        self._threads: dict[int, threading.Thread] = {}

    @property
    def busy(self) -> bool:
        return bool(self._running)

    def start(
        self,
        run: Callable[[JobWork], T],
        done: Callable[[T], None],
        *,
        group: str,
        failed: Callable[[HavenError], None] | None = None,
        verb: str = "Working",
        shown: bool = False,
        needs_session: bool = True,
    ) -> JobWork:
        """Run `run` in a thread. A newer job of the same `group` makes this one's result void."""
        number = next(self._numbers)
        work = JobWork(self, number, verb)
        session = self._app.session if needs_session else None
        job = Job(number, group, session, work, done, failed, shown)
        self._running[number] = job
        self._newest[group] = number

        def body() -> None:
            try:
                result = run(work)
            except BaseException as error:
                self.post(JobEnded(number, None, error))
            else:
                self.post(JobEnded(number, result, None))

        thread = threading.Thread(target=body, name=f"haven-{group}", daemon=True)
        self._threads[number] = thread
        thread.start()
        return work

    def post(self, message: Message) -> None:
        """Called from threads. An app that is gone has no use for the message."""
        self._app.post_message(message)

    def stop_shown(self) -> bool:
        """Ask the work that the person sees to stop; True if there was any."""
        stopped = False
        for job in self._running.values():
            if job.shown:
                job.work.stop.set()
                stopped = True
        return stopped

    def stop_all(self, wait_seconds: float) -> None:
        """For a lock: ask every job to stop, give threads a moment, forget their results."""
        for job in self._running.values():
            job.work.stop.set()
        share = wait_seconds / max(1, len(self._threads))
        for thread in list(self._threads.values()):
            thread.join(share)
        self._running.clear()
        self._newest.clear()
        self._threads.clear()

    def has(self, group: str) -> bool:
        return any(job.group == group for job in self._running.values())

    def void(self, *groups: str) -> None:
        """Nobody wants the answers of these groups any more."""
        for group in groups:
            self._newest.pop(group, None)

    def get(self, number: int) -> Job[Any] | None:
        return self._running.get(number)

    def end(self, message: JobEnded) -> None:
        """Judge one result: hand it to its screen, or drop it."""
        job = self._running.pop(message.number, None)
        self._threads.pop(message.number, None)
        if job is None or self._newest.get(job.group) != job.number:
            return
        if job.session is not None and job.session is not self._app.session:
            return
        if message.error is None:
            job.done(message.result)
        elif isinstance(message.error, HavenError):
            (job.failed or self._app.say_error)(message.error)
        else:
            raise message.error
