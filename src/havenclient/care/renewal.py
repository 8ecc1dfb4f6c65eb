"""A newer library from a file: looked at, confirmed by a person the first time, put in place.

Theory of operation. A pack is refused if it is not whole, not signed by the key that it names, not
newer than what is shown, dated in the future, without something that the shown library has, or if
its content does not pass the build's own check (`gate`). What is left is whose key it is. There is
no release key of the project yet, so the program trusts none by itself: the first time, the person
compares eight words of the key with those that she has from whoever made the pack, by another way
than the file came. From then on that key is kept beside the pack, and another one is refused until
the pack is taken out again. docs/decisions/0070 says what this is worth and what not.

Never here: a network, a country, or a word about who installed what.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from havenclient.care import gate, helplines, library, pack
from havenclient.care.pack import NAMES, Manifest, Pack, Shelf
from havenclient.crypto.words import words
from havenclient.errors import HavenError, SafetyRefusal
from havenclient.paths import replace_file
from havenclient.text import safe_text

RELEASE_KEYS: tuple[bytes, ...] = ()
"""Keys that need no asking. None yet: a key that nobody guards would be worse than none."""
KEY_FILE = "library.key"
SPELLED_WORDS = 8
"""88 bits: nobody makes another key with the same words."""
ZONES = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Looked:
    """A pack that may be installed."""

    pack: Pack
    words: str
    """The signing key, to be compared aloud."""
    known: bool
    """Whether that key needs no asking any more."""

    @property
    def manifest(self) -> Manifest:
        return self.pack.manifest


def spelled(key: bytes) -> str:
    """The key as eight words, for people to compare."""
    number = int.from_bytes(hashlib.sha256(b"haven care pack key\n" + key).digest()[:11])
    every = words()
    return " ".join(every[number >> 11 * at & 2047] for at in reversed(range(SPELLED_WORDS)))


def look(raw: bytes, folder: Path, *, today: date) -> Looked:
    """What this file is. SafetyRefusal, in a sentence, for whatever must not be installed."""
    found = pack.read(raw)
    _verify(found)
    manifest, shown = found.manifest, pack.shelf().manifest
    if manifest.version == shown.version:
        raise SafetyRefusal("this version of the library is here already")
    if manifest.version < shown.version:
        raise SafetyRefusal(
            f"this pack is older (version {manifest.version}) than the library here "
            f"(version {shown.version})"
        )
    # A pack made on the other side of the date line is not from the future.
    if manifest.day > today + ZONES:
        raise SafetyRefusal("this pack is dated in the future")
    pinned = kept_key(folder)
    if pinned and manifest.key != pinned and manifest.key not in RELEASE_KEYS:
        raise SafetyRefusal(
            "this pack is signed by another key than the last one",
            f"the key so far: {spelled(pinned)}",
            "`haven care pack remove` goes back to the program's own library first",
        )
    _fit(found, today + ZONES)
    known = manifest.key in (pinned, *RELEASE_KEYS)
    return Looked(found, spelled(manifest.key), known)


def install(looked: Looked, folder: Path, said: str = "") -> Shelf:
    """Put it in place. `said`: the key's words as the person has them, where it is not known."""
    if not looked.known and said.split() != looked.words.split():
        raise SafetyRefusal("the words of the key are others; nothing was installed")
    try:
        # The key first: a pack without its key could be followed by one of anybody's.
        replace_file(folder / KEY_FILE, looked.manifest.key)
        replace_file(folder / pack.FILE_NAME, looked.pack.written())
    except OSError as error:
        raise HavenError(f"the library could not be written: {error.strerror}") from None
    return pack.look_in(folder)


def remove(folder: Path) -> Shelf:
    """Back to the program's own library; the next pack's key is asked about again."""
    try:
        for name in (pack.FILE_NAME, KEY_FILE):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise HavenError(f"the library could not be removed: {error.strerror}") from None
    return pack.look_in(folder)


def kept_key(folder: Path) -> bytes:
    """The key that was confirmed here; empty if none was."""
    try:
        return (folder / KEY_FILE).read_bytes()[:32]
    except OSError:
        return b""


def signed(texts: dict[str, str], private_key: bytes, *, version: int, day: date) -> Pack:
    """A new pack (developer's side). `private_key`: 32 bytes. To be looked through in a year."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(private_key)
    ordered = tuple((name, texts[name]) for name in NAMES)
    public = key.public_key().public_bytes_raw()
    review = day + timedelta(days=365)
    manifest = Manifest(version, day, review, public, pack.hashed(ordered))
    return Pack(manifest, key.sign(manifest.to_sign), ordered)


def _verify(found: Pack) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if not found.signature:
        raise SafetyRefusal("this pack is not signed")
    try:
        key = Ed25519PublicKey.from_public_bytes(found.manifest.key)
        key.verify(found.signature, found.manifest.to_sign)
    except (InvalidSignature, ValueError) as error:
        raise SafetyRefusal(pack.DAMAGED) from error


def _fit(found: Pack, today: date) -> None:
    """Whether its content can be shown: it passes the build's check, all of it can be read, nothing
    that the program calls by name is missing, and no character acts on a terminal."""
    texts = dict(found.texts)
    for name, text in texts.items():
        if safe_text(text, limit=len(text)) != text:
            raise SafetyRefusal(f"{name} in this pack holds characters that act on the screen")
    try:
        wrong = gate.problems(texts, today)
        missing = _names(pack.own()) - _names(Shelf(found.manifest, found.texts))
    except (ValueError, KeyError, TypeError, AttributeError, AssertionError) as error:
        raise SafetyRefusal("this pack holds something that Haven cannot read") from error
    if wrong:
        more = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise SafetyRefusal(f"the content of this pack is not fit to show: {wrong[0]}{more}")
    if missing:
        raise SafetyRefusal(f"this pack lacks what Haven needs: {min(missing)}")


def _names(shelf: Shelf) -> set[str]:
    """Everything in it, read as the screens would; lines and countries may go, pages may not."""
    helplines.read_all(shelf)
    pages = {one.id for one in library.pages(shelf)}
    return pages | {one.id for one in library.exercises(shelf)}
