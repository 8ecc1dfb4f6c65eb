"""A picture without what its camera wrote into it: place, time, device, names, a second picture.

A photograph from a telephone says where it was taken to a few metres. Whoever sends one wants it
seen, not that. Taken out without touching a pixel: JPEG, PNG and WebP are lists of labelled parts,
and only those that a picture is drawn from are kept (and how it is turned). What isn't one of these
three comes back as it is. It is for own files, and no decoder of hostile ones; no byte is looked at
beyond the file's end all the same.
"""

from __future__ import annotations

import struct

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = {b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs", b"cICP"}
_PNG_KEPT |= {b"acTL", b"fcTL", b"fdAT"}  # moving ones
_JPEG_KEPT = {0xE0, 0xE2, 0xEE}
"""APP0 (JFIF), APP2 with a colour profile, APP14 (how Adobe's colours are meant)."""
_PROFILE = b"ICC_PROFILE\0"
_EXIF = b"Exif\0\0"
_TURNED = 0x0112


def without_traces(data: bytes) -> bytes:
    """The same picture, without metadata; other files as they are."""
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith(_PNG):
        return _png(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    return data


def _jpeg(data: bytes) -> bytes:
    kept = [data[:2]]
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in (0xFF, 0x01) or 0xD0 <= marker <= 0xD7:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == 0xD9:
            break
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        part = data[at:end]
        body = part[4:]
        if marker == 0xE1 and body.startswith(_EXIF):
            kept.append(_only_how_it_is_turned(body[len(_EXIF) :]))
        elif marker == 0xE2:
            kept.append(part if body.startswith(_PROFILE) else b"")
        elif not (0xE0 <= marker <= 0xEF or marker == 0xFE) or marker in _JPEG_KEPT:
            kept.append(part)
        at = end
        if marker == 0xDA:  # the picture itself, up to the next marker
            at = _after_scan(data, end)
            kept.append(data[end:at])
    # What follows the end (a film, a larger picture) is not the picture that was chosen.
    return b"".join([*kept, b"\xff\xd9"])


def _after_scan(data: bytes, at: int) -> int:
    while (found := data.find(b"\xff", at)) >= 0 and found + 1 < len(data):
        after = data[found + 1]
        if after != 0 and after != 0xFF and not 0xD0 <= after <= 0xD7:
            return found
        at = found + (1 if after == 0xFF else 2)
    return len(data)


def _only_how_it_is_turned(tiff: bytes) -> bytes:
    """An EXIF part with the orientation alone; nothing where it stands upright or says nothing."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return b""
    (first,) = struct.unpack_from(order + "I", tiff, 4)
    count = int.from_bytes(tiff[first : first + 2], "little" if order == "<" else "big")
    for at in range(first + 2, min(first + 2 + 12 * count, len(tiff) - 11), 12):
        tag, kind, _, turned = struct.unpack_from(order + "HHIH", tiff, at)
        if tag == _TURNED and kind == 3 and 2 <= turned <= 8:
            entry = struct.pack(">HHIHH", _TURNED, 3, 1, turned, 0)
            body = _EXIF + b"MM\0*\0\0\0\x08\0\x01" + entry + bytes(4)
            return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    return b""


def _png(data: bytes) -> bytes:
    kept = [_PNG]
    at = len(_PNG)
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        if kind[:1].isupper() or kind in _PNG_KEPT:
            kept.append(data[at:end])
        at = end
        if kind == b"IEND":
            break
    return b"".join(kept)


def _webp(data: bytes) -> bytes:
    kept = []
    at = 12
    while at + 8 <= len(data):
        kind = data[at : at + 4]
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        part = data[at:end]
        if kind == b"VP8X" and len(part) > 8:
            part = part[:8] + bytes([part[8] & ~0x0C]) + part[9:]  # says: no EXIF, no XMP in here
        if kind in (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"):
            kept.append(part)
        at = end
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


__all__ = ["without_traces"]
