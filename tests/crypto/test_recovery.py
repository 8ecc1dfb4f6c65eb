"""The recovery code survives handwriting: slips are found, and found in the right group."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havenclient.crypto import recovery
from havenclient.crypto.recovery import RecoveryCodeTypo

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
secrets = st.binary(min_size=20, max_size=20)


@given(secrets)
def test_what_is_shown_can_be_read(secret: bytes) -> None:
    code = recovery.show(secret)
    assert recovery.read(code) == secret
    assert [len(group) for group in code.split("-")] == [5] * 8
    assert set(code) <= set(ALPHABET + "-")


def test_the_code_of_a_secret_is_part_of_the_format() -> None:
    assert recovery.show(bytes(range(20))) == "000G0-40R47-0M30J-E209D-185GT-R38E6-1W81Q-24GK4"


@given(secrets)
def test_handwriting_is_forgiven(secret: bytes) -> None:
    code = recovery.show(secret)
    sloppy = code.lower().replace("0", "o").replace("1", "l").replace("-", "  ")
    assert recovery.read(f"\t{sloppy}\n") == secret
    assert recovery.read(code.replace("1", "I").replace("0", "O").replace("-", "")) == secret


@given(secrets, st.integers(0, 39), st.integers(1, 31))
def test_every_wrong_letter_is_found_in_its_group(secret: bytes, at: int, shift: int) -> None:
    letters = list(recovery.show(secret).replace("-", ""))
    letters[at] = ALPHABET[(ALPHABET.index(letters[at]) + shift) % 32]
    with pytest.raises(RecoveryCodeTypo) as refused:
        recovery.read("".join(letters))
    assert refused.value.group == at // 5 + 1
    assert f"group {at // 5 + 1}" in refused.value.message


@given(secrets, st.integers(0, 38))
def test_two_letters_that_changed_places_are_found(secret: bytes, at: int) -> None:
    letters = list(recovery.show(secret).replace("-", ""))
    if at % 5 == 4 or letters[at] == letters[at + 1]:
        return
    letters[at], letters[at + 1] = letters[at + 1], letters[at]
    with pytest.raises(RecoveryCodeTypo):
        recovery.read("".join(letters))


@given(secrets, st.integers(0, 7), st.integers(0, 7))
def test_groups_that_changed_places_are_found(secret: bytes, one: int, other: int) -> None:
    groups = recovery.show(secret).split("-")
    if groups[one] == groups[other]:
        return
    groups[one], groups[other] = groups[other], groups[one]
    with pytest.raises(RecoveryCodeTypo):
        recovery.read("-".join(groups))


@pytest.mark.parametrize("code", ["", "ABC", "0" * 39, "0" * 41, "🌊" * 40])
def test_what_is_no_code_is_refused_kindly(code: str) -> None:
    with pytest.raises(RecoveryCodeTypo) as refused:
        recovery.read(code)
    assert code not in refused.value.message or not code


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(RecoveryCodeTypo):
        assert len(recovery.read(text)) == 20
