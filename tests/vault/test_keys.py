"""Ways in: changed, added, removed, tested; and none of them shows from outside."""

from __future__ import annotations

import sys
import types
from dataclasses import replace
from datetime import timedelta

import pytest

from havenclient.crypto.kdf import KdfParams
from havenclient.crypto.slots import SLOT_COUNT
from havenclient.errors import NotFound, UsageError, WrongPassphrase
from havenclient.vault import (
    KeyringSlot,
    NoKeyring,
    Passphrase,
    RecoveryCode,
    Vault,
)
from havenclient.vault.header import Header
from tests.vault.kit import PASSPHRASE, Place, notes, write

NEW = "harvest marsh ravioli"


def header(place: Place) -> Header:
    return Header.decode(place.paths.header.read_bytes())


def opens(place: Place, way: object) -> bool:
    try:
        place.unlock(way).close()  # type: ignore[arg-type]
    except WrongPassphrase:
        return False
    return True


def test_a_changed_passphrase_opens_and_the_old_one_does_not(place: Place) -> None:
    with place.create() as vault:
        write(vault, "words")
        before = header(place)
        vault.change_passphrase(PASSPHRASE, NEW)
        assert header(place).seq == before.seq + 1
        assert header(place).kdf.salt != before.kdf.salt
        assert header(place).kdf.memory == before.kdf.memory
    assert not opens(place, PASSPHRASE)
    assert opens(place, RecoveryCode(place.code))
    with place.unlock(NEW) as vault:
        assert notes(vault) == ["words"]


def test_a_change_needs_the_present_passphrase_and_a_fair_new_one(
    place: Place, vault: Vault
) -> None:
    with pytest.raises(WrongPassphrase, match="present"):
        vault.change_passphrase("not the one", NEW)
    with pytest.raises(UsageError):
        vault.change_passphrase(PASSPHRASE, "short")
    with pytest.raises(UsageError, match="too weak"):
        vault.change_passphrase(PASSPHRASE, NEW, kdf=KdfParams(memory=64))
    vault.close()
    assert opens(place, PASSPHRASE)


def test_after_the_recovery_code_a_new_passphrase_can_be_set(place: Place) -> None:
    place.create().close()
    with place.unlock(RecoveryCode(place.code)) as vault:
        vault.set_passphrase(NEW)
    assert opens(place, NEW)
    assert not opens(place, PASSPHRASE)


def test_a_removed_way_in_is_gone_from_both_copies_at_the_next_unlock(place: Place) -> None:
    with place.create() as vault:
        old = place.paths.header.read_bytes()
        vault.change_passphrase(PASSPHRASE, NEW)
        # Until somebody came in with the new one, the copy before is kept (a torn disk).
        assert place.paths.previous.read_bytes() == old
    place.unlock(NEW).close()
    assert place.paths.previous.read_bytes() == place.paths.header.read_bytes()


def test_a_new_recovery_code_replaces_the_old_one(place: Place) -> None:
    with place.create() as vault:
        code = vault.new_recovery_code()
        assert vault.check_recovery_code(code)
        assert not vault.check_recovery_code(place.code)
    assert opens(place, RecoveryCode(code))
    assert not opens(place, RecoveryCode(place.code))


def test_the_recovery_code_is_asked_back_until_typed_and_again_after_three_months(
    place: Place,
) -> None:
    def reminded() -> bool:
        with place.unlock() as vault:
            return "recovery" in [n.kind for n in vault.notices]

    with place.create() as vault:
        assert vault.notices == ()
    assert reminded()
    assert reminded()
    with place.unlock() as vault:
        assert vault.check_recovery_code(place.code.lower())
    assert not reminded()
    place.clock.at += timedelta(days=89)
    assert not reminded()
    place.clock.at += timedelta(days=2)
    assert reminded()


def test_slots_are_listed_without_secrets(vault: Vault) -> None:
    found = {slot.kind: slot for slot in vault.slots()}
    assert set(found) == {"passphrase", "recovery"}
    assert found["passphrase"].parameters.startswith("Argon2id, ")
    assert found["recovery"].parameters == ""


