"""Invites: three spellings of one secret, and no spelling that breaks anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havenclient.circles.invite import (
    Invite,
    InviteError,
    address_of,
    base_as_said,
    base_of,
    is_link,
    parse,
)
from havenclient.crypto.words import words as word_list
from havenclient.errors import NetworkError
from havenclient.sync.client import RelayClient, Route

SECRETS = st.binary(min_size=16, max_size=16)
RELAY = "https://relay.example.org"


@given(SECRETS)
def test_a_link_carries_the_secret(secret: bytes) -> None:
    made = Invite(RELAY, secret)
    assert parse(made.link()) == made
    assert parse(f"  {made.link().replace('haven:', 'HAVEN:')}\n") == made


@given(SECRETS)
def test_twelve_words_carry_the_secret_but_not_the_relay(secret: bytes) -> None:
    made = Invite(RELAY, secret)
    assert parse(made.words(), relay=RELAY) == made
    assert parse(made.words()).relay is None
    assert parse(made.words().upper().replace(" ", ", "), relay=RELAY + "/") == made


@pytest.mark.parametrize("copied", [
    "Come and join us: {link}",
    "Here it is:\n\n{link}\n\nSee you there, Mara",
    "<{link}>",
    "({link}).",
    "{broken}",
    "{broken}\nSee you there",
    "1 {words}", "{numbered}",
])  # fmt: skip
def test_an_invite_is_found_in_what_was_copied_with_it(copied: str) -> None:
    made = Invite(RELAY, bytes(range(16)))
    link, words = made.link(), made.words()
    numbered = "\n".join(f"{n}. {word}," for n, word in enumerate(words.split(), 1))
    broken = f"{link[:35]}\n{link[35:]}"
    text = copied.format(link=link, words=words, numbered=numbered, broken=broken)
    assert parse(text, relay=RELAY) == made
    assert is_link(text) is ("haven" in text)


@pytest.mark.parametrize(("said", "base"), [
    ("relay.example.org", "https://relay.example.org"),
    (" https://relay.example.org/ ", "https://relay.example.org"),
    ("https://https://relay.example.org", "https://relay.example.org"),
    ("haven://relay.example.org", "https://relay.example.org"),
    ("127.0.0.1:8765", "http://127.0.0.1:8765"),
    ("https://127.0.0.1:8765", "http://127.0.0.1:8765"),
])  # fmt: skip
def test_a_relay_may_be_said_as_people_say_it(said: str, base: str) -> None:
    assert base_as_said(said) == base


@given(SECRETS, st.integers(0, 11), st.integers(0, 2047))
def test_a_misheard_word_is_another_invite_or_refused(secret: bytes, place: int, word: int) -> None:
    made = Invite(RELAY, secret)
    heard = made.words().split()
    if heard[place] == word_list()[word]:
        return
    heard[place] = word_list()[word]
    try:
        assert parse(" ".join(heard)).secret != secret
    except InviteError as error:
        assert str(error) == "these words do not belong together", "one sentence for all of them"


def test_the_checksum_finds_fifteen_of_sixteen_slips() -> None:
    heard = Invite(RELAY, bytes(range(16))).words().split()
    passed = 0
    for word in word_list():
        try:
            parse(" ".join([*heard[:5], word, *heard[6:]]))
            passed += 1
        except InviteError:
            pass
    assert 64 < passed < 200  # 2048 / 16 = 128 expected


@given(SECRETS)
def test_mailbox_token_and_key_follow_from_the_secret_and_not_from_each_other(
    secret: bytes,
) -> None:
    made = Invite(RELAY, secret)
    parts = (made.mailbox_id, made.token, made.key, secret)
    assert len({*parts}) == 4
    assert [len(p) for p in parts] == [16, 32, 32, 16]
    assert made.mailbox_id == Invite(None, secret).mailbox_id


def test_the_derivation_is_the_published_one() -> None:
    """Frozen: another implementation must find the same mailbox (docs/protocol.md)."""
    made = Invite(RELAY, bytes(range(16)))
    assert made.link() == "haven://relay.example.org/#AQABAgMEBQYHCAkKCwwNDg8"
    assert made.mailbox_id.hex() == "a6837b02f11c2ebae44a48a5a9b660ae"
    assert made.token.hex()[:16] == "74f75ae355a46db2"


@given(st.text())
def test_no_text_breaks_parsing(text: str) -> None:
    for whole in (text, "haven:" + text, "haven://" + text, f"haven://relay.example.org/#{text}"):
        try:
            made = parse(whole)
        except InviteError as error:
            assert len(str(error)) < 80, "nothing of what was typed"
        else:
            assert len(made.secret) == 16


HOSTILE_HOSTS = (
    "user@relay.example.org", "user:pass@relay.example.org", "exa\0mple.org", "a b", "[::1",
    "relay.example.org:99999999", "relay.example.org:x", "münchen.example", "a/../b", "a%2fb",
    "-relay", "a?b", "a\\b", "",
)  # fmt: skip


@pytest.mark.parametrize("host", HOSTILE_HOSTS)
def test_hosts_that_could_mean_something_else_are_refused(host: str) -> None:
    with pytest.raises(InviteError):
        parse(f"haven://{host}/#AQABAgMEBQYHCAkKCwwNDg8")


@pytest.mark.parametrize("link", [
    "haven://relay.example.org/",
    "haven://relay.example.org/#",
    "haven://relay.example.org/#AQABAgMEBQYHCAkKCwwNDg",
    "haven://relay.example.org/#AgABAgMEBQYHCAkKCwwNDg8",
    "haven://relay.example.org/path#AQABAgMEBQYHCAkKCwwNDg8",
    "haven://relay.example.org/?q#AQABAgMEBQYHCAkKCwwNDg8",
    "https://relay.example.org/#AQABAgMEBQYHCAkKCwwNDg8",
])  # fmt: skip
def test_a_code_without_its_secret_or_of_another_version_is_refused(link: str) -> None:
    with pytest.raises(InviteError):
        parse(link)


@pytest.mark.parametrize("relay", [
    "http://relay.example.org", "ftp://relay.example.org", "relay.example.org http://a",
    "https://relay.example.org/path", "https://user@relay.example.org", "https://", "https://[",
])  # fmt: skip
def test_words_are_not_carried_to_a_relay_without_encryption(relay: str) -> None:
    with pytest.raises(InviteError):
        parse(Invite(None, bytes(16)).words(), relay=relay)


@pytest.mark.parametrize(("address", "base"), [
    ("relay.example.org", "https://relay.example.org"),
    ("relay.example.org:8443", "https://relay.example.org:8443"),
    ("127.0.0.1:8000", "http://127.0.0.1:8000"),
    ("[::1]:8000", "http://[::1]:8000"),
    ("localhost:8000", "http://localhost:8000"),
    ("abcdef.onion", "http://abcdef.onion"),
    ("127.0.0.1.evil.example", "https://127.0.0.1.evil.example"),
    ("onion.example.org", "https://onion.example.org"),
])  # fmt: skip
def test_plain_http_is_for_this_computer_and_onion_services_only(address: str, base: str) -> None:
    assert base_of(address) == base
    assert address_of(base) == address


@pytest.mark.parametrize("base", ["https://[::1", "https://a\0b", "https://a b", "nothing"])
def test_an_address_that_is_none_is_a_network_error_and_no_crash(base: str) -> None:
    with pytest.raises(NetworkError), RelayClient(Route(base)) as client:
        client.read(bytes(16), bytes(32), after=0)
