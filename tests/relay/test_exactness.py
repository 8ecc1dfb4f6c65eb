"""Sentences of docs/relay-api.md that a second implementation needed and did not find there."""

from __future__ import annotations

import os

import httpx
import pytest

from havenclient import wire
from havenclient.wire import Problem

from .harness import Log, Relay, problem

HASH = wire.b64(bytes(32))


def ask(
    relay: Relay,
    method: str,
    path: str,
    headers: list[tuple[str, str]] | None = None,
    body: bytes | None = None,
) -> httpx.Response:
    return httpx.request(
        method, relay.url + path, headers=headers or [], content=body, trust_env=False
    )


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Bearer {}", 200),
        ("bearer {}", 200),
        ("BEARER {}", 200),
        ("Bearer  {}", 401),
        ("Bearer {}=", 401),
        ("Bearer abc", 401),
        ("Basic {}", 401),
    ],
)
def test_the_word_before_the_token(relay: Relay, authorization: str, status: int) -> None:
    log = relay.log()
    value = authorization.format(wire.b64(log.tokens[-1]))
    path = f"/v1/logs/{wire.b64(log.log_id)}/entries"
    answer = ask(relay, "GET", path, [("Authorization", value)])
    assert answer.status_code == status
    if status == 401:
        assert problem(answer) is Problem.TOKEN_MISSING
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/logs/{}/entries?after=", 400),
        ("/v1/logs/{}/entries?after=-1", 400),
        ("/v1/logs/{}/entries?after=%31", 400),
        ("/v1/logs/{}/entries?after=1&after=1", 400),
        ("/v1/logs/{}/entries?after=2147483647", 200),
        ("/v1/logs/{}/entries?after=2147483648", 400),
        ("/v1/logs/{}/entries?limit=0", 400),
        ("/v1/logs/{}/entries?limit=1001", 400),
        ("/v1/logs/{}/entries?other=1", 400),
        ("/v1/logs/{}/events?limit=1", 400),
        ("/v1/logs/{}/entries/", 404),
        ("/v1/logs/{}=/entries", 404),
        ("/v1/logs/abc/entries", 404),
        ("/v1/logs/abc", 405),
        ("/v1/relay/", 404),
        ("/v1/relay?other=1", 200),
    ],
)
def test_paths_and_queries(relay: Relay, path: str, status: int) -> None:
    log = relay.log()
    where = path.format(wire.b64(log.log_id))
    assert ask(relay, "GET", where, list(log.auth().items())).status_code == status


@pytest.mark.parametrize(
    ("end", "status"), [("", 201), ("?other=1", 201), ("/", 404), ("=", 400), ("/entries/", 404)]
)
def test_a_path_of_creation_is_no_other(relay: Relay, end: str, status: int) -> None:
    """A slash too many was answered with a redirect that repeated the Host header as it came."""
    path = f"/v1/logs/{wire.b64(os.urandom(16))}{end}"
    answer = ask(relay, "PUT", path, body=b'{"access_hash":"%s"}' % HASH.encode())
    assert answer.status_code == status
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("days", "status"),
    [
        ('"retention_days":90', 201),
        ('"retention_days":91', 422),
        ('"retention_days":0', 422),
        ('"closing_retention_days":20', 422),  # below the other's default
        ('"retention_days":30,"closing_retention_days":30', 201),
        ('"retention_days":null', 400),
        ('"retention_days":1.0', 400),
        ('"retention_days":true', 400),
        ('"committer_hashes":null', 400),
    ],
)
def test_fields_of_creation(relay: Relay, days: str, status: int) -> None:
    path = f"/v1/logs/{wire.b64(os.urandom(16))}"
    body = f'{{"access_hash":"{HASH}",{days}}}'.encode()
    assert ask(relay, "PUT", path, body=body).status_code == status


def test_the_same_values_are_in_the_same_order(relay: Relay) -> None:
    one, two = (wire.b64(bytes([n]) * 32) for n in (1, 2))
    path = f"/v1/logs/{wire.b64(os.urandom(16))}"
    for order, status in (((one, two), 201), ((one, two), 200), ((two, one), 409)):
        body = f'{{"access_hash":"{HASH}","committer_hashes":["{order[0]}","{order[1]}"]}}'
        assert ask(relay, "PUT", path, body=body.encode()).status_code == status


def test_appends_and_closings_of_all_slices_share_the_keys_of_a_log(relay: Relay) -> None:
    log = relay.log()
    key, late = os.urandom(16), os.urandom(16)
    assert log.append(b"one", key=key).status_code == 201
    assert problem(log.close_slice(b"one", key=key)) is Problem.KEY_REUSED
    assert log.close_slice(b"closing").status_code == 201
    assert log.append(b"two", key=late).status_code == 201
    old, new = log.tokens
    for token in (old, new):  # whichever token is shown
        assert log.append(b"one", key=key, token=token).json() == {"seq": 1, "slice": 0}
        assert log.append(b"two", key=late, token=token).json() == {"seq": 3, "slice": 1}


def test_an_empty_last_event_id_is_none_and_the_header_wins_over_the_query(relay: Relay) -> None:
    log = relay.log()
    for n in range(3):
        log.append(b"%d" % n)
    log.close_slice()
    path = f"/v1/logs/{wire.b64(log.log_id)}/events?after=2"
    for last, first in (("", "id: 3"), ("0", "id: 1"), ("3", "id: 4")):
        headers = [*log.auth(log.tokens[0]).items(), ("Last-Event-ID", last)]
        text = ask(relay, "GET", path, headers).text
        assert text.startswith(f": open\n\n{first}\nevent: entry\ndata: ")
        assert text.endswith('\n\nevent: closed\ndata: {"slice":0}\n\n')


def test_a_repeat_counts_for_the_rate_like_any_request_and_a_wrong_token_does_not(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    env = {"HAVEN_RELAY_LIMITS_CLOSINGS_PER_MINUTE": "2"}
    with Relay(tmp_path_factory.mktemp("slow"), env=env) as relay:
        log = relay.log()
        stranger = Log(relay.url, log.log_id, [*log.tokens])
        for _ in range(5):
            assert stranger.close_slice(committer=os.urandom(32)).status_code == 404
        key = os.urandom(16)
        assert log.close_slice(key=key).status_code == 201
        assert log.close_slice().status_code == 201
        slow = log.close_slice()
        assert problem(slow) is Problem.SLOW_DOWN
        assert 1 <= int(slow.headers["Retry-After"]) <= 31
