"""jrnl's encrypted files: v3 (`JRNLv3`), v2 (a bare Fernet token), v1 (AES-CBC, no check).

Format facts, from jrnl's own source: v3 is `JRNLv3`, two bytes of length (big endian), a JSON
header `{"salt": base64url}` of that length (base64 of it since its release, bare JSON just
before), then a Fernet token; v2 is the token alone with one salt for everybody. Both keys are
PBKDF2-HMAC-SHA256 with 100,000 rounds. v1 is a 16 byte IV and AES-256-CBC under SHA-256 of the
passphrase; the oldest were padded with spaces. v1 carries no tag, so a wrong passphrase is told
from the right one by what comes out: padding, UTF-8 and a dated first line.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import struct
from collections.abc import Callable

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from havenclient.errors import InputRejected, WrongPassphrase
from havenclient.journal.importers import jrnl_text
from havenclient.journal.importers.text import clean
from havenclient.journal.importers.values import map_of, parse_json, text_of

MAGIC = b"JRNLv3"
_V2 = b"gAAAAA"
_V2_SALT = bytes.fromhex("f2d5710ec18d2ededc8e36748904cef8")
_ROUNDS = 100_000


def is_marked(head: bytes) -> bool:
    """Whether the file itself says that it is jrnl's, version 2 or 3."""
    return head.startswith((MAGIC, _V2))


def looks_like(head: bytes, size: int) -> bool:
    """From the first bytes and the whole size: v1 has no mark, only whole blocks of noise."""
    if is_marked(head):
        return True
    return size >= 32 and size % 16 == 0 and _is_noise(head)


def _is_noise(head: bytes) -> bool:
    """Whether bytes look like nothing but cipher text: no encoding's text, no long runs of zero."""
    sample = head[:4096]
    try:
        sample[: len(sample) - 4].decode("utf-8")
        return False
    except UnicodeDecodeError as error:
        if error.start > len(sample) - 8:
            return False
    plain = sum(1 for byte in sample if 32 <= byte < 127 or byte in (9, 10, 13))
    return plain < 0.6 * len(sample) and sample.count(0) < max(4, len(sample) // 16)


def decrypt(data: bytes, passphrase: Callable[[], str] | None) -> str:
    """The journal's text. Raises WrongPassphrase, or InputRejected for damage."""
    if passphrase is None:
        raise InputRejected(
            "this jrnl file is encrypted", "give its passphrase, or run `jrnl --decrypt` first"
        )
    if data.startswith(MAGIC):
        salt, token = _header(data)
        return _fernet(token, salt, passphrase())
    if data.startswith(_V2):
        return _fernet(data, _V2_SALT, passphrase())
    if len(data) < 32 or len(data) % 16:
        raise InputRejected("this isn't an encrypted jrnl file, or it is damaged")
    return _v1(data, passphrase())


def _header(data: bytes) -> tuple[bytes, bytes]:
    try:
        (length,) = struct.unpack_from(">H", data, len(MAGIC))
        start = len(MAGIC) + 2
        field, token = data[start : start + length], data[start + length :]
        with contextlib.suppress(binascii.Error):  # just before the release: bare JSON
            field = base64.b64decode(field, validate=True)
        salt = base64.urlsafe_b64decode(
            text_of(map_of(parse_json(field.decode("utf-8"))).get("salt"))
        )
    except (struct.error, ValueError):
        raise InputRejected("the encrypted jrnl file's header is damaged") from None
    if not 8 <= len(salt) <= 1024:
        raise InputRejected("the encrypted jrnl file's header is damaged")
    return salt, token


def _fernet(token: bytes, salt: bytes, passphrase: str) -> str:
    kdf = PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=salt, iterations=_ROUNDS)
    key = base64.urlsafe_b64encode(kdf.derive(passphrase.encode("utf-8", "surrogatepass")))
    try:
        return clean(Fernet(key).decrypt(token.strip()).decode("utf-8"))
    except InvalidToken:
        # A Fernet tag can't tell a wrong key from damage; the first is by far the likelier.
        raise WrongPassphrase(
            "that passphrase doesn't open this jrnl file (or the file is damaged)"
        ) from None
    except ValueError:
        raise InputRejected("the encrypted jrnl file doesn't hold text") from None


def _v1(data: bytes, passphrase: str) -> str:
    key = hashlib.sha256(passphrase.encode("utf-8", "surrogatepass")).digest()
    decryptor = Cipher(algorithms.AES(key), modes.CBC(data[:16])).decryptor()
    plain = decryptor.update(data[16:]) + decryptor.finalize()
    try:
        if plain.endswith(b" "):
            text = plain.decode("utf-8").rstrip(" ")
        else:
            unpadder = padding.PKCS7(128).unpadder()
            text = (unpadder.update(plain) + unpadder.finalize()).decode("utf-8")
    except ValueError:
        text = ""
    if not jrnl_text.looks_like(clean(text)):
        raise WrongPassphrase(
            "that passphrase doesn't open this file (or it is no encrypted jrnl file)"
        )
    return clean(text)
