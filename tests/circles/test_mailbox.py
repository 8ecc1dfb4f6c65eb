"""Entries of a mailbox: for one reader each, signed, and bound to their place."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havenclient.circles import mailbox, safety
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.mailbox import (
    Card,
    Knock,
    MailboxError,
    Offer,
    Return,
    Reveal,
    Welcome,
)
from havenclient.circles.terms import Agreement
from havenclient.crypto import mls
from havenclient.crypto.sealing import SealingKey

BOX, OTHER_BOX = b"b" * 16, b"o" * 16
INVITER = SealingKey.generate(os.urandom)
KEY = mls.SignatureKey.generate(mls.cipher_suite(1), os.urandom)
SIGN = mailbox.signer(KEY.private)
CARD = Card("Night Walkers", Agreement(1, "We are kind."), ("mara",), (), 4, 30, 20_000, "sleep")
OFFER = Offer(CARD, "mara", KEY.public, INVITER.public, 1_800_000_000)
OFFERED = mailbox.encode_offer(OFFER, BOX, SIGN)
KNOCK = Knock(b"key package", "it is me", 1, bytes(32), b"a" * 32, b"c" * 32)
KNOCKED = mailbox.encode_knock(KNOCK, OFFERED, BOX, INVITER.public, SIGN)
ANSWER = b"a" * 32


def opened(
    data: bytes, offer: bytes = OFFERED, box: bytes = BOX, key: SealingKey = INVITER
) -> Knock:
    return mailbox.decode_knock(data, offer, box, key, lambda _: KEY.public)


def test_offer_knock_reveal_and_welcome_are_read_as_they_were_written() -> None:
    assert mailbox.decode_offer(OFFERED, BOX) == OFFER
    assert opened(KNOCKED) == KNOCK
    reveal = Reveal(by_host=True, nonce=b"n" * 32)
    assert (
        mailbox.decode_reveal(mailbox.encode_reveal(reveal, ANSWER, os.urandom), ANSWER) == reveal
    )
    welcome = Welcome(b"welcome", 7, b"h" * 32)
    made = mailbox.encode_welcome(welcome, ANSWER, os.urandom)
    assert mailbox.decode_welcome(made, ANSWER) == welcome


def _return(box: bytes = BOX) -> Return:
    unsigned = Return(KEY.public, b"new key package", ANSWER, b"", 5)
    return mailbox.sign_return(unsigned, box, SIGN)


def test_a_return_is_read_by_every_host_and_by_nobody_else() -> None:
    hosts = [SealingKey.generate(os.urandom) for _ in range(3)]
    made = mailbox.encode_return(_return(), BOX, [h.public for h in hosts])
    for host in hosts:
        assert mailbox.decode_return(made, BOX, host) == _return()
    with pytest.raises(MailboxError):
        mailbox.decode_return(made, BOX, INVITER)
    with pytest.raises(MailboxError):
        mailbox.decode_return(made, OTHER_BOX, hosts[0])


def test_a_return_signed_for_another_mailbox_is_refused() -> None:
    made = mailbox.encode_return(_return(OTHER_BOX), BOX, [INVITER.public])
    with pytest.raises(MailboxError):
        mailbox.decode_return(made, BOX, INVITER)


def test_an_offer_moved_to_another_mailbox_is_refused() -> None:
    with pytest.raises(MailboxError):
        mailbox.decode_offer(OFFERED, OTHER_BOX)


def test_a_knock_is_for_its_inviter_its_mailbox_and_its_offer() -> None:
    with pytest.raises(MailboxError):
        opened(KNOCKED, key=SealingKey.generate(os.urandom))
    with pytest.raises(MailboxError):
        opened(KNOCKED, box=OTHER_BOX)
    with pytest.raises(MailboxError):
        opened(KNOCKED, offer=OFFERED + b"\0")


def test_a_knock_signed_by_another_key_than_its_key_packages_is_refused() -> None:
    other = mls.SignatureKey.generate(mls.cipher_suite(1), os.urandom)
    with pytest.raises(MailboxError):
        mailbox.decode_knock(KNOCKED, OFFERED, BOX, INVITER, lambda _: other.public)


def test_who_reads_the_mailbox_reads_no_knock() -> None:
    """Whoever saw the link has the mailbox's key; the knock is sealed once more."""
    for word in (b"it is me", b"key package", ANSWER):
        assert word not in KNOCKED


