"""The search language: operators narrow, everything else is words, nothing surprises."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havenclient.errors import UsageError
from havenclient.journal.query import MAX_LENGTH, parse
from havenclient.journal.records import Order, Query
from tests.journal.texts import texts

TODAY = date(2026, 11, 22)

READ = [
    ("", Query(prefix_last=False)),
    ("river", Query(words=("river",))),
    ("river ", Query(words=("river",), prefix_last=False)),
    ('"slow morning" riv', Query(words=("slow morning", "riv"))),
    ('riv "slow morning"', Query(words=("riv", "slow morning"), prefix_last=False)),
    ("river tag:family", Query(words=("river",), tags=("family",), prefix_last=False)),
    ('tag:"long walk" -tag:#work', Query(tags=("long walk",), without_tags=("work",))),
    ("TAG:Family", Query(tags=("Family",))),
    ("mood:4", Query(mood_min=4, mood_max=4)),
    ("mood:>=3", Query(mood_min=3, mood_max=5)),
    ("mood:<3", Query(mood_min=1, mood_max=2)),
    ("mood:2..4", Query(mood_min=2, mood_max=4)),
    ("mood:>=2 mood:<=3", Query(mood_min=2, mood_max=3)),
    ("after:2026-01", Query(after=date(2026, 1, 1))),
    ("before:2026-02", Query(before=date(2026, 2, 28))),
    ("after:2025 before:2025", Query(after=date(2025, 1, 1), before=date(2025, 12, 31))),
    ("on:yesterday", Query(after=date(2026, 11, 21), before=date(2026, 11, 21))),
    ("after:7d", Query(after=date(2026, 11, 15))),
    ('in:"night book"', Query(journal="night book")),
    ("note:none", Query(has_note=False)),
    ("has:note", Query(has_note=True)),
    ("has:attachments", Query(has_attachments=True)),
    ("is:starred", Query(starred=True)),
    ("is:binned", Query(binned=True)),
    ("sort:rank", Query(order=Order.RANK)),
]
PLAIN = [
    "a:b",
    "http://x.example",
    "c++",
    "-x",
    "-mood:3",
    "NEAR(",
    "AND",
    "*",
    "foo:",
    ":",
    "tag",
    "-",
]
TYPING = ["tag:", "-tag:", "mood:", "mood:>", "mood:>=", "after:", 'in:""', "tag:#"]
WRONG = ["mood:7", "mood:x", "mood:>5", "mood:4..2", "after:2026-13", "before:tomorrowish"]
WRONG += ["after:99999d", "on:2026-02-30", "has:wings", "is:good", "note:grief", "sort:sideways"]


@pytest.mark.parametrize(("typed", "query"), READ)
def test_the_language_reads(typed: str, query: Query) -> None:
    parsed = parse(typed, today=TODAY)
    if not query.words:  # whether a prefix was meant is a question about words
        query = Query(
            **{name: getattr(query, name) for name in Query.__slots__ if name != "prefix_last"},
            prefix_last=parsed.prefix_last,
        )
    assert parsed == query


@pytest.mark.parametrize("typed", PLAIN)
def test_unknown_operators_and_signs_are_words(typed: str) -> None:
    assert parse(typed, today=TODAY) == Query(words=(typed,))


@pytest.mark.parametrize("typed", TYPING)
def test_an_operator_still_being_typed_asks_for_nothing(typed: str) -> None:
    assert parse(f"river {typed}", today=TODAY) == Query(words=("river",), prefix_last=False)


@pytest.mark.parametrize("typed", WRONG)
def test_a_value_that_cant_be_read_says_what_can(typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(typed, today=TODAY)
    assert typed.partition(":")[2] not in caught.value.message


def test_a_quote_without_a_partner_is_a_word() -> None:
    assert parse('the "river', today=TODAY).words == ("the", '"river')


def test_a_search_has_a_longest_length() -> None:
    parse("x" * MAX_LENGTH, today=TODAY)
    with pytest.raises(UsageError):
        parse("x" * (MAX_LENGTH + 1), today=TODAY)


pieces = st.sampled_from(
    [*(typed for typed, _ in READ), *PLAIN, *TYPING, *WRONG, '"', " ", ":", "mood:1..", "after:0"]
)


@given(st.one_of(texts, st.text(max_size=200), st.lists(pieces, max_size=8).map("".join)))
def test_nothing_but_a_usage_error_comes_out(typed: str) -> None:
    try:
        parse(typed, today=TODAY)
    except UsageError as error:
        assert error.message
