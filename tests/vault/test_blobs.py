"""Attachments: streamed, sealed, never half there, never readable in another's place."""

from __future__ import annotations

import hashlib
import io
import os
import resource
from typing import BinaryIO, cast

import pytest

from havenclient.errors import Damaged, NotFound
from havenclient.vault import BlobInfo, Stopped, Vault
from tests.vault.kit import Place, in_child, killed_everywhere

PICTURE = bytes(range(256)) * 1000


def put(vault: Vault, data: bytes = PICTURE) -> BlobInfo:
    return vault.blobs.put(io.BytesIO(data))


def files(vault: Vault) -> list[str]:
    return sorted(p.name for p in vault.paths.blobs.iterdir())


@pytest.mark.parametrize("data", [b"", b"x", PICTURE, bytes(65536), bytes(65537)])
def test_what_goes_in_comes_out(vault: Vault, data: bytes) -> None:
    info = put(vault, data)
    assert (info.size, info.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert len(info.blob_id) == 32
    assert vault.blobs.open(info.blob_id).read() == data
    assert vault.blobs.info(info.blob_id) == info
    with vault.blobs.open(info.blob_id) as stream:
        assert b"".join(iter(lambda: stream.read(1000), b"")) == data


def test_the_same_file_twice_shows_no_sameness(vault: Vault) -> None:
    one, two = put(vault), put(vault)
    assert one.blob_id != two.blob_id
    a, b = ((vault.paths.blobs / i.blob_id).read_bytes() for i in (one, two))
    assert len(a) == len(b)
    assert a[8:] != b[8:]
    assert PICTURE[:64] not in a


@pytest.mark.parametrize("how", ["flip", "cut", "swap", "empty", "gone", "append"])
def test_damage_is_refused(vault: Vault, how: str) -> None:
    info, other = put(vault), put(vault, PICTURE[::-1])
    path = vault.paths.blobs / info.blob_id
    data = path.read_bytes()
    match how:
        case "flip":
            path.write_bytes(data[:90_000] + bytes([data[90_000] ^ 1]) + data[90_001:])
        case "cut":
            path.write_bytes(data[: 32 + 65553])
        case "swap":
            path.write_bytes((vault.paths.blobs / other.blob_id).read_bytes())
        case "empty":
            path.write_bytes(b"")
        case "append":
            path.write_bytes(data + b"\0")
        case "gone":
            path.unlink()
            assert vault.blobs.missing() == [info.blob_id]
    with pytest.raises(Damaged):
        vault.blobs.open(info.blob_id).read()
    assert vault.blobs.open(other.blob_id).read() == PICTURE[::-1]


def test_a_link_in_place_of_a_blob_is_not_followed(vault: Vault) -> None:
    info = put(vault)
    path = vault.paths.blobs / info.blob_id
    path.rename(path.with_suffix(".moved"))
    path.symlink_to(path.with_suffix(".moved"))
    with pytest.raises((Damaged, OSError, Exception), match="attachment"):
        vault.blobs.open(info.blob_id).read()


def test_a_deleted_one_is_gone_when_the_change_is_on_the_disk_and_not_before(vault: Vault) -> None:
    info = put(vault)
    with pytest.raises(ZeroDivisionError), vault.db.transaction():
        vault.blobs.delete(info.blob_id)
        _ = 1 / 0
    assert vault.blobs.open(info.blob_id).read() == PICTURE
    with vault.db.transaction():
        vault.blobs.delete(info.blob_id)
        assert files(vault) == [info.blob_id]
    assert files(vault) == []
    with pytest.raises(NotFound):
        vault.blobs.open(info.blob_id)


def test_what_an_undone_change_or_a_crash_left_is_swept(place: Place) -> None:
    with place.create() as vault:
        kept = put(vault)
        with pytest.raises(ZeroDivisionError), vault.db.transaction():
            put(vault)
            _ = 1 / 0
        (vault.paths.blobs / ("0" * 32 + ".part")).write_bytes(b"half")
        (vault.paths.blobs / "not ours.txt").write_bytes(b"somebody's")
        assert len(files(vault)) == 4
    with place.unlock() as vault:
        assert files(vault) == sorted([kept.blob_id, "not ours.txt"])
        assert list(vault.blobs.ids()) == [kept.blob_id]


def test_killed_anywhere_no_row_is_without_its_file(place: Place) -> None:
    place.create().close()

    def action() -> None:
        with place.unlock() as vault:
            info = put(vault)
            vault.blobs.delete(info.blob_id)

    for _ in killed_everywhere(action, lambda: None):
        with place.unlock() as vault:
            assert vault.blobs.missing() == []
            assert sorted(vault.blobs.ids()) == files(vault)
            for blob_id in vault.blobs.ids():
                assert vault.blobs.open(blob_id).read() == PICTURE


def test_sealing_can_be_stopped_and_leaves_nothing(vault: Vault) -> None:
    class Stop:
        def step(self, done: int, total: int | None, label: str) -> None:
            if done > 100_000:
                raise Stopped

    with pytest.raises(Stopped):
        vault.blobs.put(io.BytesIO(PICTURE), work=Stop())
    assert files(vault) == []


class Endless(io.RawIOBase):
    """`size` bytes that are never in memory together."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1) -> bytes:
        piece = b"\xa5" * min(self.left, size)
        self.left -= len(piece)
        return piece


def test_a_large_attachment_is_never_wholly_in_memory(place: Place) -> None:
    place.create().close()
    size = 96 * 1024 * 1024

    def action() -> None:
        with place.unlock() as vault:
            used = int(open("/proc/self/statm").read().split()[0]) * 4096  # noqa: PTH123, SIM115
            limit = used + 24 * 1024 * 1024
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
            info = vault.blobs.put(cast(BinaryIO, Endless(size)))
            digest = hashlib.sha256()
            with vault.blobs.open(info.blob_id) as stream:
                while piece := stream.read(1 << 16):
                    digest.update(piece)
            os._exit(7 if digest.hexdigest() == info.sha256 and info.size == size else 8)

    assert in_child(action) == 7
