"""A modified client against the report mailbox: nobody is framed, silenced or made to stumble."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from havenclient.circles import evidence, intake, mailboxes, outbox, reports
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.acts import Reason
from havenclient.circles.circle import Circle, MailboxKeys
from havenclient.circles.closing import CommitWish
from havenclient.circles.evidence import Exhibit
from havenclient.circles.receiving import mailbox_append
from havenclient.circles.reports import Packet
from havenclient.circles.seals import Seal
from havenclient.circles.terms import Helper
from havenclient.crypto import envelope, mls
from havenclient.crypto.sealing import SealingKey
from tests.circles.kit import CIRCLE, Person, Town
from tests.circles.norms.test_ladder import helper_of, number


def put_in(person: Person, content: bytes) -> None:
    """Any bytes into the report mailbox, which every member can write to."""
    circle, book = person.state(), person.circles.book
    entry = mailbox_append(MailboxKeys.of(circle.terms.report), content, os.urandom)
    outbox.put(book.db, circle.relay, [entry], now=book.now(), circle=person.row().no)
    person.sync()


def packet_of(*exhibits: Exhibit) -> Packet:
    return Packet("report", os.urandom(16), Reason.UNKIND, "Look.", may_name=False,
                  exhibits=exhibits)  # fmt: skip


def sealed(circle: Circle, packet: Packet) -> bytes:
    readers = [h.sealing_key for h in circle.terms.hosts]
    return reports.seal(circle, packet, readers, os.urandom, shuffle=os.urandom)


def test_nobody_is_framed_with_words_that_somebody_else_signed(town: Town) -> None:
    """zed reports his own bad words, or idris's, under nela's name: signatures fit all the same."""
    mara, zed, idris, nela = town.circle_of("mara", "zed", "idris", "nela")
    idris.say("Terrible words.")
    idris.sync()
    town.settle(1)
    circle = zed.state()
    (true,) = evidence.gather(
        zed.vault.db, zed.row().no, circle.group.suite.id, number(zed, "Terrible words.")
    )
    put_in(zed, sealed(circle, packet_of(replace(true, name="nela"))))
    mara.sync()
    (listed,) = mara.circles.reviewing.inbox(CIRCLE)
    assert listed.about == ("idris",)
    (exhibit,) = mara.circles.reviewing.show(CIRCLE, listed.no).exhibits
    assert (exhibit.author, exhibit.proven) == ("idris", True)
    nela.sync()


def test_a_report_with_parts_that_are_not_there_stops_no_host(town: Town) -> None:
    mara, zed, nela = town.circle_of("mara", "zed", "nela")
    circle = zed.state()
    me = circle.me.key
    broken: list[tuple[list[bytes], list[list[object]]]] = [
        ([], [[b"a", 0, 1, b"k", "n"]]),
        ([b"c"], [[b"a", 0, 1, b"k", "n"]]),
        ([b"c"], [[b"", 0, 0xFFFF, b"", ""]]),
        ([b"c" * 9], [[b"a" * 90, 0, 2, me, "zed"]]),
    ]
    for contexts, rows in broken:
        body = cbor.dumps(["unkind", "", False, [contexts, rows]])
        put_in(zed, by_hand(circle, body))
    nela_says = packet_of()
    put_in(nela, sealed(nela.state(), nela_says))
    mara.sync()
    listed = mara.circles.reviewing.inbox(CIRCLE)
    assert "nela" in [one.reporter for one in listed]
    for one in listed:
        assert not any(e.proven for e in mara.circles.reviewing.show(CIRCLE, one.no).exhibits)


def by_hand(circle: Circle, body: bytes) -> bytes:
    """`reports.seal` with any exhibits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reports, "encode", lambda _: cbor.as_list(cbor.loads(body))[3])
        return sealed(circle, packet_of())


def test_a_report_said_again_by_others_is_one_report_and_silences_nobody(town: Town) -> None:
    mara, zed, nela = town.circle_of("mara", "zed", "nela")
    zed.say("Bad words.")
    zed.sync()
    nela.sync()
    no = number(nela, "Bad words.")
    nela.circles.reporting.report(CIRCLE, [no], Reason.UNKIND)
    nela.sync()
    # zed can't read it, but he can put the same bytes there again, as often as he likes.
    circle, box = zed.state(), MailboxKeys.of(zed.state().terms.report)
    client = zed.engine.client(circle.relay, b"zed")
    page = client.read(box.log_id, box.token, after=0)
    _, content = envelope.unseal(box.envelope, box.log_id, 0, page.entries[-1][1])
    for _ in range(6):
        put_in(zed, content)
    mara.sync()
    assert len(mara.circles.reviewing.inbox(CIRCLE)) == 1
    town.clock.go(hours=1)
    nela.circles.reporting.report(CIRCLE, [no], Reason.PRESSURE)
    nela.sync()
    mara.sync()
    assert len(mara.circles.reviewing.inbox(CIRCLE)) == 2
    assert mailboxes.has(mara.circles.book, box.log_id)


def test_words_that_were_changed_later_are_reported_as_they_became(town: Town) -> None:
    """Else one could write "hello", change it into a threat, and take that back unproven."""
    mara, zed, nela = town.circle_of("mara", "zed", "nela")
    zed.say("Hello.")
    zed.sync()
    zed.circles.edit(CIRCLE, zed.messages()[-1].no, "A smaller threat.")
    zed.sync()
    zed.circles.edit(CIRCLE, zed.messages()[-1].no, "A threat.")
    zed.sync()
    nela.sync()
    no = number(nela, "A threat.")
    zed.circles.delete(CIRCLE, zed.messages()[-1].no)
    zed.sync()
    town.settle(1)
    nela.circles.reporting.report(CIRCLE, [no], Reason.PRESSURE)
    nela.sync()
    mara.sync()
    (listed,) = mara.circles.reviewing.inbox(CIRCLE)
    shown = mara.circles.reviewing.show(CIRCLE, listed.no).exhibits
    assert [(e.author, e.proven, e.text, e.deleted) for e in shown] == [
        ("zed", True, "Hello.", True),
        ("zed", True, "A threat.", True),
    ]


def test_a_host_can_not_have_reports_about_herself_sealed_to_her(town: Town) -> None:
    """By writing down a key of her own beside the helper's name."""
    mara, tove, nela = town.circle_of("mara", "tove", "nela")
    helper_of(town, mara, tove)
    hers = SealingKey.generate(os.urandom).public
    terms = mara.state().terms
    helpers = (replace(terms.helpers[0], sealing_key=hers),)
    for wish in (
        CommitWish(terms=replace(terms, helpers=helpers)),
        CommitWish(
            terms=replace(terms, helpers=helpers),
            seals=(Seal(helpers[0].signature_key, bytes(32), bytes(64)),),
        ),
        CommitWish(  # somebody who never said yes
            terms=replace(terms, helpers=(*terms.helpers, Helper(nela.state().me.key, hers)))
        ),
    ):
        with pytest.raises(mls.PolicyViolation):  # the same judge as at everybody else's
            intake.stage(mara.circles.book, mara.row().no, wish)
    assert mara.state().terms.helpers[0].sealing_key == tove.state().sealing.public
