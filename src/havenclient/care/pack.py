"""The library as one pack: what came with the program, or a newer one that was installed.

Theory of operation. A pack is one file: a line that says what it is, a signature, a manifest of one
line, and the texts that the manifest names, one after the other. The manifest holds the version (a
whole number that only grows), the date, the day by which somebody should look through it again, the
signing key and a SHA-256 of every text; the signature (Ed25519) covers the manifest and so all of
it. It is a whole: no part is fetched or replaced alone, so nobody learns a country from an update.

This module reads and writes that form and decides which texts this process shows. Whether a key is
to be trusted and a content fit is asked when a pack is installed (`renewal`), for both take time
and a person. Afterwards the hashes are looked at whenever it is opened: a pack that lost a byte is
put aside and the program's own library shows instead, because F2 must never be empty.

Never here: a network, or a text that the program's own library has and a pack leaves out.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from havenclient.errors import SafetyRefusal

MAGIC = b"haven care pack 1"
NAMES = ("exercises.toml", "helplines.json", "pages.toml")
"""What a pack holds, all of it. Questionnaires and words said at set moments go with the program:
scoring and screens are made for them."""
MAX_PACK = 4_000_000
MAX_VERSION = 1_000_000_000
FILE_NAME = "library.pack"
_SIGNED = b"haven care pack 1 manifest\n"
DAMAGED = "this pack is not whole, or was changed after it was signed"


@dataclass(frozen=True, slots=True)
class Manifest:
    version: int
    day: date
    """When it was made."""
    review_by: date
    """The day by which somebody should have looked through it again."""
    key: bytes
    """The signer's Ed25519 key; empty for the library that came with the program."""
    hashes: tuple[tuple[str, int, str], ...]
    """(name, bytes, SHA-256 in hexadecimal), in the order of `NAMES`."""

    def line(self) -> bytes:
        """The one line that is signed; the same values always give the same bytes."""
        whole = {
            "version": self.version,
            "date": self.day.isoformat(),
            "review_by": self.review_by.isoformat(),
            "key": self.key.hex(),
            "files": [list(one) for one in self.hashes],
        }
        return json.dumps(whole, separators=(",", ":"), ensure_ascii=True).encode()

    @property
    def to_sign(self) -> bytes:
        return _SIGNED + self.line()

    def age(self, today: date) -> str:
        """What to say about its age once its day has passed; "" before."""
        if today <= self.review_by:
            return ""
        return (
            f"This library is of {_day(self.day)}; "
            f"it should have been looked through again by {_day(self.review_by)}."
        )


@dataclass(frozen=True, slots=True)
class Pack:
    manifest: Manifest
    signature: bytes
    texts: tuple[tuple[str, str], ...]
    """(name, text), hashes looked at."""

    def written(self) -> bytes:
        head = (MAGIC, base64.b64encode(self.signature), self.manifest.line())
        return b"\n".join((*head, b"")) + b"".join(text.encode() for _, text in self.texts)


@dataclass(frozen=True, slots=True)
class Shelf:
    """The texts that are shown. Equal shelves show the same; caches are kept by shelf."""

    manifest: Manifest
    texts: tuple[tuple[str, str], ...] = ()
    trouble: str = ""
    """Why an installed pack is not shown."""

    def text(self, name: str) -> str:
        return dict(self.texts).get(name) or own_text(name)


# --- the form -------------------------------------------------------------------------------------


def hashed(texts: tuple[tuple[str, str], ...]) -> tuple[tuple[str, int, str], ...]:
    raw = ((name, text.encode()) for name, text in texts)
    return tuple((name, len(data), hashlib.sha256(data).hexdigest()) for name, data in raw)


def read(raw: bytes) -> Pack:
    """A pack's parts, every hash compared. Its signature and content are not judged here.

    SafetyRefusal for whatever is not a whole pack.
    """
    parts = raw.split(b"\n", 3) if len(raw) <= MAX_PACK else []
    if len(parts) != 4 or parts[0] != MAGIC:
        raise SafetyRefusal("this file is not a pack of Haven's library")
    _, sealed, line, rest = parts
    try:
        signature = base64.b64decode(sealed, validate=True)
        manifest = manifest_of(json.loads(line))
        if manifest.line() != line or sum(size for _, size, _ in manifest.hashes) != len(rest):
            raise ValueError("another form")
        texts = []
        for name, size, _ in manifest.hashes:
            texts.append((name, rest[:size].decode()))
            rest = rest[size:]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SafetyRefusal(DAMAGED) from error
    found = Pack(manifest, signature, tuple(texts))
    if hashed(found.texts) != manifest.hashes:
        raise SafetyRefusal(DAMAGED)
    return found


def manifest_of(whole: Any) -> Manifest:
    """ValueError, KeyError or TypeError for anything but a manifest."""
    hashes = tuple((str(name), int(size), str(digest)) for name, size, digest in whole["files"])
    made = Manifest(
        whole["version"],
        date.fromisoformat(whole["date"]),
        date.fromisoformat(whole["review_by"]),
        bytes.fromhex(whole["key"]),
        hashes,
    )
    if type(made.version) is not int or not 1 <= made.version <= MAX_VERSION:
        raise ValueError("no version")
    if tuple(name for name, _, _ in hashes) != NAMES or min(size for _, size, _ in hashes) < 1:
        raise ValueError("other files")
    if made.review_by <= made.day:
        raise ValueError("no day to look again")
    return made


# --- which one is shown ---------------------------------------------------------------------------


@cache
def own_text(name: str) -> str:
    """A text that came with the program."""
    return files("havenclient.care").joinpath("data", name).read_text("utf-8")


@cache
def own() -> Shelf:
    """The library that came with the program; `tools/care_pack.py stamp` writes its manifest."""
    return Shelf(manifest_of(json.loads(own_text("pack.json"))))


_shown: list[Shelf] = []
"""The one shelf of this process: which library a person has is a fact of her computer."""


def shelf() -> Shelf:
    return _shown[0] if _shown else own()


def look_in(folder: Path) -> Shelf:
    """Show the pack installed in `folder` from now on, if there is one that is whole and newer."""
    _shown[:] = [_installed(folder)]
    return _shown[0]


def _installed(folder: Path) -> Shelf:
    try:
        with (folder / FILE_NAME).open("rb") as stream:
            found = read(stream.read(MAX_PACK + 1))
    except FileNotFoundError:
        return own()
    except OSError:
        return Shelf(own().manifest, trouble="The installed library could not be read.")
    except SafetyRefusal:
        return Shelf(own().manifest, trouble="The installed library is damaged; it is not shown.")
    if found.manifest.version <= own().manifest.version:
        return own()  # the program was renewed and brought a newer one
    return Shelf(found.manifest, found.texts)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
