"""What the wire and the relay get to know: docs/privacy.md, line by line.

A tap records every byte between clients and the relay; the relay's files are read from disk. One
person, mara, is in two circles, as two people that nobody may be able to put together.
"""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import apsw
import pytest

from havenclient import wire
from havenclient.circles import invite as invites
from havenclient.circles import joining
from havenclient.circles.founding import Foundation
from havenclient.circles.invite import Invite, InviteError
from havenclient.circles.receiving import mailbox_append
from havenclient.circles.service import Words
from havenclient.crypto import envelope
from havenclient.crypto.envelope import BUCKETS
from havenclient.crypto.words import words as word_list
from havenclient.sync import routes
from havenclient.sync.client import RelayClient, RelayRefused, Route
from havenclient.wire import Problem
from tests.circles.conftest import UNHURRIED
from tests.circles.kit import CIRCLE, Person, Town
from tests.circles.socks import SocksProxy
from tests.circles.tap import Connection, Tap
from tests.relay.harness import Relay

SECOND = "Paper Boats Society"
AGREEMENT = "Herons first, and zanzibarine kindness always."
SAYINGS = ("The quixotic lantern went out again.", "A marsupial thought about willows.")
NOTE = "bereavement-note"
NAMES = ("Maraschino-Wren", "Idrisovic-Quay", "Tovelund-Brook", "Marabelle-Stork", "Jonquil-Ash")
FILE = b"attached zanzibarine bytes " * 200
_TOKEN = re.compile(rb"[A-Za-z0-9_-]{21,}={0,2}")
_CONSTANT = {b"Haven-Next-Committers", b"closing_retention_days"}
"""Words of the protocol that are long enough to look like a token."""


@dataclass
class Walk:
    relay: Relay
    tap: Tap
    people: list[Person]
    circles: dict[str, set[str]]
    """Log ids (base64url) of each circle: its own, its mailboxes, its invites, its attachments."""

    @property
    def database(self) -> bytes:
        files = [p for p in (self.relay.data / "data").rglob("*") if p.is_file()]
        return b"".join(p.read_bytes() for p in files) + self.relay.output.read_bytes()

    def connections(self, circle: str) -> list[Connection]:
        return [c for c in self.tap.connections if c.logs & self.circles[circle]]


def _bring(host: Person, guest: Person, circle: str, name: str, by_words: bool) -> None:
    invite = host.circles.invite(circle)
    host.sync()
    held = invite.words if by_words else invite.link
    door = guest.circles.open_invite(held, relay=invite.relay)
    guest.sync()
    guest.circles.knock(door.id, name, SAYINGS[1], accepted_version=1)
    guest.sync()
    host.sync()
    knock = next(k for k in host.circles.knocks(circle) if k.name == name)
    host.circles.offer_words(circle, knock.no)
    host.sync()
    guest.sync()
    host.sync()
    host.circles.admit(circle, knock.no)
    host.sync()
    guest.sync()


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """Everything that people do, in two circles, through the tap."""
    folder = tmp_path_factory.mktemp("privacy")
    with Relay(folder / "relay", env=UNHURRIED) as relay, Tap(relay.url) as tap:
        town = Town(folder / "town", tap.url)
        mara, idris, tove, jo = (town.person(n) for n in ("mara", "idris", "tove", "jo"))
        seen: dict[str, set[str]] = {}

        before = set(tap.logs)
        mara.circles.found(Foundation(CIRCLE, NAMES[0], AGREEMENT, tap.url))
        mara.sync()
        _bring(mara, idris, CIRCLE, NAMES[1], by_words=False)
        _bring(mara, tove, CIRCLE, NAMES[2], by_words=True)
        first = mara.circles.say(CIRCLE, Words(SAYINGS[0], note=NOTE))
        mara.circles.attach(CIRCLE, "willow-portrait.txt", "text/plain", FILE, Words("with a file"))
        mara.sync()
        idris.sync()
        heard = next(m for m in idris.messages() if m.text == SAYINGS[0])
        idris.circles.react(CIRCLE, heard.no, "with you")
        idris.say(SAYINGS[1], reply_to=heard.no)
        idris.sync()
        mara.circles.edit(CIRCLE, first, SAYINGS[0] + " And again.")
        mara.circles.begin_verify(CIRCLE, NAMES[1])
        town.settle(2)
        mara.circles.remove(CIRCLE, NAMES[2])
        mara.sync()
        seen[CIRCLE] = set(tap.logs) - before

        # Only mara acts now, and those who enter the second circle.
        before = set(tap.logs)
        jo.circles.found(Foundation(SECOND, NAMES[4], AGREEMENT + " Two.", tap.url))
        jo.sync()
        invite = jo.circles.invite(SECOND)
        jo.sync()
        door = mara.circles.open_invite(invite.link)
        mara.sync()
        mara.circles.knock(door.id, NAMES[3], SAYINGS[0], accepted_version=1)
        mara.sync()
        jo.sync()
        jo.circles.admit(SECOND, jo.circles.knocks(SECOND)[0].no)
        jo.sync()
        mara.sync()
        mara.circles.say(SECOND, Words(SAYINGS[1]))
        mara.sync()
        jo.sync()
        seen[SECOND] = set(tap.logs) - before

        assert [m.text for m in jo.circles.messages(SECOND) if m.kind == "message"] == [SAYINGS[1]]
        assert SAYINGS[0] + " And again." in idris.texts()
        yield Walk(relay, tap, [mara, idris, tove, jo], seen)
        town.close()


