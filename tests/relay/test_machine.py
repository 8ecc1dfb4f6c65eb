"""The model against the real server: several clients over HTTP, restarts and SIGKILL in between."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path
from typing import ClassVar

import httpx
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from havenclient import wire

from .harness import Log, Relay
from .model import Model
from .nursery import Nursery

CAMPAIGN = "HAVEN_RELAY_CAMPAIGN" in os.environ
WHICH = st.integers(0, 1)
CLIENT = st.integers(0, 2)
KEY = st.integers(0, 5)
BODY = st.sampled_from([b"a", b"b", b"c" * 2000])
BACK = st.sampled_from([0, 0, 0, 1, 2])
"""How many slices before the open one the client believes itself to be."""


class ServerAgainstModel(RuleBasedStateMachine):
    relay: ClassVar[Relay]

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.logs: list[Log] = []
        self.clients = [httpx.Client(trust_env=False, timeout=20) for _ in range(3)]

    def teardown(self) -> None:
        for client in self.clients:
            client.close()

    @initialize()
    def two_logs(self) -> None:
        for _ in range(2):
            log = Log(self.relay.url)
            self.logs.append(log)
            self._create(log)

    def _create(self, log: Log) -> None:
        log.url = self.relay.url
        expected = self.model.create(log.log_id, log.tokens[0], (log.committer,), (30, 400))
        assert log.create().status_code == expected

    def client(self, which: int, client: int) -> Log:
        log = self.logs[which]
        log.url, log.http = self.relay.url, self.clients[client]
        return log

    def token(self, log: Log, back: int) -> bytes:
        return log.tokens[max(0, len(log.tokens) - 1 - back)]

    @rule(which=WHICH, client=CLIENT, key=KEY, body=BODY, back=BACK)
    def append(self, which: int, client: int, key: int, body: bytes, back: int) -> None:
        log = self.client(which, client)
        token, name = self.token(log, back), bytes([key]) * 16
        status, detail = self.model.append(log.log_id, token, name, body)
        answer = log.append(body, name, token)
        assert answer.status_code == status
        if status < 300:
            assert (answer.json()["seq"], answer.json()["slice"]) == detail

    @rule(which=WHICH, client=CLIENT, key=KEY, back=BACK, off=st.sampled_from([0, 0, 0, 1]))
    def close(self, which: int, client: int, key: int, back: int, off: int) -> None:
        log = self.client(which, client)
        token, name, following = self.token(log, back), bytes([key]) * 16, os.urandom(32)
        names = max(0, len(log.tokens) - 1 - back + off)
        before = len(log.tokens)
        status, detail = self.model.close(
            log.log_id, token, name, b"bye", names, log.committer, following, (log.committer,)
        )
        answer = log.close_slice(b"bye", names=names, key=name, token=token, next_token=following)
        assert answer.status_code == status
        assert len(log.tokens) == before + (status == 201)
        if status == 412:
            assert answer.json()["slice"] == detail

    @rule(which=WHICH, client=CLIENT, after=st.integers(0, 12), back=BACK)
    def read(self, which: int, client: int, after: int, back: int) -> None:
        log = self.client(which, client)
        token = self.token(log, back)
        status, detail = self.model.read(log.log_id, token, after, 3)
        answer = log.read(after, 3, token)
        assert answer.status_code == status
        if status == 200:
            entries = list(wire.decode_entries(answer.content))
            assert (answer.headers[wire.SLICE_STATE], entries) == detail

    @rule(which=WHICH, client=CLIENT)
    def wrong_token(self, which: int, client: int) -> None:
        log = self.client(which, client)
        assert log.read(token=os.urandom(32)).status_code == 404

    @rule(which=WHICH, client=CLIENT, back=BACK)
    def delete_and_create_again(self, which: int, client: int, back: int) -> None:
        log = self.client(which, client)
        token = self.token(log, back)
        status = self.model.delete(log.log_id, token, log.committer)
        assert log.delete(token=token).status_code == status
        if status == 204:
            del log.tokens[1:]
            self._create(log)

    @rule()
    def graceful_restart(self) -> None:
        assert self.relay.stop() == 0
        self.relay.start()

    @rule(which=WHICH, before_kill=st.integers(0, 25))
    def killed_while_three_clients_append(self, which: int, before_kill: int) -> None:
        """Whatever was answered is kept; the rest, sent again, ends in the log exactly once."""
        log = self.client(which, 0)
        wishes = [(os.urandom(16), b"%d-%d" % (n, before_kill)) for n in range(24)]
        acknowledged: dict[bytes, int] = {}

        def work(client: int) -> None:
            mine = Log(log.url, log.log_id, log.tokens, log.committer, self.clients[client])
            for key, body in wishes[client::3]:
                try:
                    answer = mine.append(body, key)
                except httpx.HTTPError:
                    return
                if answer.status_code == 201:
                    acknowledged[key] = answer.json()["seq"]

        threads = [threading.Thread(target=work, args=[n]) for n in range(3)]
        for thread in threads:
            thread.start()
        while len(acknowledged) < before_kill and any(t.is_alive() for t in threads):
            threads[0].join(0.0005)
        self.relay.kill()
        for thread in threads:
            thread.join()
        self.relay.start()
        log.url = self.relay.url
        settled: list[tuple[int, bytes, bytes]] = []
        for key, body in wishes:
            answer = log.append(body, key)
            assert answer.status_code in ({200} if key in acknowledged else {200, 201})
            seq = answer.json()["seq"]
            assert acknowledged.get(key, seq) == seq
            settled.append((seq, key, body))
        for seq, key, body in sorted(settled):
            answered = self.model.append(log.log_id, log.tokens[-1], key, body)
            assert answered == (201, (seq, len(log.tokens) - 1))


def test_the_server_keeps_the_nine_rules_through_restarts_and_kills() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Nursery() as nursery,
        Relay(Path(folder), nursery=nursery) as relay,
    ):
        ServerAgainstModel.relay = relay
        run_state_machine_as_test(
            ServerAgainstModel,
            settings=settings(
                max_examples=150 if CAMPAIGN else 3,
                stateful_step_count=40 if CAMPAIGN else 15,
                deadline=None,
                # Shrinking a history of restarts takes minutes; the history itself says enough.
                phases=[Phase.explicit, Phase.reuse, Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
