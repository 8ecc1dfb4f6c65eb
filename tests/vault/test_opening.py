"""Making and opening a vault: each thing that can be wrong has its own sentence."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from havenclient.crypto import recovery
from havenclient.crypto.kdf import KdfParams
from havenclient.crypto.recovery import RecoveryCodeTypo
from havenclient.errors import (
    Damaged,
    NotFound,
    StorageError,
    TooNew,
    UsageError,
    WrongPassphrase,
)
from havenclient.vault import RecoveryCode, Vault, create, exists
from havenclient.vault.header import MAX_SIZE, Header
from havenclient.vault.migrations import Migration
from tests.vault.kit import (
    PASSPHRASE,
    WEAK,
    Place,
    every_file,
    in_child,
    killed_everywhere,
    notes,
    write,
)


def filled(place: Place) -> None:
    with place.create() as vault:
        write(vault, "first words")


def flip(path: Path, at: int) -> None:
    with path.open("r+b") as stream:
        stream.seek(at)
        byte = stream.read(1)[0]
        stream.seek(at)
        stream.write(bytes([byte ^ 1]))


def test_a_passphrase_and_a_recovery_code_open_it(place: Place) -> None:
    assert not exists(place.paths)
    filled(place)
    assert exists(place.paths)
    for way in (PASSPHRASE, RecoveryCode(place.code.lower().replace("-", " "))):
        with place.unlock(way) as vault:
            assert notes(vault) == ["first words"]


def test_a_wrong_passphrase_is_told_from_everything_else(place: Place) -> None:
    filled(place)
    for wrong in ("lantern orchard velvet ", "Lantern orchard velvet", "", "x" * 1024):
        with pytest.raises(WrongPassphrase):
            place.unlock(wrong)
    with pytest.raises(WrongPassphrase):
        place.unlock(RecoveryCode(recovery.show(bytes(20))))
    with pytest.raises(RecoveryCodeTypo):
        place.unlock(RecoveryCode(place.code[:-1] + ("0" if place.code[-1] != "0" else "1")))
    with place.unlock() as vault:
        assert notes(vault) == ["first words"]


def test_no_vault_is_said_as_that(place: Place) -> None:
    with pytest.raises(NotFound, match="no journal"):
        place.unlock()


def test_a_second_vault_in_the_same_folder_is_refused(place: Place) -> None:
    filled(place)
    with pytest.raises(StorageError, match="already"):
        place.create()
    with place.unlock() as vault:
        assert notes(vault) == ["first words"]


def test_weak_stretching_is_refused_for_people(place: Place) -> None:
    weak = KdfParams(memory=64, passes=1, lanes=1)
    with pytest.raises(UsageError, match="too weak"):
        create(place.paths, PASSPHRASE, state_dir=place.state, kdf=weak)
    with pytest.raises(UsageError, match="at least 8"):
        create(place.paths, "short", state_dir=place.state, kdf=WEAK)
    assert not exists(place.paths)


def test_everything_is_private_whatever_the_umask(place: Place) -> None:
    before = os.umask(0)
    try:
        filled(place)
        with place.unlock() as vault:
            vault.snapshots.take()
            write(vault, "more")
            for path in place.root.rglob("*"):
                mode = stat.S_IMODE(path.stat().st_mode)
                if path != place.root:
                    assert mode == (0o700 if path.is_dir() else 0o600), path
    finally:
        os.umask(before)


def test_a_folder_that_others_can_read_is_closed_again(place: Place) -> None:
    filled(place)
    place.paths.root.chmod(0o755)
    place.unlock().close()
    assert stat.S_IMODE(place.paths.root.stat().st_mode) == 0o700


# --- damage ---------------------------------------------------------------------------------------


def test_every_flipped_bit_of_the_header_is_damage_and_the_second_copy_helps(place: Place) -> None:
    filled(place)
    place.unlock().close()
    good = place.paths.header.read_bytes()
    for at in range(0, len(good), 7):
        flip(place.paths.header, at)
        with pytest.raises(Damaged):
            Header.decode(place.paths.header.read_bytes())
        place.paths.header.write_bytes(good)
    flip(place.paths.header, 40)
    with place.unlock() as vault:
        assert notes(vault) == ["first words"]
        assert [n.kind for n in vault.notices][:1] == ["header"]
    assert place.paths.header.read_bytes() == good


@pytest.mark.parametrize(
    "content",
    [b"", b"HAVENVLT", bytes(1258), b"x" * (MAX_SIZE + 1)],
    ids=["empty", "magic only", "zeros", "too large"],
)
def test_a_header_that_is_no_header_is_damage_not_a_wrong_passphrase(
    place: Place, content: bytes
) -> None:
    filled(place)
    place.paths.header.write_bytes(content)
    place.paths.previous.unlink()
    with pytest.raises(Damaged, match="damaged"):
        place.unlock()


def test_a_header_that_is_gone_is_said_as_that(place: Place) -> None:
    filled(place)
    good = place.paths.header.read_bytes()
    place.paths.header.unlink()
    place.unlock().close()
    assert place.paths.header.read_bytes() == good
    place.paths.header.unlink()
    place.paths.previous.unlink()
    with pytest.raises(Damaged, match="missing"):
        place.unlock()
    with pytest.raises(StorageError, match="already"):
        place.create()  # must never build a new vault over a database that lost its header


def test_a_whole_header_never_falls_back_to_the_one_before(place: Place) -> None:
    filled(place)
    with place.unlock() as vault:
        vault.change_passphrase(PASSPHRASE, "another set of words")
    assert place.paths.previous.read_bytes() != place.paths.header.read_bytes()
    with pytest.raises(WrongPassphrase):
        place.unlock(PASSPHRASE)


def test_with_a_damaged_header_the_passphrase_before_is_hinted_at(place: Place) -> None:
    filled(place)
    with place.unlock() as vault:
        vault.change_passphrase(PASSPHRASE, "another set of words")
    flip(place.paths.header, 100)
    with pytest.raises(WrongPassphrase) as refused:
        place.unlock("another set of words")
    assert any("the one before" in hint for hint in refused.value.hints)
    with place.unlock(PASSPHRASE) as vault:
        assert {n.kind for n in vault.notices} >= {"header", "rollback"}


def test_a_missing_database_is_said_as_that(place: Place) -> None:
    filled(place)
    place.paths.database.unlink()
    with pytest.raises(Damaged, match="missing"):
        place.unlock()


def test_a_database_of_another_vault_is_damage_not_a_wrong_passphrase(place: Place) -> None:
    filled(place)
    other = Place(place.root / "other")
    filled(other)
    place.paths.database.write_bytes(other.paths.database.read_bytes())
    with pytest.raises(Damaged, match="database is damaged"):
        place.unlock()


# --- hands ----------------------------------------------------------------------------------------


def rebuilt(header: Header, **changes: object) -> bytes:
    """What an attacker without the master key can make: everything but a right MAC."""
    return replace(header, **changes).encode()  # type: ignore[arg-type]


def test_a_slot_that_somebody_added_is_refused(place: Place) -> None:
    filled(place)
    header = Header.decode(place.paths.header.read_bytes())
    slots = (b"\0" * len(header.slots[0]), *header.slots[1:])
    for forged in (
        rebuilt(header, slots=slots),
        rebuilt(header, seq=header.seq + 1),
        rebuilt(header, generation=header.generation + 1),
        rebuilt(header, slots=header.slots[::-1]),
    ):
        place.paths.header.write_bytes(forged)
        place.paths.previous.write_bytes(forged)
        with pytest.raises((Damaged, WrongPassphrase)):
            place.unlock()
        # … and nothing was moved or removed on the word of a forged header.
        assert place.paths.database.exists()


def test_weakened_stretching_does_not_open(place: Place) -> None:
    filled(place)
    header = Header.decode(place.paths.header.read_bytes())
    weakened = rebuilt(header, kdf=replace(header.kdf, memory=header.kdf.memory - 8))
    place.paths.header.write_bytes(weakened)
    with pytest.raises(WrongPassphrase):
        place.unlock()


@pytest.mark.parametrize("change", [{"memory": 5 << 20}, {"passes": 65}, {"lanes": 65}])
def test_a_header_that_asks_for_all_memory_is_refused_before_any_is_taken(
    place: Place, change: dict[str, int]
) -> None:
    filled(place)
    header = Header.decode(place.paths.header.read_bytes())
    greedy = rebuilt(header, kdf=replace(header.kdf, **change))  # type: ignore[arg-type]
    with pytest.raises(Damaged, match="more than any Haven"):
        Header.decode(greedy)


def test_only_the_one_canonical_encoding_is_read(place: Place) -> None:
    filled(place)
    data = place.paths.header.read_bytes()
    body = cbor2.loads(data[10:-64])
    assert isinstance(body, dict)
    sloppy = data[:10] + cbor2.dumps(dict(reversed(body.items()))) + data[-64:-32]
    with pytest.raises(Damaged):
        Header.decode(sloppy + blake2b(sloppy, digest_size=32).digest())


@settings(max_examples=300)
@given(
    st.binary(max_size=300)
    | st.recursive(
        st.none() | st.integers() | st.binary(max_size=20) | st.text(max_size=9) | st.floats(),
        lambda inner: (
            st.lists(inner, max_size=9)
            | st.dictionaries(
                st.sampled_from(
                    ["id", "seq", "created", "generation", "kdf", "slots", "directory"]
                ),
                inner,
                max_size=7,
            )
        ),
        max_leaves=20,
    ).map(cbor2.dumps)
)
def test_any_body_with_a_right_checksum_is_refused_as_damage(body: bytes) -> None:
    whole = b"HAVENVLT" + (1).to_bytes(2, "big") + body + bytes(32)
    with pytest.raises(Damaged):
        Header.decode(whole + blake2b(whole, digest_size=32).digest())


def test_a_header_of_a_newer_haven_is_too_new_not_damaged(place: Place) -> None:
    filled(place)
    newer = b"HAVENVLT" + (2).to_bytes(2, "big") + b"whatever the future brings" * 4
    place.paths.header.write_bytes(newer + blake2b(newer, digest_size=32).digest())
    with pytest.raises(TooNew, match="newer"):
        place.unlock()


def test_a_schema_of_a_newer_haven_is_too_new_and_untouched(place: Place) -> None:
    filled(place)
    older = place.schema
    place.schema = (*older, Migration(9, "future", "CREATE TABLE future (x TEXT) STRICT;"))
    place.unlock().close()
    before = place.paths.database.read_bytes()
    place.schema = older
    with pytest.raises(TooNew):
        place.unlock()
    assert place.paths.database.read_bytes() == before
    place.schema = (*older, Migration(9, "future", ""))
    with place.unlock() as vault:
        assert notes(vault) == ["first words"]


# --- deaths ---------------------------------------------------------------------------------------


def test_creation_killed_anywhere_leaves_no_vault_or_a_whole_one(place: Place) -> None:
    def fresh() -> None:
        shutil.rmtree(place.paths.root, ignore_errors=True)

    outcomes = set()
    for _ in killed_everywhere(lambda: place.create().close(), fresh):
        outcomes.add(exists(place.paths))
        if exists(place.paths):
            place.unlock().close()
        else:
            place.create().close()
            place.unlock().close()
    assert outcomes == {True, False}


def test_unlocking_killed_anywhere_changes_nothing(place: Place) -> None:
    filled(place)

    def use() -> None:
        with place.unlock() as vault:
            vault.change_passphrase(PASSPHRASE, PASSPHRASE)

    for _ in killed_everywhere(use, lambda: None):
        with place.unlock() as vault:
            assert notes(vault) == ["first words"]


def test_a_wrong_passphrase_leaves_the_folder_as_it_was(place: Place) -> None:
    filled(place)
    before = {p: p.read_bytes() for p in every_file(place.paths.root) if p != place.paths.lock}
    with pytest.raises(WrongPassphrase):
        place.unlock("not the one")
    after = {p: p.read_bytes() for p in every_file(place.paths.root) if p != place.paths.lock}
    assert before == after


def test_a_closed_vault_says_so(place: Place, vault: Vault) -> None:
    vault.close()
    vault.close()
    for use in (
        lambda: vault.subkey("db"),
        vault.slots,
        lambda: notes(vault),
        vault.new_recovery_code,
        vault.checkpoint_seen,
    ):
        with pytest.raises(StorageError, match="closed"):
            use()


def test_a_child_that_dies_releases_the_vault(place: Place) -> None:
    filled(place)

    def die() -> None:
        place.unlock()
        os._exit(3)

    assert in_child(die) == 3
    place.unlock().close()