def test_only_what_is_not_the_passphrase_can_be_removed(place: Place, vault: Vault) -> None:
    found = {slot.kind: slot.uuid for slot in vault.slots()}
    with pytest.raises(UsageError):
        vault.remove_slot(found["passphrase"])
    with pytest.raises(NotFound):
        vault.remove_slot("00" * 16)
    vault.remove_slot(found["recovery"])
    vault.close()
    assert opens(place, PASSPHRASE)
    assert not opens(place, RecoveryCode(place.code))


def test_the_number_of_ways_in_does_not_show(place: Place, vault: Vault) -> None:
    one = header(place)
    vault.new_recovery_code()
    vault.remove_slot(next(s.uuid for s in vault.slots() if s.kind == "recovery"))
    other = header(place)
    assert len(one.encode()) == len(other.encode())
    for found in (one, other):
        assert len(found.slots) == SLOT_COUNT
        assert len({len(slot) for slot in found.slots}) == 1
        assert len(set(found.slots)) == SLOT_COUNT
    # Slots that were not touched keep their bytes, used or not: two versions tell no more.
    assert sum(a != b for a, b in zip(one.slots, other.slots, strict=True)) <= 2


def test_nothing_secret_shows_in_reprs(vault: Vault) -> None:
    shown = repr([Passphrase(PASSPHRASE), RecoveryCode("AAAAA"), vault, vault.header, vault.db])
    assert PASSPHRASE not in shown
    assert "AAAAA" not in shown
    assert vault.header.slots[0].hex() not in shown


def test_subkeys_differ_by_label_and_stay_the_same(place: Place, vault: Vault) -> None:
    one = vault.subkey("db"), vault.subkey("sync")
    assert one[0] != one[1]
    vault.change_passphrase(PASSPHRASE, NEW)
    vault.close()
    with place.unlock(NEW) as again:
        assert (again.subkey("db"), again.subkey("sync")) == one


# --- keyring --------------------------------------------------------------------------------------


class FakeKeyring:
    """A keyring that keeps what it is given, as the desktop's would."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def set_password(self, service: str, user: str, secret: str) -> None:
        self.kept[service, user] = secret

    def get_password(self, service: str, user: str) -> str | None:
        return self.kept.get((service, user))

    def delete_password(self, service: str, user: str) -> None:
        del self.kept[service, user]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> FakeKeyring:
    import keyring

    backend = FakeKeyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    return backend


def test_the_keyring_opens_only_after_it_was_turned_on(place: Place, ring: FakeKeyring) -> None:
    with place.create() as vault:
        vault.enable_keyring()
        assert PASSPHRASE not in str(ring.kept)
    assert opens(place, KeyringSlot())
    with place.unlock() as vault:
        vault.remove_slot(next(s.uuid for s in vault.slots() if s.kind == "keyring"))
    assert ring.kept == {}
    assert not opens(place, KeyringSlot())


def test_a_keyring_with_another_secret_does_not_open(place: Place, ring: FakeKeyring) -> None:
    with place.create() as vault:
        vault.enable_keyring()
    (slot,) = ring.kept
    for wrong in ("AAAA" * 11, "not base64!", ""):
        ring.kept[slot] = wrong
        assert not opens(place, KeyringSlot())


def test_without_a_trustworthy_keyring_it_is_not_turned_on(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keyring
    from keyring.backends import fail

    plain = type("PlaintextKeyring", (FakeKeyring,), {"__module__": "keyrings.alt.file"})
    for backend in (fail.Keyring(), plain()):  # type: ignore[no-untyped-call]
        monkeypatch.setattr(keyring, "get_keyring", lambda backend=backend: backend)
        with pytest.raises(NoKeyring):
            vault.enable_keyring()
    monkeypatch.setitem(sys.modules, "keyring", types.ModuleType("keyring"))
    monkeypatch.setitem(sys.modules, "keyring.backends", None)
    with pytest.raises(NoKeyring):
        vault.enable_keyring()
    assert {s.kind for s in vault.slots()} == {"passphrase", "recovery"}


def test_the_header_of_another_vault_does_not_take_this_ones_slots(place: Place) -> None:
    place.create().close()
    other = Place(place.root / "other")
    other.create().close()
    mixed = replace(header(other), slots=header(place).slots)
    other.paths.header.write_bytes(mixed.encode())
    assert not opens(other, PASSPHRASE)
