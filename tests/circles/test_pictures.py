"""A picture that is sent says what it shows, and not where, when and with what it was taken."""

from __future__ import annotations

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havenclient.circles.pictures import without_traces
from havenclient.circles.service import Words
from tests.circles.kit import CIRCLE, Town

Image = pytest.importorskip("PIL.Image")
PngInfo = pytest.importorskip("PIL.PngImagePlugin").PngInfo
PLACE = "48.2082N16.3738E"
CAMERA = "Haven Phone 7"


def photograph(kind: str, **more: object) -> bytes:
    picture = Image.frombytes("RGB", (40, 30), os.urandom(40 * 30 * 3))
    exif = picture.getexif()
    exif[0x0112], exif[0x0110], exif[0x010E] = 6, CAMERA, PLACE
    exif.get_ifd(0x8825)[1] = "N"
    if kind == "PNG":
        more["pnginfo"] = PngInfo()
        more["pnginfo"].add_text("Comment", PLACE)  # type: ignore[attr-defined]
    out = io.BytesIO()
    picture.save(out, kind, exif=exif, **more)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True, "comment": PLACE, "icc_profile": b"p" * 300}),
        ("PNG", {}),
        ("WEBP", {"xmp": PLACE.encode()}),
        ("WEBP", {"lossless": True}),
    ],
)
def test_place_camera_and_words_are_out_and_every_pixel_is_there(
    kind: str, more: dict[str, object]
) -> None:
    whole = photograph(kind, **more)
    assert PLACE.encode() in whole
    sent = without_traces(whole + (b"\xff\xd8" + PLACE.encode() if kind == "JPEG" else b""))
    for trace in (PLACE, CAMERA, "GPS"):
        assert trace.encode() not in sent
    before, after = Image.open(io.BytesIO(whole)), Image.open(io.BytesIO(sent))
    assert before.tobytes() == after.tobytes()
    found = dict(after.getexif())
    assert found == ({0x0112: 6} if kind == "JPEG" else {})
    assert after.info.get("icc_profile") == more.get("icc_profile")


@given(st.binary(max_size=300), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b""]))
def test_no_file_makes_it_stumble(tail: bytes, head: bytes) -> None:
    without_traces(head + tail)
    without_traces(b"RIFF\0\0\0\0WEBP" + tail)
    if not head:
        assert without_traces(b"text " + tail) == b"text " + tail


def test_what_reaches_the_circle_has_no_traces(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    mara.circles.attach(CIRCLE, "heron.jpg", "image/jpeg", photograph("JPEG"), Words("look"))
    mara.sync()
    idris.sync()
    _, data = idris.engine.fetch_attachment(CIRCLE, idris.messages()[-1].no, 0)
    assert PLACE.encode() not in data
    assert CAMERA.encode() not in data
