"""`safe_text`: the one door through which other people's text reaches a screen.

Everything that comes from another person, a file or a relay is hostile until it passed here.
Terminal control (C0, C1, ESC and with it OSC 52, CSI), bidirectional overrides and invisible
format characters are not dropped silently: each becomes a visible mark, so that a reader sees that
something was there. Length and stacked combining marks are capped. The result is plain text; it is
rendered as plain text and never as markup.
"""

from __future__ import annotations

import unicodedata

MAX_CHARACTERS = 200_000
MAX_COMBINING = 4
"""Marks on one base character; more is a stack that climbs over other lines ("zalgo")."""

# Bidi embeddings, overrides and isolates (Trojan Source, CVE-2021-42574), and line/paragraph
# separators that some terminals take for a new line. U+200E/200F/061C are honest marks in
# right-to-left text but can reorder neighbours too: they show as a mark like the rest.
_BIDI = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_SEPARATORS = {0x2028: "\n", 0x2029: "\n", 0x0085: "\n"}
_KEPT = {"\n", "\t"}
# Zero width joiner and non-joiner hold emoji and several scripts together; variation selectors
# choose emoji shapes. They stay.
_JOINERS = {0x200C, 0x200D}


def _mark(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)  # the Unicode "control picture" of that character
    if code == 0x7F:
        return "\u2421"
    return f"⟨U+{code:04X}⟩"


def safe_text(text: str, *, limit: int = MAX_CHARACTERS, multiline: bool = True) -> str:
    """`text` with everything that could act on a terminal turned into visible marks.

    With `multiline=False` (names, titles) line breaks and tabs become single spaces. Text beyond
    `limit` characters is cut and ends in an ellipsis. Never raises on any `str`.
    """
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text  # the common case, checked in C
    cut = len(text) > limit
    out: list[str] = []
    stacked = 0
    for char in text[:limit].replace("\r\n", "\n").replace("\r", "\n"):
        code = ord(char)
        if char in _KEPT:
            out.append(char)
            stacked = 0
            continue
        if code in _SEPARATORS:
            out.append(_SEPARATORS[code])
            stacked = 0
            continue
        category = unicodedata.category(char)
        if category in ("Mn", "Me"):
            stacked += 1
            if stacked <= MAX_COMBINING:
                out.append(char)
            continue
        stacked = 0
        if code in _JOINERS:
            out.append(char)
        elif category in ("Cc", "Cs", "Cf") or code in _BIDI:
            # Tag characters (flags of Scotland, Wales …) are the one honest use of other Cf.
            out.append(char if 0xE0020 <= code <= 0xE007F else _mark(char))
        else:
            out.append(char)
    if not multiline:
        return " ".join("".join(out).split()) + ("…" if cut else "")
    return "".join(out) + ("…" if cut else "")


def safe_line(text: str, *, limit: int = 64) -> str:
    """`safe_text` for names and titles: one line, short (protocol.md §5: names 64 characters)."""
    return safe_text(text, limit=limit, multiline=False)
