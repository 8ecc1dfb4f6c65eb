"""Modified clients against the norms: whatever they write, nobody stops and nothing is believed."""

from __future__ import annotations

import contextlib
import os

from hypothesis import given, settings
from hypothesis import strategies as st

from havenclient.circles import acts, ladder_store, outbox, quiet, reports
from havenclient.circles import content as mimi
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.acts import DAY, Act, ActError, Reason, What
from havenclient.circles.circle import MailboxKeys, Standing
from havenclient.circles.content import Content
from havenclient.circles.receiving import mailbox_append
from havenclient.circles.writing import write
from havenclient.crypto.sealing import SealingKey
from tests.circles.kit import CIRCLE, Person, Town
from tests.circles.norms.test_ladder import all_agree, number

ATOMS = st.none() | st.booleans() | st.integers(0, 1 << 40) | st.binary(max_size=40)
PLAIN = st.recursive(
    ATOMS | st.text(max_size=20), lambda inner: st.lists(inner, max_size=10), max_leaves=20
)


@given(PLAIN)
def test_any_control_message_is_an_act_another_kind_or_refused(value: object) -> None:
    for fields in (value, ["act", value], ["act", *([value] * 9)]):
        with contextlib.suppress(ActError):
            acts.read(cbor.dumps(fields))


@given(PLAIN)
def test_any_ladder_from_somebody_else_is_read_or_refused(value: object) -> None:
    for fields in (value, [value, value, value, value], [[[value] * 10], {}, {}, {}]):
        with contextlib.suppress(cbor.CborError):
            ladder_store.read(cbor.loads(cbor.dumps(fields)))


@given(
    st.sampled_from(What),
    st.none() | st.binary(min_size=32, max_size=32),
    st.sampled_from(Reason),
    st.integers(0, acts.MAX_PAUSE),
    st.binary(max_size=256),
)
@settings(max_examples=50)
def test_an_act_survives_its_bytes(
    what: What, ident: bytes | None, reason: Reason, seconds: int, signature: bytes
) -> None:
    act = Act(what, 60, ident, ident, ident, reason, "note", seconds, signature)
    made = acts.content_of(act, os.urandom)
    again = mimi.decode(mimi.encode(made))
    assert again.control is not None
    assert acts.read(again.control) == act


def raw(person: Person, *fields: object) -> None:
    book = person.circles.book
    with book.change():
        content = Content(os.urandom(mimi.SALT_SIZE), control=cbor.dumps(list(fields)))
        write(book, person.row().no, content)


def test_nonsense_in_the_log_moves_nobody(town: Town) -> None:
    mara, zed, tove = town.circle_of("mara", "zed", "tove")
    raw(zed, "act", "pause")
    raw(zed, "act", "abolish", None, None, None, "unkind", "", 0, 0, b"")
    raw(zed, "sealed", b"x", b"y")
    raw(zed, "sealed")
    zed.sync()
    town.settle(2)
    tove.say("Going on.")
    tove.sync()
    town.settle(1)
    assert mara.texts() == ["Going on."]
    assert mara.circles.get(CIRCLE).standing is Standing.ACTIVE
    all_agree(mara, zed, tove)


def test_nobody_can_forge_what_became_of_a_report(town: Town) -> None:
    mara, zed, nela = town.circle_of("mara", "zed", "nela")
    zed.say("Bad words.")
    zed.sync()
    nela.sync()
    nela.circles.reporting.report(CIRCLE, [number(nela, "Bad words.")], Reason.UNKIND)
    nela.sync()
    ident = nela.vault.db.one("SELECT id FROM circle_reported")
    assert ident is not None
    book = zed.circles.book
    key = next(p.key for p in zed.state().people if p.name == "nela")
    fields: list[object] = ["status", bytes(ident[0]), "no-action", "We don't care."]
    with book.change():
        write(book, zed.row().no, quiet.seal(zed.state(), key, fields, book.token))
    zed.sync()
    nela.sync()
    assert [r.state for r in nela.circles.reporting.reported(CIRCLE)] == ["sent"]
    assert not any("care" in line for line in nela.lines())
    mara.sync()


def test_a_flood_of_the_report_mailbox_blocks_no_report(town: Town) -> None:
    mara, zed, nela = town.circle_of("mara", "zed", "nela")
    zed.say("Bad words.")
    zed.sync()
    nela.sync()
    circle, book = zed.state(), zed.circles.book
    box = MailboxKeys.of(circle.terms.report)
    stranger = SealingKey.generate(os.urandom).public
    packet = reports.Packet("report", os.urandom(16), Reason.OTHER, "", may_name=False)
    for content in (
        b"",
        b"\x83\x01\x06\x00",
        cbor.dumps([1, 6, [], b""]),
        cbor.dumps([1, 6, [b"x"] * 100, b"y" * 100]),
        reports.seal(circle, packet, [stranger], os.urandom, shuffle=os.urandom),
    ):
        entry = mailbox_append(box, content, os.urandom)
        outbox.put(book.db, circle.relay, [entry], now=book.now(), circle=zed.row().no)
    zed.sync()
    nela.circles.reporting.report(CIRCLE, [number(nela, "Bad words.")], Reason.UNKIND)
    nela.sync()
    mara.sync()
    assert [r.reporter for r in mara.circles.reviewing.inbox(CIRCLE)] == ["nela"]


def test_a_report_looks_the_same_whomever_it_is_about(town: Town) -> None:
    """Members hold the mailbox's token: what they can see of it must tell nothing."""
    mara, _ = town.circle_of("mara", "zed")
    circle = mara.state()
    slots = len(circle.terms.hosts) + len(circle.terms.helpers)
    packet = reports.Packet("report", os.urandom(16), Reason.OTHER, "words", may_name=False)
    question = reports.Packet("question", os.urandom(16), Reason.OTHER, "words", may_name=False)
    own = circle.terms.hosts[0].sealing_key
    shapes = set()
    for one, readers in ((packet, [own]), (packet, []), (question, [own])):
        data = reports.seal(circle, one, readers, os.urandom, shuffle=os.urandom)
        _, _, copies, _ = cbor.as_list(cbor.loads(data), 4)
        shapes.add(tuple(len(cbor.as_bytes(c)) for c in cbor.as_list(copies)))
    assert len(shapes) == 1
    assert len(next(iter(shapes))) == slots


def test_a_fold_that_names_the_wrong_author_folds_nothing(town: Town) -> None:
    mara, zed, tove = town.circle_of("mara", "zed", "tove")
    tove.say("A quiet day.")
    tove.sync()
    town.settle(1)
    zed_key = next(p.key for p in mara.state().people if p.name == "zed")
    row = mara.vault.db.one("SELECT id FROM circle_message WHERE kind='message'")
    assert row is not None
    act = Act(What.FOLD, 0, target=zed_key, message=bytes(row[0]), note="grief", seconds=DAY)
    book = mara.circles.book
    with book.change():
        write(book, mara.row().no, acts.content_of(act, book.token))
    mara.sync()
    town.settle(1)
    assert [m.folded for m in zed.circles.messages(CIRCLE) if m.kind == "message"] == [False]