def spellings(marker: bytes) -> set[bytes]:
    """How `marker` may stand in a text or a file; base64 at each of its three alignments."""
    found = {marker, marker.hex().encode()}
    for skip in range(3):
        inner = base64.urlsafe_b64encode(b"\0" * skip + marker)
        found.add(inner[4 if skip else 0 : -4])
    return found


def assert_unseen(walk: Walk, marker: bytes) -> None:
    for spelling in spellings(marker):
        assert spelling not in walk.tap.seen
        assert spelling not in walk.database


def test_no_name_and_no_word_is_on_the_wire_or_in_the_relay(walk: Walk) -> None:
    said = (*NAMES, *SAYINGS, CIRCLE, SECOND, AGREEMENT, NOTE, "willow-portrait", "zanzibarine")
    for text in said:
        for code in ("utf-8", "utf-16-le"):
            assert_unseen(walk, text.encode(code))


def test_no_mls_header_key_or_credential_is_on_the_wire_or_in_the_relay(walk: Walk) -> None:
    for person in walk.people:
        for row in person.circles.book.rows():
            if not person.circles.people(row.id.hex()):
                continue  # removed: her state is of an epoch that others have left
            circle = person.circles.book.state(row.no)
            assert_unseen(walk, circle.group.group_id)
            assert_unseen(walk, circle.id)
            assert_unseen(walk, circle.group.epoch_authenticator)
            for member in circle.people:
                assert_unseen(walk, member.key)


def test_the_relay_keeps_no_token_that_opens_anything(walk: Walk) -> None:
    """Tokens travel (under TLS, outside of tests); at rest there are only hashes over hashes."""
    bearer = set(re.findall(rb"[Aa]uthorization: Bearer ([A-Za-z0-9_-]+)", walk.tap.seen))
    committer = set(re.findall(rb"[Hh]aven-[Cc]ommitter: ([A-Za-z0-9_-]+)", walk.tap.seen))
    assert len(bearer) > 10
    assert committer
    held = walk.database
    for text in bearer | committer:
        assert text not in held
        assert wire.unb64(text.decode()) not in held


def test_entries_have_one_of_five_sizes(walk: Walk) -> None:
    db = apsw.Connection(str(walk.relay.data / "data" / "relay.db"), apsw.SQLITE_OPEN_READONLY)
    sizes = {int(r[0]) for r in db.execute("SELECT DISTINCT length(body) FROM entries")}
    db.close()
    assert sizes
    assert sizes <= set(BUCKETS)


def test_the_relay_holds_days_and_no_times_or_addresses(walk: Walk) -> None:
    db = apsw.Connection(str(walk.relay.data / "data" / "relay.db"), apsw.SQLITE_OPEN_READONLY)
    columns = {
        str(name)
        for (name,) in db.execute(
            "SELECT p.name FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type='table'"
        )
    }
    days = [int(r[0]) for r in db.execute("SELECT DISTINCT day FROM entries")]
    db.close()
    assert {"day", "body", "closing"} <= columns
    assert not columns & {"address", "ip", "time", "arrived", "agent", "user", "sender"}
    assert all(day < 100_000 for day in days), "a day number, not seconds"
    assert b"127.0.0.1:" not in (walk.relay.data / "data" / "relay.db").read_bytes()


def test_the_relays_own_log_names_no_log(walk: Walk) -> None:
    said = walk.relay.output.read_bytes()
    for log_id in walk.tap.logs:
        assert log_id.encode() not in said


def test_two_circles_of_one_person_share_no_connection(walk: Walk) -> None:
    for connection in walk.tap.connections:
        touched = [name for name, logs in walk.circles.items() if connection.logs & logs]
        assert len(touched) <= 1


