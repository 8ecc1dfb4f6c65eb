"""Two life spans: what goes when, what a late reader is told, what is remembered longer."""

from __future__ import annotations

import os
from pathlib import Path

from havenclient import wire
from havenclient.wire import Problem

from .harness import Log, Relay, days_pass, problem


def test_entries_go_first_closing_entries_later_and_the_log_last(tmp_path: Path) -> None:
    with Relay(tmp_path) as relay:
        log, key, close_key = relay.log(), os.urandom(16), os.urandom(16)
        following = os.urandom(32)
        log.append(b"old", key)
        log.append(b"old too")
        log.close_slice(b"a closing entry", key=close_key, next_token=following)
        first = log.tokens[0]

        days_pass(relay, 30)
        log.url = relay.url
        assert len(log.entries(token=first)) == 3  # thirty whole days are not over yet
        log.append(b"newer")

        days_pass(relay, 1)
        log.url = relay.url
        refused = log.read(token=first)
        assert (refused.status_code, problem(refused)) == (410, Problem.GONE)
        assert refused.json()["first_seq"] == 3
        assert log.entries(after=2, token=first) == [(3, b"a closing entry")]
        assert log.entries() == [(4, b"newer")]
        # The keys are remembered although the bytes are gone: a copied vault is found out.
        assert log.append(b"old", key, token=first).json() == {"seq": 1, "slice": 0}
        assert problem(log.append(b"different", key)) is Problem.KEY_REUSED

        days_pass(relay, 370)
        log.url = relay.url
        gone = log.read(token=first)
        assert (gone.status_code, gone.json()["first_seq"]) == (410, None)
        gone = log.read()
        assert (gone.status_code, gone.json()["first_seq"]) == (410, 5)
        assert log.read(after=4).status_code == 200
        again = log.close_slice(
            b"a closing entry", key=close_key, next_token=following, names=0, token=first
        )
        assert problem(again) is Problem.SLICE_MOVED  # its key went with it
        # The door of an expired slice stays shut for others: it can't be opened anew.
        reused = log.close_slice(next_token=first)
        assert problem(reused) is Problem.ACCESS_REUSED

        days_pass(relay, 31)
        log.url = relay.url
        assert log.read().status_code == 404
        assert Log(relay.url, log.log_id).create().status_code == 201


def test_an_expired_live_reader_is_told_where_to_go_on(tmp_path: Path) -> None:
    with Relay(tmp_path) as relay:
        log = Log(relay.url)
        assert log.create(retention_days=1, closing_retention_days=2).status_code == 201
        log.append(b"x")
        days_pass(relay, 2)
        log.url = relay.url
        answer = log.http.get(relay.url + wire.events_path(log.log_id), headers=log.auth())
        assert (answer.status_code, answer.json()["first_seq"]) == (410, 2)
        assert log.append(b"y").json()["seq"] == 2  # numbers are never used again