@given(st.sampled_from([OFFERED, KNOCKED]), st.data())
def test_a_changed_byte_is_refused(entry: bytes, data: st.DataObject) -> None:
    raw = bytearray(entry)
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(MailboxError):
        mailbox.decode_offer(bytes(raw), BOX)
    with pytest.raises(MailboxError):
        opened(bytes(raw))


SHAPES = st.recursive(
    st.none() | st.integers(0, 9) | st.binary(max_size=40) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=15,
)


@given(st.binary(max_size=200) | st.tuples(st.just(1), st.integers(1, 6), SHAPES).map(
    lambda t: cbor.dumps(list(t))))  # fmt: skip
def test_no_bytes_break_any_decoder(data: bytes) -> None:
    for decode in (
        mailbox.kind_of,
        lambda d: mailbox.decode_offer(d, BOX),
        opened,
        lambda d: mailbox.decode_reveal(d, ANSWER),
        lambda d: mailbox.decode_welcome(d, ANSWER),
        lambda d: mailbox.decode_return(d, BOX, INVITER),
    ):
        try:
            decode(data)
        except MailboxError as error:
            assert len(str(error)) < 60


@given(SHAPES)
def test_a_host_who_signs_nonsense_is_refused(body: object) -> None:
    raw = cbor.dumps(body)
    signed = cbor.dumps([1, mailbox.OFFER, raw, SIGN(b"haven offer 1" + BOX + raw)])
    with pytest.raises(MailboxError):
        mailbox.decode_offer(signed, BOX)


@given(SHAPES)
def test_who_seals_nonsense_to_the_inviter_is_refused(body: object) -> None:
    from havenclient.crypto import sealing

    info = b"haven mailbox 1" + bytes([mailbox.KNOCK]) + BOX
    sealed = sealing.seal(INVITER.public, cbor.dumps(body), info)
    with pytest.raises(MailboxError):
        opened(cbor.dumps([1, mailbox.KNOCK, sealed]))


@pytest.mark.parametrize("card", [
    replace(CARD, name=""), replace(CARD, name="\x1b[31m"), replace(CARD, members=65),
    replace(CARD, hosts=("x",) * 9), replace(CARD, hosts=("\u202e",)),
    replace(CARD, theme="x" * 201),
    replace(CARD, agreement=Agreement(0, "")), replace(CARD, agreement=Agreement(1, "x" * 8193)),
    replace(CARD, relay_note="x" * 501), replace(CARD, retention_days=0),
])  # fmt: skip
def test_a_card_out_of_bounds_is_refused(card: Card) -> None:
    made = mailbox.encode_offer(replace(OFFER, card=card), BOX, SIGN)
    with pytest.raises(MailboxError):
        mailbox.decode_offer(made, BOX)


# --- safety words ---------------------------------------------------------------------------------

NONCES = st.binary(min_size=32, max_size=32)


@given(NONCES, NONCES, st.binary(max_size=40))
def test_words_follow_from_both_numbers_and_from_what_is_checked(
    one: bytes, other: bytes, context: bytes
) -> None:
    made = safety.words_for(one, other, context)
    assert made == safety.words_for(one, other, context)
    assert len(made.words) == 5
    assert made.words != safety.words_for(one, other, context + b"\0").words
    assert [len(part) for part in made.digits.split()] == [4, 4, 4]


@given(NONCES, NONCES, st.binary(max_size=40))
def test_a_commitment_opens_to_one_number_in_one_place(
    one: bytes, other: bytes, context: bytes
) -> None:
    committed = safety.commitment(one, context)
    assert safety.opens(committed, one, context)
    assert not safety.opens(committed, one, context + b"\0")
    assert safety.opens(committed, other, context) == (one == other)


@given(NONCES, NONCES)
def test_both_members_check_the_same_pair(one: bytes, other: bytes) -> None:
    assert safety.pair_context(b"c", one, other) == safety.pair_context(b"c", other, one)
