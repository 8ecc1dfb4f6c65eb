"""Foreign journals made by hand for the tests: small, odd, and as the other programs write them."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import tarfile
import zipfile
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from havenclient.journal.importers import parse
from havenclient.journal.records import ImportedEntry, ImportPlan

BERLIN = ZoneInfo("Europe/Berlin")
V2_SALT = b"\xf2\xd5q\x0e\xc1\x8d.\xde\xdc\x8e6t\x89\x04\xce\xf8"


def plan_of(path: Path, kind: str | None = None, **more: object) -> ImportPlan:
    return parse(path, kind, zone=BERLIN, **more)  # type: ignore[arg-type]


def written(folder: Path, name: str, data: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def zipped(path: Path, members: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def tarred(path: Path, members: dict[str, str | bytes]) -> Path:
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members.items():
            raw = data.encode() if isinstance(data, str) else data
            info = tarfile.TarInfo(name)
            info.size = len(raw)
            archive.addfile(info, BytesIO(raw))
    return path


def only(plan: ImportPlan) -> ImportedEntry:
    assert len(plan.entries) == 1, [remark.message for remark in plan.warnings]
    return plan.entries[0]


def remarks(plan: ImportPlan) -> str:
    return "\n".join(f"{remark.where}: {remark.message}" for remark in plan.warnings)


def _fernet(passphrase: str, salt: bytes, text: str) -> bytes:
    kdf = PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=salt, iterations=100_000)
    return Fernet(base64.urlsafe_b64encode(kdf.derive(passphrase.encode()))).encrypt(text.encode())


def jrnl_v3(passphrase: str, text: str, *, bare_header: bool = False) -> bytes:
    salt = bytes(range(16))
    header = json.dumps({"salt": base64.urlsafe_b64encode(salt).decode()}).encode()
    if not bare_header:
        header = base64.b64encode(header)
    return b"JRNLv3" + struct.pack(">H", len(header)) + header + _fernet(passphrase, salt, text)


def jrnl_v2(passphrase: str, text: str) -> bytes:
    return _fernet(passphrase, V2_SALT, text)


def jrnl_v1(passphrase: str, text: str, *, spaces: bool = False) -> bytes:
    data = text.encode()
    if spaces:
        data += b" " * (16 - len(data) % 16)
    else:
        padder = padding.PKCS7(128).padder()
        data = padder.update(data) + padder.finalize()
    iv = bytes(range(100, 116))
    key = hashlib.sha256(passphrase.encode()).digest()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return iv + encryptor.update(data) + encryptor.finalize()
