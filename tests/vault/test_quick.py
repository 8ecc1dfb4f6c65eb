"""Quick notes: written without a passphrase, read only with one, in order, exactly once."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from havenclient.errors import Damaged, InputRejected, NotFound
from havenclient.seams import SystemRandom
from havenclient.vault import Vault, quick
from tests.vault.kit import Place, every_file


def seal(place: Place, text: bytes) -> str:
    path = quick.seal(place.paths, text, clock=place.clock, random=SystemRandom())
    place.clock.go(seconds=1)
    return path.name


def test_notes_come_in_the_order_they_were_written(place: Place) -> None:
    place.create().close()
    texts = [f"note {i}".encode() for i in range(12)]
    began = place.clock.now()
    names = [seal(place, text) for text in texts]
    with place.unlock() as vault:
        found = quick.pending(vault)
        assert [item.payload for item in found] == texts
        assert [item.name for item in found] == names
        assert found[0].sealed_at == began
        quick.discard(vault, names[0])
        assert [item.payload for item in quick.pending(vault)] == texts[1:]
        quick.discard(vault, names[0])  # twice is harmless


def test_they_can_be_written_while_the_journal_is_open_or_locked(place: Place) -> None:
    with place.create() as vault:
        seal(place, b"while open")
        assert [i.payload for i in quick.pending(vault)] == [b"while open"]
    seal(place, b"while locked")
    with place.unlock() as vault:
        assert len(quick.pending(vault)) == 2


def test_without_a_vault_there_is_nothing_to_write_to(place: Place) -> None:
    with pytest.raises(NotFound, match="no journal"):
        seal(place, b"words")
    assert not list(every_file(place.root))


@pytest.mark.parametrize("text", [b"", b"\0\0\x80", b"x" * quick.MAX_NOTE, "東京 🌊\n".encode()])
def test_any_text_comes_back(place: Place, vault: Vault, text: bytes) -> None:
    seal(place, text)
    assert [item.payload for item in quick.pending(vault)] == [text]


def test_a_note_that_is_too_long_is_refused(place: Place, vault: Vault) -> None:
    with pytest.raises(InputRejected):
        seal(place, b"x" * (quick.MAX_NOTE + 1))


def test_length_shows_only_in_steps(place: Place, vault: Vault) -> None:
    sizes = set()
    for length in range(0, 200, 20):
        name = seal(place, b"x" * length)
        sizes.add((place.paths.inbox / name).stat().st_size)
    assert len(sizes) == 1


def test_neither_words_nor_a_private_key_are_in_any_file(place: Place) -> None:
    with place.create() as vault:
        (private,) = vault.db.one("SELECT private FROM vault_quick_key") or (b"",)
    seal(place, b"zanzibar " * 20)
    for path in every_file(place.root):
        data = path.read_bytes()
        assert b"zanzibar" not in data
        assert private not in data


def test_a_public_key_that_somebody_replaced_is_noticed_and_put_right(place: Place) -> None:
    place.create().close()
    other = Place(place.root / "other")
    other.create().close()
    genuine = place.paths.quick_key.read_bytes()
    place.paths.quick_key.write_bytes(other.paths.quick_key.read_bytes())
    stolen = seal(place, b"read by somebody else")
    with place.unlock() as vault:
        assert "quick-key" in [n.kind for n in vault.notices]
        assert quick.pending(vault) == []
        assert quick.unreadable(vault) == [stolen]
    assert place.paths.quick_key.read_bytes() == genuine
    with place.unlock() as vault:
        assert "quick-key" not in [n.kind for n in vault.notices]


@pytest.mark.parametrize("content", [b"", b"x" * 56, b"HAVENQK1" + bytes(48), bytes(1000)])
def test_a_damaged_public_key_is_refused_and_repaired_at_unlock(
    place: Place, content: bytes
) -> None:
    place.create().close()
    place.paths.quick_key.write_bytes(content)
    with pytest.raises(Damaged):
        seal(place, b"words")
    with place.unlock() as vault:
        assert "quick-key" not in [n.kind for n in vault.notices]
        seal(place, b"words")
        assert len(quick.pending(vault)) == 1


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400), st.booleans())
def test_hostile_files_in_the_inbox_harm_nobody(
    place: Place, vault: Vault, junk: bytes, dressed: bool
) -> None:
    from nacl.bindings import crypto_box_seal

    public = quick.read_public(place.paths)
    if dressed:
        # What anybody can make: rightly sealed to the public key, but not what Haven writes.
        junk = quick.NOTE_MAGIC + quick._key_id(public) + crypto_box_seal(junk + b"\x80", public)
    path = place.paths.inbox / f"{1:016x}-{2:016x}.quick"
    path.write_bytes(junk)
    assert quick.pending(vault) == []
    assert quick.unreadable(vault) == [path.name]
    path.unlink()


def test_links_folders_giants_and_strange_names_are_left_alone(place: Place, vault: Vault) -> None:
    inbox = place.paths.inbox
    (inbox / f"{1:016x}-{1:016x}.quick").symlink_to("/dev/zero")
    (inbox / f"{2:016x}-{2:016x}.quick").mkdir()
    (inbox / f"{3:016x}-{3:016x}.quick").write_bytes(bytes(quick.MAX_NOTE + 10_000))
    (inbox / "hello.txt").write_bytes(b"x")
    seal(place, b"words")
    assert [item.payload for item in quick.pending(vault)] == [b"words"]
    assert len(quick.unreadable(vault)) == 4
    for name in ("../vault.haven", "hello.txt", "/etc/passwd", ""):
        with pytest.raises(InputRejected):
            quick.discard(vault, name)
    assert place.paths.header.exists()
