"""From something a person has to a key: Argon2id for passphrases, HKDF for everything else.

Owns the parameters of the key stretching (what Haven writes, what it accepts) and every HKDF label
of the vault. Must never store anything: there is no verifier, the AEAD tag of a key slot is the
only judge of right and wrong.
"""

from __future__ import annotations

import hmac
import unicodedata
from dataclasses import dataclass, replace
from typing import Self

from havenclient.errors import HavenError, UsageError
from havenclient.seams import Clock, Random

KIB_PER_MIB = 1024
KIB_PER_GIB = 1024 * 1024

SALT_SIZE = 16
KEY_SIZE = 32

FLOOR_MEMORY = 64 * KIB_PER_MIB
FLOOR_PASSES = 3
FLOOR_LANES = 4
"""RFC 9106 §4, second recommended option (memory-constrained): 64 MiB, t=3, p=4."""
CEILING_MEMORY = KIB_PER_GIB
"""Calibration stops here: beyond 1 GiB an unlock hurts on the next, smaller machine."""
MIN_WRITTEN_MEMORY = 19 * KIB_PER_MIB
"""OWASP's minimum for login servers; a vault file is attacked offline, so nothing below it."""
MAX_MEMORY = 4 * KIB_PER_GIB
MAX_PASSES = 64
MAX_LANES = 64
"""A header that asks for more than these is an attack on this computer's memory or patience."""

MAX_PASSPHRASE = 1024
"""Characters. Argon2 would take 4 GiB; a paste accident must not."""
MIN_PASSPHRASE = 8


class NotEnoughMemory(HavenError):
    """The key stretching needs more memory than this computer gives right now."""


@dataclass(frozen=True, slots=True)
class KdfParams:
    """Argon2id (version 0x13) parameters, as they stand in the vault header."""

    memory: int = FLOOR_MEMORY
    """KiB."""
    passes: int = FLOOR_PASSES
    lanes: int = FLOOR_LANES
    salt: bytes = b""
    """16 random bytes; empty until the vault fills it in. Never reused after a change."""
    testing: bool = False
    """Allows parameters too weak for people. Given by hand in tests only, never read from a
    file or a setting, and never stored."""

    @classmethod
    def weak_for_tests(cls) -> Self:
        """About a millisecond. Refused by nobody, protects nobody."""
        return cls(memory=64, passes=1, lanes=1, testing=True)

    def with_salt(self, salt: bytes) -> Self:
        return replace(self, salt=salt)

    def acceptable(self) -> bool:
        """May this computer run it at all? (Asked before any memory is touched.)"""
        return (
            1 <= self.lanes <= MAX_LANES
            and 1 <= self.passes <= MAX_PASSES
            and 8 * self.lanes <= self.memory <= MAX_MEMORY
            and len(self.salt) == SALT_SIZE
        )

    def require_writable(self) -> None:
        """UsageError if these parameters are too weak (or too strong) to be written."""
        if self.memory > MAX_MEMORY or self.passes > MAX_PASSES or self.lanes > MAX_LANES:
            raise UsageError("these key stretching settings are more than any computer should do")
        if self.memory < MIN_WRITTEN_MEMORY and not self.testing:
            raise UsageError(
                "these key stretching settings are too weak to protect a journal",
                f"use at least {MIN_WRITTEN_MEMORY // KIB_PER_MIB} MiB of memory",
            )


def normalise(passphrase: str) -> bytes:
    """NFKC and UTF-8, so that the same words typed on another keyboard open the same vault."""
    if len(passphrase) > MAX_PASSPHRASE:
        raise UsageError(f"a passphrase can have at most {MAX_PASSPHRASE} characters")
    return unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")


def require_length(passphrase: str) -> None:
    """The one rule for new passphrases; everything else about them is advice."""
    if len(unicodedata.normalize("NFKC", passphrase)) < MIN_PASSPHRASE:
        raise UsageError(
            f"a passphrase needs at least {MIN_PASSPHRASE} characters",
            "six ordinary words are easy to remember and hard to guess",
        )


def hkdf(secret: bytes | bytearray, info: str, *, salt: bytes | None = None) -> bytes:
    """HKDF-SHA256 (RFC 5869) to one 32-byte key. `info` is the label that keeps keys apart."""
    # One block is all of it: extract, then one step of expand. The general form in `cryptography`
    # gives the same (a test says so) and costs every start six milliseconds of loading.
    extracted = hmac.digest(salt or bytes(KEY_SIZE), secret, "sha256")
    return hmac.digest(extracted, info.encode() + b"\x01", "sha256")


def stretch(passphrase: bytes, params: KdfParams) -> bytes:
    """Argon2id to 32 bytes. Slow on purpose; releases the GIL. Parameters must be acceptable."""
    from argon2.exceptions import HashingError
    from argon2.low_level import Type, hash_secret_raw

    try:
        return hash_secret_raw(
            passphrase,
            params.salt,
            time_cost=params.passes,
            memory_cost=params.memory,
            parallelism=params.lanes,
            hash_len=KEY_SIZE,
            type=Type.ID,
            version=0x13,
        )
    except HashingError as error:
        raise NotEnoughMemory(
            "there is not enough free memory to open the journal",
            f"it needs {params.memory // KIB_PER_MIB} MiB for a moment; close something and retry",
        ) from error


def passphrase_kek(passphrase: str, params: KdfParams) -> bytes:
    return hkdf(stretch(normalise(passphrase), params), "haven/kek/pw/1")


def recovery_kek(secret: bytes) -> bytes:
    """160 random bits need no stretching: recovery is instant on any machine."""
    return hkdf(secret, "haven/kek/recovery/1")


def keyring_kek(secret: bytes) -> bytes:
    return hkdf(secret, "haven/kek/keyring/1")


def calibrate(clock: Clock, random: Random, *, available: int, target: float = 1.0) -> KdfParams:
    """Double the memory from the floor while one run takes less than `target` seconds.

    `available` is the memory free right now in KiB; a quarter of it is never exceeded, nor is
    1 GiB. The floor holds whatever the clock says: a slow machine waits, it isn't weakened.
    """
    ceiling = min(CEILING_MEMORY, available // 4)
    params = KdfParams(salt=random.token(SALT_SIZE))
    while params.memory * 2 <= ceiling:
        began = clock.monotonic()
        stretch(b"calibration", params)
        if clock.monotonic() - began >= target:
            break
        params = replace(params, memory=params.memory * 2)
    return replace(params, salt=b"")
