"""Each promise of docs/relay-api.md, made to a real relay over HTTP."""

from __future__ import annotations

import os
import threading

import httpx
import pytest

from havenclient import wire
from havenclient.wire import Problem

from .harness import Log, Relay, problem


def test_an_entry_gets_the_next_number_and_is_read_back(relay: Relay) -> None:
    log = relay.log()
    bodies = [os.urandom(size) for size in (1, 1024, wire.MAX_ENTRY_BYTES)]
    for seq, body in enumerate(bodies, 1):
        answer = log.append(body)
        assert (answer.status_code, answer.json()) == (201, {"seq": seq, "slice": 0})
    answer = log.read()
    assert answer.headers["content-type"] == wire.ENTRIES_TYPE
    assert answer.headers[wire.SLICE_STATE] == wire.STATE_OPEN
    assert [answer.headers[h] for h in (wire.SLICE, wire.SLICE_FIRST, wire.SLICE_LAST)] == [
        "0",
        "1",
        "3",
    ]
    assert list(wire.decode_entries(answer.content)) == list(enumerate(bodies, 1))


def test_a_page_ends_at_the_limit_and_goes_on_after_it(relay: Relay) -> None:
    log = relay.log()
    for n in range(5):
        log.append(b"%d" % n)
    page = list(wire.decode_entries(log.read(after=1, limit=2).content))
    assert page == [(2, b"1"), (3, b"2")]
    assert log.entries(after=3) == [(4, b"3"), (5, b"4")]
    assert log.read(after=5).content == b""


def test_a_page_of_large_entries_stays_bounded_and_nothing_is_left_out(relay: Relay) -> None:
    log = relay.log()
    bodies = [os.urandom(wire.MAX_ENTRY_BYTES) for _ in range(18)]
    for body in bodies:
        assert log.append(body).status_code == 201
    assert len(log.read().content) <= wire.MAX_PAGE_BYTES + 1000
    assert [body for _, body in log.entries()] == bodies


def test_a_repeat_is_answered_with_its_first_number_also_after_the_slice_closed(
    relay: Relay,
) -> None:
    log, key = relay.log(), os.urandom(16)
    assert log.append(b"once", key).status_code == 201
    log.append(b"between")
    again = log.append(b"once", key)
    assert (again.status_code, again.json()) == (200, {"seq": 1, "slice": 0})
    log.close_slice()
    again = log.append(b"once", key, token=log.tokens[0])
    assert (again.status_code, again.json()) == (200, {"seq": 1, "slice": 0})
    assert problem(log.append(b"other", key, token=log.tokens[0])) is Problem.KEY_REUSED
    assert problem(log.append(b"other", key)) is Problem.KEY_REUSED


def test_the_ladder(relay: Relay) -> None:
    log = relay.log()
    for n in range(3):
        log.append(b"in slice %d" % n)
        assert log.close_slice(b"closes %d" % n).status_code == 201
    for n in range(3):
        answer = log.read(token=log.tokens[n])
        assert answer.headers[wire.SLICE_STATE] == wire.STATE_CLOSED
        assert answer.headers[wire.SLICE_FIRST] == str(2 * n + 1)
        assert list(wire.decode_entries(answer.content)) == [
            (2 * n + 1, b"in slice %d" % n),
            (2 * n + 2, b"closes %d" % n),
        ]
        refused = log.append(b"late", token=log.tokens[n])
        assert (refused.status_code, problem(refused)) == (409, Problem.SLICE_CLOSED)
    assert log.entries() == []


