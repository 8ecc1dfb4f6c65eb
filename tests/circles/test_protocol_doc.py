"""docs/protocol.md is exact enough: a small second implementation, written from that page alone,
finds an invite's mailbox, reads a circle's log from the exporter's values, and checks its chain.

It shares no code with `circles/` but the MLS group that gives the exporter's secrets.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path
from typing import Any

import cbor2
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as aead_open

from havenclient import wire
from havenclient.sync.client import RelayClient, Route
from tests.circles.conftest import UNHURRIED
from tests.circles.kit import CIRCLE, Town
from tests.relay.harness import Relay

PAGE = Path(__file__).parents[2] / "docs" / "protocol.md"


def kdf(secret: bytes, label: str, size: int) -> bytes:
    """HKDF-SHA256 (RFC 5869) without salt."""
    key = hmac.digest(bytes(32), secret, "sha256")
    out, block, number = b"", b"", 1
    while len(out) < size:
        block = hmac.digest(key, block + label.encode() + bytes([number]), "sha256")
        out, number = out + block, number + 1
    return out[:size]


def open_entry(key: bytes, log_id: bytes, slice_number: int, entry: bytes) -> tuple[int, bytes]:
    assert len(entry) in {1024 * 4**n for n in range(5)}
    padded = aead_open(entry[24:], log_id + slice_number.to_bytes(8, "big"), entry[:24], key)
    size = int.from_bytes(padded[:4], "big")
    assert not padded[5 + size :].strip(b"\0")
    return padded[4], padded[5 : 5 + size]


def read(relay: str, log_id: bytes, token: bytes) -> list[bytes]:
    with RelayClient(Route(relay)) as client:
        return [entry for _, entry in client.read(log_id, token, after=0).entries]


def test_an_invite_is_opened_from_the_page(town: Town) -> None:
    mara = town.person("mara")
    town.found(mara)
    link = mara.circles.invite(CIRCLE).link
    mara.sync()
    fragment = link.split("/#")[1]
    raw = wire.unb64(fragment)
    assert raw[0] == 1
    secret = raw[1:]
    log_id = kdf(secret, "haven invite 1 log id", 16)
    (entry,) = read(
        "http://" + link.removeprefix("haven://").split("/")[0],
        log_id,
        kdf(secret, "haven invite 1 access token", 32),
    )
    kind, content = open_entry(kdf(secret, "haven invite 1 envelope", 32), log_id, 0, entry)
    assert kind == 3
    form, what, body, _signature = cbor2.loads(content)
    assert (form, what) == (1, 1)
    card, inviter, key, sealing, _expires = cbor2.loads(body)
    assert (card[0], card[2], inviter) == (CIRCLE, ["mara"], "mara")
    assert (len(key), len(sealing)) == (32, 1216)


def test_a_circles_log_and_chain_are_read_from_the_page(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    group: Any = mara.state().group
    terms = cbor2.loads(next(e.data for e in group.extensions if e.type == 0xF0C1))
    assert (terms[0], terms[1]) == (1, CIRCLE)
    log_id = terms[5]
    token = group.export("haven access token", log_id, 32)
    key = group.export("haven envelope", log_id, 32)
    idris.say("The heron was there.")
    idris.sync()
    idris.circles.react(CIRCLE, idris.messages()[-1].no, "with you")
    idris.sync()
    mara.sync()
    entries = read(town.relay, log_id, token)
    assert [open_entry(key, log_id, group.epoch, entry)[0] for entry in entries] == [0, 0]

    first = mara.state().chain.seq - len(entries)
    head = mara.circles.book.db.one("SELECT head FROM circle_head WHERE seq=?", (first,))
    assert head is not None
    chained = bytes(head[0])
    for entry in entries:
        chained = hashlib.sha256(chained + entry).digest()
    assert chained == mara.state().chain.head

    received = group.process(open_entry(key, log_id, group.epoch, entries[0])[1])
    seq, seen, authenticator = cbor2.loads(received.authenticated_data)
    assert (seq, seen, authenticator) == (first, bytes(head[0]), group.epoch_authenticator)
    salt, replaces, _, _, reply, extensions, part = cbor2.loads(received.plaintext)
    assert (replaces, reply, extensions) == (None, None, {})
    assert part == [1, "", 1, "text/markdown;variant=GFM-MIMI", b"The heron was there."]

    sender = "urn:haven:member:" + hashlib.sha256(idris.state().me.key).hexdigest()[:32]
    circle = "urn:haven:circle:" + group.group_id.hex()
    digest = hashlib.sha256(sender.encode() + circle.encode() + received.plaintext + salt).digest()
    shown = next(m for m in mara.messages() if m.text == "The heron was there.")
    assert shown.id == (b"\x01" + digest[:31]).hex()


DERIVING = ("keys", "invite", "mailbox", "safety", "attachments", "circle", "chain", "speaking")


def test_the_page_names_every_label_that_the_code_uses() -> None:
    """A label that isn't on the page is a key that nobody else can derive."""
    room = Path(__file__).parents[2] / "src" / "havenclient" / "circles"
    used = set()
    for name in DERIVING:
        used |= set(re.findall(r'"(haven [a-z0-9 ]+)"', (room / f"{name}.py").read_text()))
    page = PAGE.read_text()
    assert len(used) > 15
    assert {label for label in used if label not in page} == set()


def test_a_road_is_walked_from_the_page(own_town: Town, own_relay: Relay, tmp_path: Path) -> None:
    mara, idris = own_town.circle_of("mara", "idris")
    idris.say("The heron was there.")
    own_town.settle(2)
    group: Any = idris.state().group
    left = cbor2.loads(next(e.data for e in group.extensions if e.type == 0xF0C1))
    token = group.export("haven access token", left[5], 32)
    own_relay.kill()
    with Relay(tmp_path / "new", env=UNHURRIED) as new:
        mara.circles.moving.move(CIRCLE, new.url, gone=True)
        mara.sync()
        log_id = kdf(token, "haven road log id", 16)
        entries = read(new.url, log_id, kdf(token, "haven road access token", 32))
        (post,) = read(new.url, log_id, kdf(token, "haven road signpost token", 32))
        kind, content = open_entry(kdf(token, "haven road envelope", 32), log_id, 1, post)
        form, what, body, mover, signature = cbor2.loads(content)
        assert (kind, form, what, mover) == (3, 1, 7, left[3][0][0])
        group.suite.verify_with_label(
            mover, b"HavenRoad", cbor2.dumps([group.group_id, body], canonical=True), signature
        )
        epoch, relay, rows = cbor2.loads(body)
        assert (epoch, relay) == (group.epoch, new.url)
        assert [digest for _, digest in rows] == [hashlib.sha256(e).digest() for e in entries]
        key = group.export("haven envelope", left[5], 32)
        assert [open_entry(key, left[5], epoch, e)[0] for e in entries] == [0, 2]
        _, commit = cbor2.loads(open_entry(key, left[5], epoch, entries[-1])[1])
        after = group.process(commit, policy=None).group
        terms = cbor2.loads(next(e.data for e in after.extensions if e.type == 0xF0C1))
        assert terms[6][0] == new.url
        assert terms[5] != left[5]
        assert terms[15]["place"] == epoch + 1
        first = read(new.url, terms[5], after.export("haven access token", terms[5], 32))
        assert first == []
