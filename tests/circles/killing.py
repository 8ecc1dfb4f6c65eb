"""A process that dies at its n-th step of I/O, wherever that is.

The work runs in a forked child that opens its own vault and connections. Each commit of the
database and each request to the relay counts twice: before and after. At the given count the child
kills itself with SIGKILL: no `finally`, no flush, no goodbye.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from typing import Any

from havenclient.sync.client import RelayClient
from havenclient.vault import Database


def die_at(count: int, work: Callable[[], None]) -> bool:
    """Runs `work` in a child that dies at its `count`-th step. True if it died, False if the work
    ended before. Raises AssertionError if the work itself failed."""
    child = os.fork()
    if child == 0:
        try:
            _arm(count)
            work()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the work failed; its traceback is in the output"
    return False


def _arm(count: int) -> None:
    left = [count]

    def step() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    plain_ask = RelayClient._ask
    plain_transaction = Database.transaction

    def ask(self: RelayClient, *args: Any, **more: Any) -> Any:
        step()
        answer = plain_ask(self, *args, **more)
        step()
        return answer

    class Around:
        def __init__(self, database: Database) -> None:
            self.outermost = not database.in_transaction
            self.plain = plain_transaction(database)

        def __enter__(self) -> None:
            self.plain.__enter__()

        def __exit__(self, *what: Any) -> Any:
            if self.outermost:
                step()
            result = self.plain.__exit__(*what)
            if self.outermost:
                step()
            return result

    def around(self: Database) -> Around:
        return Around(self)

    RelayClient._ask = ask  # type: ignore[method-assign]
    Database.transaction = around  # type: ignore[method-assign, assignment]
