"""The agreed state: one spelling, bounds everywhere, names that nobody can mistake."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havenclient.circles import strict_cbor as cbor
from havenclient.circles import terms as agreed
from havenclient.circles.terms import Agreement, Mailbox, Terms, TermsError, name_of, same_name
from tests.circles.machine import Somebody, terms_with

HOST = Somebody("mara")
TERMS = terms_with([HOST])
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(
    TEXT, st.integers(1, 1 << 40), st.integers(1, 3650), st.integers(0, 86_400), TEXT,
    st.dictionaries(st.text("abcxyz", max_size=10), st.integers(0, 99), max_size=3),
)  # fmt: skip
def test_terms_are_read_as_they_were_written(
    text: str, version: int, days: int, slow: int, theme: str, extra: dict[str, object]
) -> None:
    made = replace(
        TERMS, agreement=Agreement(version, text), retention_days=days, slow_seconds=slow,
        theme=theme, extra=extra,
    )  # fmt: skip
    assert agreed.decode(agreed.encode(made)) == made


@given(st.binary(max_size=300))
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(TermsError):
        agreed.decode(data)


@given(st.integers(0, 15), st.none() | st.binary(max_size=5) | st.text(max_size=5)
       | st.integers() | st.lists(st.lists(st.binary(max_size=3)), max_size=2))  # fmt: skip
def test_a_field_of_another_shape_is_refused_or_in_bounds(place: int, value: object) -> None:
    fields = cbor.as_list(cbor.loads(agreed.encode(TERMS)))
    fields[place] = value
    raw = cbor.dumps(fields)
    try:
        read = agreed.decode(raw)
    except TermsError:
        return
    assert agreed.encode(read) == raw


OUT_OF_BOUNDS: list[dict[str, Any]] = [
    {"name": ""}, {"name": "x" * 65}, {"name": " padded "}, {"name": "tab\there"},
    {"name": "esc\x1b[31m"}, {"name": "right\u202eleft"},
    {"agreement": Agreement(0, "text")}, {"agreement": Agreement(1, "x" * 8193)},
    {"agreement": Agreement(1, "ü" * 4097)},
    {"hosts": ()}, {"hosts": TERMS.hosts * 2},
    {"hosts": tuple(Somebody(str(n)).host for n in range(9))},
    {"helpers": tuple(Somebody(str(n)).helper for n in range(9))},
    {"helpers": (HOST.helper,)},
    {"log_id": b"short"}, {"relays": ()}, {"relays": ("https://r",) * 5},
    {"relays": ("x" * 256,)}, {"retention_days": 0}, {"closing_days": 3651},
    {"knock": Mailbox(b"", b"k" * 32)}, {"report": Mailbox(b"r" * 16, b"")},
    {"slow_seconds": -1}, {"theme": "x" * 201}, {"language": "x" * 36}, {"extra": {"x" * 33: 1}},
]  # fmt: skip


@pytest.mark.parametrize("change", OUT_OF_BOUNDS, ids=lambda c: next(iter(c)))
def test_terms_out_of_bounds_are_refused(change: dict[str, Any]) -> None:
    made: Terms = replace(TERMS, **change)
    try:
        read = agreed.decode(agreed.encode(made))
    except TermsError:
        return
    # Padding is the one thing that is repaired and not refused; then it is another name.
    assert read.name == "padded"


@given(st.text(max_size=70))
def test_a_kept_name_is_one_readable_line_and_stays_as_it_is(text: str) -> None:
    try:
        name = name_of(text)
    except TermsError:
        return
    assert name_of(name) == name
    assert 0 < len(name) <= 64
    assert "\n" not in name
    assert same_name(name, name)


@pytest.mark.parametrize(("one", "other", "same"), [
    ("mara", "MARA", True), ("mara", "ｍａｒａ", True), ("ﬁn", "fin", True),
    ("straße", "STRASSE", True), ("mara", "ma\u200dra", True), ("mara", "mara\ufe0f", True),
    ("mara", "mara\U000e0061", True), ("mara", "\u3164mara", True), ("mara", "ma\u034fra", True),
    ("mara", "mára", False), ("نور", "نورا", False),
    ("mara", "maria", False), ("mara", "mara1", False),
])  # fmt: skip
def test_names_that_read_alike_are_one_name(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same
    assert same_name(other, one) is same


@pytest.mark.parametrize("blank", ["\u3164", "\u2800\u2800", "\u200d", "\ufe0f", "\u115f"])
def test_a_name_that_nobody_sees_is_none(blank: str) -> None:
    with pytest.raises(TermsError):
        name_of(blank)


def test_the_digest_covers_version_and_words() -> None:
    digests = {Agreement(v, t).digest for v in (1, 2) for t in ("a", "b")}
    assert len(digests) == 4
    for agreement in (Agreement(1, "a"), Agreement(7, "")):
        read = agreed.decode_accepted(agreed.encode_accepted(agreement))
        assert read == (agreement.version, agreement.digest)


@given(st.binary(max_size=60))
def test_an_acceptance_is_one_or_is_refused(data: bytes) -> None:
    with pytest.raises(TermsError):
        agreed.decode_accepted(data)
