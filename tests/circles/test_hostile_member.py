"""A member with a modified client: everybody else keeps talking, and the hosts remove her."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from havenclient.circles import closing
from havenclient.circles import content as mimi
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.circle import Standing
from havenclient.circles.content import Content
from havenclient.crypto import envelope, mls
from havenclient.crypto.envelope import Kind
from havenclient.crypto.mls.proposals import Remove
from havenclient.sync.client import RelayClient, RelayRefused, Route
from havenclient.wire import Problem
from tests.circles.kit import CIRCLE, Person, Town


class Villain:
    """Writes what the program would never write, with the keys that a member has."""

    def __init__(self, person: Person, relay: str) -> None:
        self.person = person
        self.client = RelayClient(Route(relay))
        self.group = person.state().group

    def raw(self, entry: bytes) -> None:
        circle = self.person.state()
        self.client.append(circle.log_id, circle.keys.access_token, os.urandom(16), entry)

    def sealed(self, kind: Kind, content: bytes) -> None:
        circle = self.person.state()
        self.raw(
            envelope.seal(
                circle.keys.envelope, circle.log_id, circle.epoch, kind, content, os.urandom
            )
        )

    def message(self, plaintext: bytes, claim: bytes | None = None) -> None:
        """A signed MLS message with any plaintext."""
        data = self.person.state().claim() if claim is None else claim
        self.group, message = self.group.encrypt(plaintext, authenticated_data=data)
        self.sealed(Kind.MESSAGE, message.data)

    def skip(self, generations: int) -> None:
        for _ in range(generations):
            self.group, _ = self.group.encrypt(b"")


@pytest.fixture
def people(town: Town) -> tuple[Person, Person, Villain, Town]:
    mara, idris, zed = town.circle_of("mara", "idris", "zed")
    return mara, idris, Villain(zed, town.relay), town


People = tuple[Person, Person, Villain, Town]


def the_others_keep_talking(people: People) -> None:
    mara, idris, _, _ = people
    for person in (mara, idris):
        report = person.sync()
        assert not report.errors
    mara.say("Still here.")
    mara.sync()
    idris.sync()
    idris.say("Me too.")
    idris.sync()
    mara.sync()
    for person in (mara, idris):
        assert person.texts()[-2:] == ["Still here.", "Me too."]
        assert person.circles.get(CIRCLE).standing is Standing.ACTIVE


def the_host_removes_her(people: People) -> None:
    mara, idris, villain, _ = people
    mara.circles.remove(CIRCLE, "zed")
    mara.sync()
    mara.say("After.")
    mara.sync()
    idris.sync()
    assert {p.name for p in idris.circles.people(CIRCLE)} == {"mara", "idris"}
    assert idris.texts()[-1] == "After."
    with pytest.raises(RelayRefused) as refused:
        villain.raw(os.urandom(1024))
    assert refused.value.problem is Problem.SLICE_CLOSED


def test_garbage_in_every_shape(people: People) -> None:
    villain = people[2]
    for size in (1, 17, 1024, 4096, 65536):
        villain.raw(os.urandom(size))
    for kind in Kind:
        for content in (b"", b"\x00", os.urandom(300), b"\x00\x01\x00\x02" + os.urandom(200)):
            villain.sealed(kind, content)
    the_others_keep_talking(people)
    the_host_removes_her(people)


def test_a_commit_by_somebody_who_is_no_host(people: People) -> None:
    villain = people[2]
    commit = villain.group.commit(by_value=[Remove(0)], by_reference=[])
    bundle = closing.encode_bundle([], commit.message)
    villain.sealed(Kind.CLOSING, bundle)
    villain.sealed(Kind.PROPOSAL, commit.message)
    villain.sealed(Kind.MESSAGE, commit.message)
    circle = villain.person.state()
    entry = envelope.seal(
        circle.keys.envelope, circle.log_id, circle.epoch, Kind.CLOSING, bundle, os.urandom
    )
    with pytest.raises(RelayRefused):  # and the relay lets nobody close who is no committer
        villain.client.close_slice(
            circle.log_id,
            circle.keys.access_token,
            os.urandom(32),
            circle.epoch,
            os.urandom(16),
            entry,
            os.urandom(32),
            (os.urandom(32),),
        )
    the_others_keep_talking(people)
    the_host_removes_her(people)


def test_proposals_that_the_rules_refuse(people: People) -> None:
    villain = people[2]
    group, message = villain.group.propose_remove(0)
    villain.sealed(Kind.PROPOSAL, message)
    _, message = group.propose_group_context_extensions(())
    villain.sealed(Kind.PROPOSAL, message)
    the_others_keep_talking(people)
    mara = people[0]
    assert not mara.state().waiting
    the_host_removes_her(people)


def test_a_flood_of_proposals(people: People) -> None:
    mara, _, villain, _ = people
    group = villain.group
    for _ in range(60):
        group, message = group.propose_update()
        villain.sealed(Kind.PROPOSAL, message)
    mara.engine.once(commit=False)
    assert len(mara.state().waiting) <= 8
    the_others_keep_talking(people)
    the_host_removes_her(people)


def test_generations_skipped_beyond_the_limit(people: People) -> None:
    villain = people[2]
    villain.skip(1500)
    villain.message(mimi.encode(Content(os.urandom(16), text="from far ahead")))
    the_others_keep_talking(people)
    assert "from far ahead" not in people[0].texts()
    the_host_removes_her(people)


def test_content_that_is_a_bomb_or_nonsense(people: People) -> None:
    villain = people[2]
    bombs = [
        b"",
        b"\x9b" + b"\xff" * 8,
        b"\x81" * 5000,
        b"\xbf" * 100,
        cbor.dumps([b"s" * 16] * 7),
        cbor.dumps({str(n): n for n in range(2000)}),
        os.urandom(2000),
    ]
    for bomb in bombs:
        villain.message(bomb)
    the_others_keep_talking(people)
    quarantined = [m for m in people[0].messages() if m.kind == "quarantine"]
    assert len(quarantined) == len(bombs)
    assert {m.sender for m in quarantined} == {"zed"}
    the_host_removes_her(people)


def test_text_that_would_act_on_a_terminal_is_shown_as_marks(people: People) -> None:
    mara, villain = people[0], people[2]
    nasty = "\x1b]52;c;aGF2ZW4=\x07 \x1b[2J \x9b31m \u202egnp.exe [/] [@click=quit]x[/]"
    villain.message(mimi.encode(Content(os.urandom(16), text=nasty, note="\x1b[1mnote")))
    the_others_keep_talking(people)
    (shown,) = [m for m in mara.messages() if m.sender == "zed" and m.kind == "message"]
    assert "\x1b" not in shown.text
    assert "\x9b" not in shown.text
    assert "\u202e" not in shown.text
    assert "[/]" in shown.text  # plain text, never markup
    assert shown.note is not None
    assert "\x1b" not in shown.note


def test_a_lie_about_what_she_saw_stops_nobody_and_is_said(people: People) -> None:
    mara, idris, villain, _ = people
    mara.say("One.")
    mara.sync()
    false = replace_head(villain.person)
    villain.message(mimi.encode(Content(os.urandom(16), text="two")), claim=false)
    villain.message(mimi.encode(Content(os.urandom(16), text="three")), claim=b"not a claim")
    the_others_keep_talking(people)
    assert "zed saw another history" in idris.health()
    the_host_removes_her(people)
    assert "another history" not in idris.health()


def replace_head(person: Person) -> bytes:
    circle = person.state()
    lie = replace(circle, chain=replace(circle.chain, seq=circle.chain.seq, head=os.urandom(32)))
    return lie.claim()


def test_she_can_not_speak_as_somebody_else(people: People) -> None:
    """A member holds every key but the others' signature keys: the signature gives her away."""
    mara, idris, villain, _ = people
    for leaf in (0, 1):
        villain.group = replace(villain.person.state().group, own_leaf_index=leaf)
        villain.message(mimi.encode(Content(os.urandom(16), text="I am somebody else.")))
    the_others_keep_talking(people)
    for person in (mara, idris):
        assert "I am somebody else." not in person.texts()
    the_host_removes_her(people)


def test_an_edit_or_deletion_of_somebody_elses_message_does_nothing(people: People) -> None:
    mara, _, villain, _ = people
    mara.say("Mine.")
    mara.sync()
    ident = bytes.fromhex(next(m for m in mara.messages() if m.mine).id)
    villain.message(mimi.encode(Content(os.urandom(16), replaces=ident)))
    villain.message(mimi.encode(Content(os.urandom(16), text="Hers.", replaces=ident)))
    the_others_keep_talking(people)
    assert mara.texts()[0] == "Mine."


def test_an_entry_replayed_by_her_is_shown_once(people: People) -> None:
    mara, idris, villain, _ = people
    mara.say("Once.")
    mara.sync()
    circle = villain.person.state()
    page = villain.client.read(circle.log_id, circle.keys.access_token, after=0)
    villain.raw(page.entries[-1][1])
    the_others_keep_talking(people)
    assert idris.texts().count("Once.") == 1
    assert mara.texts().count("Once.") == 1
    assert isinstance(villain.group, mls.Group)