def test_two_circles_of_one_person_share_no_id(walk: Walk) -> None:
    tokens = [
        {
            found
            for connection in walk.connections(name)
            for part in (connection.up, connection.down)
            for found in _TOKEN.findall(bytes(part))
        }
        - _CONSTANT
        for name in walk.circles
    ]
    assert all(len(each) > 20 for each in tokens)
    assert tokens[0] & tokens[1] == set()


def test_all_clients_look_alike(walk: Walk) -> None:
    """The same few headers from everybody: no version, no language, no cookie."""
    names: set[bytes] = set()
    agents: set[bytes] = set()
    for connection in walk.tap.connections:
        for head in re.findall(
            rb"(?:GET|POST|PUT|DELETE) /v1/[^\r]* HTTP/1.1\r\n((?:[A-Za-z-]+: [^\r]*\r\n)+)\r\n",
            bytes(connection.up),
        ):
            for line in head.split(b"\r\n"):
                name, _, value = line.partition(b": ")
                names.add(name.lower())
                if name.lower() == b"user-agent":
                    agents.add(value)
    assert agents == {b"haven"}
    assert names - {b""} <= {
        b"host", b"accept", b"accept-encoding", b"connection", b"user-agent", b"authorization",
        b"content-length", b"content-type", b"if-match", b"idempotency-key", b"haven-committer",
        b"haven-next-access", b"haven-next-committers",
    }  # fmt: skip


def test_a_closed_vault_shows_nothing_of_its_circles(town: Town) -> None:
    mara, idris = town.circle_of(NAMES[0], NAMES[1])
    mara.say(SAYINGS[0])
    mara.sync()
    idris.sync()
    for person in (mara, idris):
        person.close()
        held = b"".join(p.read_bytes() for p in person.root.rglob("*") if p.is_file())
        inside = held.replace(person.root.name.encode(), b"")
        for marker in (CIRCLE, SAYINGS[0], NAMES[0], NAMES[1], town.relay):
            assert marker.encode() not in inside


def test_without_a_sync_nothing_is_sent(tmp_path: Path, shared_relay: Relay) -> None:
    with Tap(shared_relay.url) as tap:
        town = Town(tmp_path, tap.url)
        mara, idris = town.circle_of("mara", "idris")
        before = len(tap.seen)
        mara.say("Written on a train.")
        mara.circles.invite(CIRCLE)
        mara.circles.rename(CIRCLE, "Day Walkers")
        mara.messages()
        idris.circles.get(CIRCLE)
        idris.messages()
        assert len(tap.seen) == before
        town.close()


# --- invites and mailboxes ------------------------------------------------------------------------


def test_a_word_code_guessed_a_thousand_times_finds_nothing(town: Town) -> None:
    mara = town.person("mara")
    town.found(mara)
    made = invites.parse(mara.circles.invite(CIRCLE).link)
    mara.sync()
    chance = random.Random(5)
    right = made.words().split()
    near_misses = 0
    with RelayClient(Route(town.relay)) as client:
        for _ in range(1000):
            guess = right.copy()
            guess[chance.randrange(12)] = chance.choice(word_list())
            if guess == right:
                continue
            try:
                tried = invites.parse(" ".join(guess), relay=town.relay)
            except InviteError:
                # 15 of 16 slips are found on this computer; an attacker skips that check.
                near_misses += 1
                tried = Invite(town.relay, chance.randbytes(16))
            with pytest.raises(RelayRefused) as refused:
                client.read(tried.mailbox_id, tried.token, after=0)
            assert refused.value.problem is Problem.NOT_FOUND
        assert near_misses > 850
        assert client.read(made.mailbox_id, made.token, after=0).entries


def test_who_knows_the_mailbox_but_not_its_token_gets_the_same_refusal(town: Town) -> None:
    mara = town.person("mara")
    town.found(mara)
    made = invites.parse(mara.circles.invite(CIRCLE).link)
    mara.sync()
    with RelayClient(Route(town.relay)) as client:
        answers = []
        for log_id in (made.mailbox_id, bytes(16)):
            with pytest.raises(RelayRefused) as refused:
                client.read(log_id, bytes(32), after=0)
            answers.append((refused.value.problem, refused.value.status, refused.value.detail))
    assert answers[0] == answers[1]