def test_of_two_closings_one_wins_and_the_other_learns_the_open_slice(relay: Relay) -> None:
    log = relay.log()
    answers: list[httpx.Response] = []
    rivals = [Log(relay.url, log.log_id, list(log.tokens), log.committer) for _ in range(6)]

    def race(rival: Log) -> None:
        # Each winner replaces the committers, as the protocol does with every epoch.
        answers.append(rival.close_slice(os.urandom(10), next_committers=[os.urandom(32)]))

    threads = [threading.Thread(target=race, args=[rival]) for rival in rivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(a.status_code for a in answers) == [201, 412, 412, 412, 412, 412]
    lost = next(a for a in answers if a.status_code == 412)
    assert problem(lost) is Problem.SLICE_MOVED
    assert lost.json()["slice"] == 1


def test_a_repeated_closing_is_answered_like_the_first(relay: Relay) -> None:
    log, key, following = relay.log(), os.urandom(16), os.urandom(32)
    first = log.close_slice(key=key, next_token=following)
    assert (first.status_code, first.json()) == (201, {"seq": 1, "slice": 0})
    again = log.close_slice(key=key, next_token=following, names=0, token=log.tokens[0])
    assert (again.status_code, again.json()) == (200, {"seq": 1, "slice": 0})
    other = log.close_slice(key=key, next_token=os.urandom(32), names=0, token=log.tokens[0])
    assert problem(other) is Problem.KEY_REUSED


def test_an_access_token_never_opens_two_slices(relay: Relay) -> None:
    log = relay.log()
    refused = log.close_slice(next_token=log.tokens[0])
    assert (refused.status_code, problem(refused)) == (422, Problem.ACCESS_REUSED)


def test_the_committer_set_is_replaced_with_each_closing(relay: Relay) -> None:
    log, second = relay.log(), os.urandom(32)
    assert log.close_slice(next_committers=[second]).status_code == 201
    assert log.close_slice().status_code == 404
    assert log.close_slice(committer=second).status_code == 201


def test_a_member_who_is_no_committer_is_answered_like_a_stranger(relay: Relay) -> None:
    log = relay.log()
    refused = log.close_slice(committer=os.urandom(32))
    assert (refused.status_code, problem(refused)) == (404, Problem.NOT_FOUND)
    assert log.delete(committer=os.urandom(32)).status_code == 404


def test_creating_again_is_harmless_and_other_wishes_are_refused(relay: Relay) -> None:
    log = relay.log()
    log.append(b"x")
    log.close_slice()
    assert log.create().status_code == 200
    assert problem(log.create(retention_days=7)) is Problem.LOG_EXISTS
    stranger = Log(relay.url, log.log_id)
    assert stranger.create().status_code == 409


def test_delete_forgets_the_log(relay: Relay) -> None:
    log = relay.log()
    log.append(b"x")
    log.close_slice()
    old = log.delete(token=log.tokens[0])
    assert old.status_code == 404  # only who could close the open slice may delete
    answer = log.delete()
    assert (answer.status_code, answer.content) == (204, b"")
    assert {log.read().status_code, log.append(b"y").status_code, log.delete().status_code} == {404}
    del log.tokens[1:]
    assert log.create().status_code == 201
    assert log.append(b"a new life").json() == {"seq": 1, "slice": 0}


@pytest.mark.parametrize(
    "changes",
    [
        {"access_hash": "short"},
        {"access_hash": None},
        {"committer_hashes": "no list"},
        {"committer_hashes": [wire.b64(bytes([n]) * 32) for n in range(9)]},
        {"committer_hashes": [wire.b64(bytes(32))] * 2},
        {"retention_days": "30"},
        {"retention_days": True},
        {"unknown": 1},
    ],
)
def test_creation_out_of_shape_is_refused(relay: Relay, changes: dict[str, object]) -> None:
    assert problem(Log(relay.url).create(**changes)) is Problem.BAD_REQUEST


@pytest.mark.parametrize("days", [(0, 400), (91, 400), (30, 801), (30, 29)])
def test_life_spans_outside_the_bounds_are_refused(relay: Relay, days: tuple[int, int]) -> None:
    refused = Log(relay.url).create(retention_days=days[0], closing_retention_days=days[1])
    assert (refused.status_code, problem(refused)) == (422, Problem.RETENTION)


def test_live_readers_get_what_was_there_and_what_comes_and_the_end_of_the_slice(
    relay: Relay,
) -> None:
    log = relay.log()
    log.append(b"before")
    stream = log.events()
    assert next(stream) == ("entry", "1", wire.b64(b"before"))
    writer = Log(relay.url, log.log_id, log.tokens, log.committer)
    writer.append(b"live")
    assert next(stream) == ("entry", "2", wire.b64(b"live"))
    writer.close_slice(b"the end")
    assert list(stream) == [
        ("entry", "3", wire.b64(b"the end")),
        ("closed", "", '{"slice":0}'),
    ]
    assert list(log.events(after=2, token=log.tokens[0])) == [
        ("entry", "3", wire.b64(b"the end")),
        ("closed", "", '{"slice":0}'),
    ]


def test_requests_without_a_usable_token_are_refused_without_a_look(relay: Relay) -> None:
    log = relay.log()
    for value in ("", "Bearer", "Bearer short", "Basic " + "A" * 43, "Bearer " + "A" * 44):
        answer = httpx.get(
            relay.url + wire.entries_path(log.log_id),
            headers={"Authorization": value},
            trust_env=False,
        )
        assert (answer.status_code, problem(answer)) == (401, Problem.TOKEN_MISSING)
        assert answer.headers["www-authenticate"] == "Bearer"


def test_bodies_are_bounded_before_they_are_read(relay: Relay) -> None:
    log = relay.log()
    refused = log.append(bytes(wire.MAX_ENTRY_BYTES + 1))
    assert (refused.status_code, problem(refused)) == (413, Problem.TOO_LARGE)
    assert log.append(b"").status_code == 400

    def pieces() -> object:
        for _ in range(20):
            yield bytes(32 * 1024)

    chunked = log.http.post(
        relay.url + wire.entries_path(log.log_id),
        content=pieces(),  # type: ignore[arg-type]
        headers=log.auth() | {wire.IDEMPOTENCY_KEY: wire.b64(os.urandom(16))},
    )
    assert chunked.status_code == 413
    assert log.append(b"still here").json()["seq"] == 1


def test_the_operators_paths_are_not_on_the_public_listener(relay: Relay) -> None:
    for path in ("/healthz", "/metrics"):
        assert httpx.get(relay.url + path, trust_env=False).status_code == 404
        assert httpx.get(relay.operator + path, trust_env=False).status_code == 200
    text = httpx.get(relay.operator + "/metrics", trust_env=False).text
    assert text.endswith("# EOF\n")
    assert "haven_relay_appends_total" in text


def test_a_wrong_method_says_which_ones_there_are(relay: Relay) -> None:
    log = relay.log()
    answer = log.http.put(relay.url + wire.entries_path(log.log_id), headers=log.auth())
    assert (answer.status_code, problem(answer)) == (405, Problem.METHOD)
    assert answer.headers["allow"] == "GET, POST"
