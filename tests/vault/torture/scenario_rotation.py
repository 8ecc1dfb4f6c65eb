"""Rotation and changes of the passphrase, one after the other."""

from __future__ import annotations

import io
from pathlib import Path

from havenclient.errors import WrongPassphrase
from havenclient.vault import RecoveryCode, Vault, quick
from havenclient.vault.header import Header
from tests.vault.kit import PASSPHRASE, Place, notes, write
from tests.vault.torture.registry import Ack, Scenario, register

OTHER = "harvest marsh ravioli"


def opened(root: Path) -> Vault:
    """With whichever of the two passphrases is right: exactly one must be."""
    place = Place(root)
    try:
        return place.unlock(PASSPHRASE)
    except WrongPassphrase:
        return place.unlock(OTHER)


def prepare(root: Path) -> None:
    place = Place(root)
    with place.create() as vault:
        write(vault, "first words")
        vault.blobs.put(io.BytesIO(b"picture" * 20_000))


def present(vault: Vault) -> str:
    try:
        vault.require_passphrase(PASSPHRASE)
    except WrongPassphrase:
        return OTHER
    return PASSPHRASE


def work(root: Path, ack: Ack) -> None:
    with opened(root) as vault:
        passphrase = present(vault)
        for number in range(1000):
            write(vault, f"note {number}")
            ack(f"note note {number}")
            following = OTHER if passphrase == PASSPHRASE else PASSPHRASE
            if number % 2:
                vault.change_passphrase(passphrase, following)
            else:
                code = vault.rotate(passphrase, new=following)
                ack(f"code {vault.header.generation} {code}")
            passphrase = following


def verify(root: Path, acked: list[str]) -> None:
    place = Place(root)
    generation = Header.decode(place.paths.header.read_bytes()).generation
    with opened(root) as vault:
        kept = notes(vault)
        assert kept[0] == "first words"
        promised = sum(line.startswith("note ") for line in acked)
        assert len(kept) >= 1 + promised
        assert vault.db.quick_check()
        (blob,) = vault.blobs.ids()
        assert vault.blobs.open(blob).read() == b"picture" * 20_000
        assert vault.blobs.missing() == []
        assert quick.pending(vault) == []
        assert not list(place.paths.root.glob("*rotated*"))
    codes = [line.split() for line in acked if line.startswith("code")]
    if codes and int(codes[-1][1]) == generation:
        place.unlock(RecoveryCode(codes[-1][2])).close()


register(Scenario("rotation", prepare, work, verify, seconds=1.0))