def test_a_mailbox_replayed_or_injected_into_changes_nothing(town: Town) -> None:
    """By somebody who has the invite too, and so may write into its mailbox."""
    mara, idris = town.person("mara"), town.person("idris")
    town.found(mara)
    link = mara.circles.invite(CIRCLE).link
    made = invites.parse(link)
    mara.sync()
    door = idris.circles.open_invite(link)
    idris.sync()
    idris.circles.knock(door.id, "idris", "hello", accepted_version=1)
    idris.sync()

    def replay() -> None:
        box = joining.invite_mailbox(made)
        with RelayClient(Route(town.relay)) as client:
            page = client.read(box.log_id, box.token, after=0)
            for _, entry in page.entries[:6]:
                if len(entry) not in BUCKETS:
                    continue
                key = mara.random.token(16)
                client.append(box.log_id, box.token, key, entry)
                _, content = envelope.unseal(box.envelope, box.log_id, 0, entry)
                again = mailbox_append(box, content, mara.random.token)
                client.append(box.log_id, box.token, again.key, again.entry)
                torn = mailbox_append(box, content[:-1] + b"\0", mara.random.token)
                client.append(box.log_id, box.token, torn.key, torn.entry)
            for noise in (b"", b"\xff" * 1024, mara.random.token(4096), b"\x9f" * 100):
                garbage = mailbox_append(box, noise, mara.random.token)
                client.append(box.log_id, box.token, garbage.key, noise or b"\0")
                client.append(box.log_id, box.token, mara.random.token(16), garbage.entry)

    replay()
    mara.sync()
    (knock,) = mara.circles.knocks(CIRCLE)
    assert (knock.name, knock.others) == ("idris", 0)
    mara.circles.admit(CIRCLE, knock.no)
    mara.sync()
    replay()
    town.settle(2)
    assert {p.name for p in mara.circles.people(CIRCLE)} == {"mara", "idris"}
    assert len(idris.circles.all()) == 1
    replay()
    town.settle(2)
    assert mara.circles.knocks(CIRCLE) == []
    idris.say("Still one of me.")
    town.settle(2)
    assert mara.texts() == ["Still one of me."]


# --- the way to the relay -------------------------------------------------------------------------


def test_each_circle_is_somebody_else_to_the_socks_proxy(
    tmp_path: Path, shared_relay: Relay
) -> None:
    proxy = SocksProxy()
    relay = shared_relay.url.replace("127.0.0.1", "localhost")
    town = Town(tmp_path, relay)
    mara = town.person("mara")
    routes.use(mara.vault, relay, proxy=proxy.address)
    for name in ("One", "Other"):
        mara.circles.found(Foundation(name, "mara", AGREEMENT, relay))
    mara.sync()
    ids = [row.id for row in mara.circles.book.rows()]
    users = [routes.route(mara.vault, relay, ident).identity for ident in ids]
    asked = {one.user for one in proxy.asked}
    assert set(users) <= asked
    assert len(set(users)) == 2
    assert all(one.by_name and one.host == "localhost" for one in proxy.asked)
    for user, ident in zip(users, ids, strict=True):
        assert ident.hex()[:8] not in user
    town.close()
    proxy.close()


def test_with_a_dead_proxy_nothing_goes_around_it(tmp_path: Path, shared_relay: Relay) -> None:
    with Tap(shared_relay.url) as tap:
        proxy = SocksProxy()
        town = Town(tmp_path, tap.url)
        mara = town.person("mara")
        routes.use(mara.vault, tap.url, proxy=proxy.address)
        proxy.close()
        mara.circles.found(Foundation(CIRCLE, "mara", AGREEMENT, tap.url))
        report = mara.sync()
        assert report.errors
        assert tap.connections == []
        town.close()


def test_a_relay_named_by_others_is_asked_through_the_proxy_too(
    town: Town, shared_relay: Relay, tmp_path: Path
) -> None:
    """A link from anybody: whoever made it must not learn the address of who opens it."""
    mara, idris = town.circle_of("mara", "idris")
    routes.use(idris.vault, town.relay, proxy="socks5h://127.0.0.1:9")
    with Relay(tmp_path / "hers", env=UNHURRIED) as hers:
        other = town.person("zed")
        other.circles.found(Foundation("Her place", "zed", "Be kind.", hers.url))
        other.sync()
        link = other.circles.invite("Her place").link
        other.sync()
        idris.circles.open_invite(link)
        report = idris.sync()
        assert report.errors[hers.url] == "the relay can't be reached"
        assert [d.state for d in idris.circles.doors()] == ["in", "opening"]
    routes.use(idris.vault, town.relay, admission="a code")
    assert routes.route(idris.vault, town.relay, b"x").proxy == "socks5h://127.0.0.1:9"
    routes.use(idris.vault, "https://new.example.org", admission="a code")
    assert routes.route(idris.vault, "https://new.example.org", b"x").proxy is not None
    routes.use(idris.vault, town.relay, proxy="")
    way = routes.route(idris.vault, town.relay, b"x")
    assert (way.proxy, way.identity, way.admission) == (None, "", "a code")
    mara.sync()
