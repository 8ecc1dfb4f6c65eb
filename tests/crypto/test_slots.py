"""Key slots: the right key opens, everything else doesn't, and a slot tells nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havenclient.crypto import slots
from havenclient.seams import SystemRandom

KEK, VMK, UUID, AD = b"k" * 32, b"v" * 32, b"u" * 16, b"where it belongs"


def sealed() -> bytes:
    return slots.seal_slot(KEK, VMK, UUID, ad=AD, random=SystemRandom())


def test_the_right_key_opens() -> None:
    opened = slots.open_slot(KEK, sealed(), ad=AD)
    assert opened is not None
    assert (bytes(opened.vmk), opened.uuid) == (VMK, UUID)


def test_another_key_or_another_place_does_not() -> None:
    slot = sealed()
    assert slots.open_slot(b"x" * 32, slot, ad=AD) is None
    assert slots.open_slot(KEK, slot, ad=b"another place") is None


@given(st.integers(0, slots.SLOT_SIZE * 8 - 1))
def test_no_bit_can_be_changed(bit: int) -> None:
    slot = bytearray(sealed())
    slot[bit // 8] ^= 1 << bit % 8
    assert slots.open_slot(KEK, bytes(slot), ad=AD) is None


def test_used_and_unused_slots_have_one_size_and_no_fixed_byte() -> None:
    used = [sealed() for _ in range(64)]
    unused = [slots.unused_slot(SystemRandom()) for _ in range(64)]
    assert {len(s) for s in used + unused} == {slots.SLOT_SIZE}
    for group in (used, unused):
        # 64 equal bytes in one column would happen by chance once in 2^504.
        assert all(len({s[i] for s in group}) > 1 for i in range(slots.SLOT_SIZE))


def test_an_unused_slot_opens_for_nobody() -> None:
    assert slots.open_slot(KEK, slots.unused_slot(SystemRandom()), ad=AD) is None
    assert slots.unseal(KEK, b"short", ad=AD) is None


def test_a_sealed_box_that_is_no_slot_is_no_slot() -> None:
    other = slots.seal(KEK, VMK + b"another label...." + UUID, ad=AD, random=SystemRandom())
    assert slots.open_slot(KEK, other, ad=AD) is None


def test_parts_of_the_wrong_size_are_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="size"):
        slots.seal_slot(KEK, VMK, b"short", ad=AD, random=SystemRandom())
