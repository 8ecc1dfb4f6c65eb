"""Key stretching: the floor holds, the bounds hold, the same words always give the same key."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from havenclient.crypto import kdf
from havenclient.crypto.kdf import KdfParams
from havenclient.errors import UsageError
from havenclient.seams import SystemRandom

SALT = bytes(range(16))
WEAK = replace(KdfParams.weak_for_tests(), salt=SALT)


class StepClock:
    """Every reading is `seconds` later than the one before."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.at = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        self.at += self.seconds
        return self.at


def test_the_key_of_a_passphrase_is_part_of_the_format() -> None:
    # A change of these values locks everybody out of their journal.
    assert kdf.passphrase_kek("lantern orchard", WEAK).hex() == (
        "6674ac8ea3b4dd98c9b5f4a16910f0bb03af5ca58df7009a82cc678bcf71a655"
    )
    assert (
        kdf.recovery_kek(bytes(20)).hex()
        == "50a28a0d373d259322693829c924a684d3f1aec7803c4f5775101935b94abfd7"
    )
    assert (
        kdf.keyring_kek(bytes(32)).hex()
        == "dc029866e2b116091ad0593b04d46f62c3ce13d9812e4abd287b29256e4aa1de"
    )


def test_one_passphrase_typed_on_two_keyboards_is_one_passphrase() -> None:
    composed, decomposed = "caf\u00e9 M\u00fcsli", "cafe\u0301 Mu\u0308sli"
    assert composed != decomposed
    assert kdf.passphrase_kek(composed, WEAK) == kdf.passphrase_kek(decomposed, WEAK)
    assert kdf.passphrase_kek(composed, WEAK) != kdf.passphrase_kek("cafe Musli", WEAK)


def test_labels_keep_keys_apart() -> None:
    secret = bytes(32)
    assert len({kdf.recovery_kek(secret), kdf.keyring_kek(secret), kdf.hkdf(secret, "x")}) == 3


def test_new_vaults_never_get_less_than_the_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kdf, "stretch", lambda *_: b"")
    slow = kdf.calibrate(StepClock(30.0), SystemRandom(), available=16 * kdf.KIB_PER_GIB)
    poor = kdf.calibrate(StepClock(0.001), SystemRandom(), available=100 * kdf.KIB_PER_MIB)
    for params in (slow, poor):
        assert (params.memory, params.passes, params.lanes) == (64 * 1024, 3, 4)


def test_a_fast_computer_gets_more_but_a_quarter_of_its_memory_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kdf, "stretch", lambda *_: b"")
    fast = StepClock(0.001)
    assert kdf.calibrate(fast, SystemRandom(), available=64 * kdf.KIB_PER_GIB).memory == (
        kdf.KIB_PER_GIB
    )
    assert kdf.calibrate(fast, SystemRandom(), available=2 * kdf.KIB_PER_GIB).memory == (
        512 * kdf.KIB_PER_MIB
    )


def test_calibration_stops_at_one_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kdf, "stretch", lambda *_: b"")
    params = kdf.calibrate(StepClock(1.0), SystemRandom(), available=64 * kdf.KIB_PER_GIB)
    assert params.memory == kdf.FLOOR_MEMORY


@pytest.mark.parametrize(
    "params",
    [
        KdfParams(memory=kdf.MAX_MEMORY + 1, salt=SALT),
        KdfParams(passes=kdf.MAX_PASSES + 1, salt=SALT),
        KdfParams(passes=0, salt=SALT),
        KdfParams(lanes=0, salt=SALT),
        KdfParams(lanes=65, salt=SALT),
        KdfParams(memory=8, lanes=4, salt=SALT),
        KdfParams(salt=b"short"),
    ],
)
def test_parameters_that_would_exhaust_the_computer_are_refused(params: KdfParams) -> None:
    assert not params.acceptable()


def test_weak_parameters_are_written_for_tests_only() -> None:
    with pytest.raises(UsageError, match="too weak"):
        KdfParams(memory=19 * 1024 - 1, passes=2, lanes=1).require_writable()
    KdfParams(memory=19 * 1024, passes=2, lanes=1).require_writable()
    WEAK.require_writable()


def test_short_and_endless_passphrases_are_refused() -> None:
    with pytest.raises(UsageError, match="at least 8"):
        kdf.require_length("seven77")
    kdf.require_length("eight888")
    with pytest.raises(UsageError, match="at most 1024"):
        kdf.normalise("x" * 1025)


def test_parameters_show_no_secret_and_slots_show_no_key() -> None:
    from havenclient.crypto.slots import OpenedSlot

    assert "170" not in repr(OpenedSlot(bytearray(b"\xaa" * 32), b"u"))


def test_hkdf_is_that_of_rfc_5869() -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    for salt in (None, b"", b"s" * 16, b"long" * 40):
        general = HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=b"haven/label/1")
        assert kdf.hkdf(b"secret" * 9, "haven/label/1", salt=salt) == general.derive(b"secret" * 9)
