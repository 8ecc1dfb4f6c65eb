"""MIMI content: round trips, bounds, and nothing that breaks a reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havenclient.circles import content as mimi
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.content import (
    SUPPORT_WORDS,
    Content,
    ContentError,
    External,
    Kind,
    Source,
    message_id,
)

IDS = st.binary(min_size=32, max_size=32)
SALT = bytes(16)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)
FILES = st.builds(
    External,
    url=st.just("urn:haven:log:" + "0" * 32),
    media_type=st.sampled_from(["text/plain", "image/png"]),
    size=st.integers(1, 8 << 20),
    key=IDS,
    content_hash=IDS,
    filename=st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
)
SAID = st.builds(
    Content,
    salt=st.binary(min_size=16, max_size=16),
    text=TEXTS,
    replaces=st.none() | IDS,
    in_reply_to=st.none() | IDS,
    expires_after=st.none() | st.integers(0, 0xFFFFFFFF),
    attachments=st.lists(FILES, max_size=3).map(tuple),
    kind=st.none() | st.sampled_from(Kind),
    source=st.none() | st.sampled_from(Source),
    source_link=st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
    note=st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=64),
)
REACTIONS = st.builds(
    Content, salt=st.just(SALT), in_reply_to=IDS, reaction=st.sampled_from(SUPPORT_WORDS)
)
DELETIONS = st.builds(Content, salt=st.just(SALT), replaces=IDS)
CONTROLS = st.builds(Content, salt=st.just(SALT), control=st.binary(min_size=1, max_size=50))


@given(SAID | REACTIONS | DELETIONS | CONTROLS)
def test_content_is_read_as_it_was_written(content: Content) -> None:
    assert mimi.decode(mimi.encode(content)) == content


@given(st.binary(max_size=300))
def test_any_bytes_are_content_or_refused(data: bytes) -> None:
    try:
        mimi.decode(data)
    except ContentError as error:
        assert str(error) == "content that this version can't read"


PARTS = st.recursive(
    st.tuples(
        st.integers(-1, 9), st.just(""), st.just(1),
        st.sampled_from([mimi.PLAIN, mimi.MARKDOWN, mimi.CONTROL, "image/png", 7]),
        st.binary(max_size=20) | st.text(max_size=4),
    ).map(list)
    | st.just([1, "", 0])
    | st.lists(st.integers(0, 9) | st.binary(max_size=40) | st.none(), max_size=15),
    lambda inner: st.tuples(
        st.just(1), st.just(""), st.just(3), st.integers(0, 3), st.lists(inner, max_size=4)
    ).map(list),
    max_leaves=30,
)  # fmt: skip


@given(
    PARTS,
    st.dictionaries(st.integers(-65010, -65000) | st.text(max_size=3), st.text() | st.none()),
    st.none() | st.booleans() | st.lists(st.booleans() | st.integers(-1, 1 << 33), max_size=3),
)
def test_shapes_that_nearly_are_content_are_read_or_refused(
    part: object, extensions: dict[object, object], expiry: object
) -> None:
    raw = cbor.dumps([SALT, None, b"", expiry, None, extensions, part])
    try:
        read = mimi.decode(raw)
    except ContentError:
        return
    assert len(read.text) <= mimi.MAX_TEXT


def _nested(depth: int) -> list[object]:
    part: list[object] = [1, "", 1, mimi.PLAIN, b"deep"]
    for _ in range(depth):
        part = [1, "", 3, 2, [part, [1, "", 1, mimi.PLAIN, b"beside"]]]
    return part


def _raw(part: object, **over: object) -> bytes:
    fields: dict[str, object] = {
        "salt": SALT, "replaces": None, "topic": b"", "expires": None, "reply": None,
        "extensions": {},
    }  # fmt: skip
    return cbor.dumps([*(fields | over).values(), part])


def test_four_levels_are_read_and_a_fifth_is_refused() -> None:
    assert mimi.decode(_raw(_nested(mimi.MAX_NESTING - 1))).text.startswith("deep")
    with pytest.raises(ContentError):
        mimi.decode(_raw(_nested(mimi.MAX_NESTING)))


ONE = [1, "", 1, mimi.PLAIN, b"text"]


@pytest.mark.parametrize("raw", [
    _raw([1, "", 3, 2, [ONE] * 17]),
    _raw([1, "", 3, 2, [ONE]]),
    _raw([1, "", 1, mimi.PLAIN, b"\xff\xfe"]),
    _raw([1, "", 1, mimi.PLAIN, b"x" * (mimi.MAX_TEXT + 1)]),
    _raw([2, "", 1, mimi.PLAIN, b"me too"]),
    _raw([2, "", 1, mimi.PLAIN, b"you should"], reply=bytes(32)),
    _raw([1, "", 0]),
    _raw(ONE, salt=bytes(15)),
    _raw(ONE, replaces=bytes(31)),
    _raw(ONE, expires=[1, 5]),
    _raw(ONE, expires=[True, -1]),
    _raw(ONE, extensions={-65004: "x" * 65}),
    _raw(ONE, extensions={-65004: ""}),
    _raw([6, "", 2, "a/b", "u", 0, 1 << 33, 0, bytes(32), b"", b"", 1, bytes(32), "", ""]),
    _raw([6, "", 2, "a/b", "u", 0, 1, 0, bytes(16), b"", b"", 1, bytes(32), "", ""]),
])  # fmt: skip
def test_content_out_of_bounds_is_refused(raw: bytes) -> None:
    with pytest.raises(ContentError):
        mimi.decode(raw)


def test_what_a_newer_haven_adds_does_not_hide_the_words() -> None:
    extensions = {-65001: "poem", -65002: 7, -65099: "unknown"}
    read = mimi.decode(_raw(ONE, extensions=extensions))
    assert (read.text, read.kind, read.source) == ("text", None, None)


def test_the_first_of_alternatives_is_shown() -> None:
    other = [1, "", 1, mimi.PLAIN, b"other"]
    assert mimi.decode(_raw([1, "", 3, 0, [ONE, other]])).text == "text"
    assert mimi.decode(_raw([1, "", 3, 2, [ONE, other]])).text == "text\n\nother"


@given(SAID)
def test_ids_depend_on_sender_circle_and_content(content: Content) -> None:
    raw = mimi.encode(content)
    made = message_id("a", "c", raw, content.salt)
    assert (len(made), made[0]) == (32, 1)
    assert made != message_id("b", "c", raw, content.salt)
    assert made != message_id("a", "d", raw, content.salt)
    assert made != message_id("a", "c", raw + b"\0", content.salt)


HOSTILE = "\x1b]52;c;aGk=\x07 \x9b31m \u202ereversed [/] [@click=app.quit]x[/] \u2066"


@given(TEXTS)
def test_shown_text_can_not_act_on_a_terminal(text: str) -> None:
    shown = Content(SALT, text=text + HOSTILE).shown_text()
    assert not any(ord(c) < 0x20 and c not in "\n\t" for c in shown)
    assert not any(0x7F <= ord(c) <= 0x9F for c in shown)
    assert not set(shown) & {"\u202e", "\u2066"}
