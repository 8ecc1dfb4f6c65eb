"""The recovery code: 160 random bits that a person copies by hand and types back years later.

Eight groups of five: four symbols of Crockford's base32 (20 bits) and one check symbol. The check
is a weighted sum over GF(32), so every single wrong symbol and every swap of two neighbours in a
group is noticed, and the group's own number is part of it, so two groups that changed places are
noticed too. A person then reads "group 3" instead of "wrong". Letters that look like digits are
read as those digits (O as 0, I and L as 1); case, spaces and dashes don't matter.
"""

from __future__ import annotations

from havenclient.errors import UsageError
from havenclient.seams import Random

SECRET_SIZE = 20
GROUPS = 8
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {char: value for value, char in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_DATA = 4
_REDUCTION = 0b100101
"""x^5 + x^2 + 1, primitive over GF(2)."""


class RecoveryCodeTypo(UsageError):
    """The code has a slip of the pen in it; `group` (1 to 8) says where, 0 means its length."""

    def __init__(self, group: int, message: str, *hints: str) -> None:
        super().__init__(message, *hints)
        self.group = group


def _double(value: int) -> int:
    value <<= 1
    return value ^ _REDUCTION if value & 0b100000 else value


def _check(symbols: list[int], group: int) -> int:
    # Horner's rule: sum of alpha^i * symbol_i. Distinct weights make neighbour swaps visible.
    total = group + 1
    for symbol in symbols:
        total = _double(total) ^ symbol
    return _double(total)


def new_secret(random: Random) -> bytes:
    return random.token(SECRET_SIZE)


def show(secret: bytes) -> str:
    """The code as people see it: `XXXXX-XXXXX-…`, eight groups."""
    if len(secret) != SECRET_SIZE:
        raise ValueError("a recovery secret has 20 bytes")
    bits = int.from_bytes(secret, "big")
    groups = []
    for index in range(GROUPS):
        chunk = bits >> (20 * (GROUPS - 1 - index)) & 0xFFFFF
        symbols = [chunk >> shift & 31 for shift in (15, 10, 5, 0)]
        symbols.append(_check(symbols, index))
        groups.append("".join(_ALPHABET[s] for s in symbols))
    return "-".join(groups)


def read(code: str) -> bytes:
    """The 20-byte secret. RecoveryCodeTypo names the group that can't be right."""
    symbols = [c for c in code.upper() if not c.isspace() and c not in "-‐‑–—_.,"]
    width = _DATA + 1
    if len(symbols) != GROUPS * width:
        raise RecoveryCodeTypo(
            0,
            f"a recovery code has {GROUPS * width} letters and digits, this has {len(symbols)}",
            "it is eight groups of five; dashes and spaces don't matter",
        )
    bits = 0
    for index in range(GROUPS):
        group = symbols[index * width : (index + 1) * width]
        values = [_VALUES.get(char, -1) for char in group]
        if -1 in values or _check(values[:_DATA], index) != values[_DATA]:
            raise RecoveryCodeTypo(
                index + 1,
                f"group {index + 1} of the recovery code has a slip in it",
                "compare it with the paper, letter by letter",
            )
        for value in values[:_DATA]:
            bits = bits << 5 | value
    return bits.to_bytes(SECRET_SIZE, "big")
