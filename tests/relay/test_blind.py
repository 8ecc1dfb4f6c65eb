"""Blind refusals: a stranger can't find out whether a log exists."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable

import httpx
import pytest

from havenclient import wire

from .harness import Log, Relay

CAMPAIGN = "HAVEN_RELAY_CAMPAIGN" in os.environ

Call = Callable[[Log, bytes], httpx.Response]
CALLS: dict[str, Call] = {
    "read": lambda log, token: log.read(token=token),
    "read after": lambda log, token: log.read(after=7, token=token),
    "append": lambda log, token: log.append(b"x" * 5000, token=token),
    "close": lambda log, token: log.close_slice(token=token, names=0),
    "close another": lambda log, token: log.close_slice(token=token, names=5),
    "delete": lambda log, token: log.delete(token=token),
    "events": lambda log, token: log.http.get(
        log.url + wire.events_path(log.log_id), headers=log.auth(token)
    ),
    "too large": lambda log, token: log.append(bytes(wire.MAX_ENTRY_BYTES + 1), token=token),
    "no key": lambda log, token: log.http.post(
        log.url + wire.entries_path(log.log_id), content=b"x", headers=log.auth(token)
    ),
    "wrong method": lambda log, token: log.http.patch(
        log.url + wire.entries_path(log.log_id), headers=log.auth(token)
    ),
}


def shape(answer: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    return answer.status_code, answer.content, [h for h in answer.headers.items() if h[0] != "date"]


@pytest.mark.parametrize("name", CALLS)
def test_a_wrong_token_and_a_missing_log_answer_alike(relay: Relay, name: str) -> None:
    call = CALLS[name]
    there, other, nowhere = relay.log(), relay.log(), Log(relay.url)
    there.append(b"something")
    there.close_slice()
    shapes = [
        shape(call(there, os.urandom(32))),
        shape(call(nowhere, os.urandom(32))),
        shape(call(there, other.tokens[0])),  # a token that is right elsewhere
        shape(call(nowhere, there.tokens[0])),
    ]
    assert all(each == shapes[0] for each in shapes)


def test_after_delete_a_token_answers_like_any_wrong_one(relay: Relay) -> None:
    log, nowhere = relay.log(), Log(relay.url)
    log.append(b"x")
    log.delete()
    for _ in range(2):
        assert shape(log.read()) == shape(nowhere.read())


def test_refusals_take_the_same_time(relay: Relay) -> None:
    """Medians of interleaved requests; the long form asks for a tighter bound."""
    there, nowhere = relay.log(), Log(relay.url)
    there.append(b"x")
    times: dict[str, list[float]] = {"there": [], "nowhere": []}
    for _ in range(3000 if CAMPAIGN else 150):
        for name, log in (("there", there), ("nowhere", nowhere)):
            token = os.urandom(32)
            began = time.perf_counter()
            log.read(token=token)
            times[name].append(time.perf_counter() - began)
    a, b = (statistics.median(each) for each in times.values())
    assert abs(a - b) < (0.05 if CAMPAIGN else 0.3) * max(a, b), (a, b)
