"""Everything that was written is found, in every script, newest first."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from havenclient.errors import UsageError
from havenclient.journal import Journal, Query, Summary
from havenclient.journal.excerpt import Hits
from havenclient.journal.normalise import fold
from havenclient.journal.query import parse
from havenclient.journal.records import Entry, Order
from havenclient.journal.search import LOOK_FIRST
from tests.journal.kit import HandClock, SeededRandom, make_vault
from tests.journal.texts import SAMPLES, texts

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    """One journal that the property tests of this file fill further and further."""
    clock = HandClock()
    root: Path = tmp_path_factory.mktemp("shelf")
    with make_vault(root, clock) as vault:
        yield Journal(vault, clock=clock, random=SeededRandom())


def all_ids(journal: Journal, query: Query) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        page = journal.find(query, limit=500, cursor=cursor)
        found += [row.id for row in page.rows]
        cursor = page.next
        if cursor is None:
            return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts)
def test_every_word_of_every_entry_is_found(shelf: Journal, text: str) -> None:
    made = shelf.add(text)
    for word in made.body.split():
        if fold(word):
            assert made.id in all_ids(shelf, Query(words=(word,), prefix_last=False)), word
            assert made.id in all_ids(shelf, Query(words=(word,), prefix_last=True)), word


@pytest.mark.parametrize("text", SAMPLES)
def test_samples_are_found_by_words_phrases_and_beginnings(journal: Journal, text: str) -> None:
    made = journal.add(text)
    journal.add("something else entirely")
    words = [word for word in text.split() if fold(word)]
    for word in words:
        assert all_ids(journal, Query(words=(word,), prefix_last=False)) == [made.id]
        tokens = fold(word).split()
        if len(tokens) == 1:
            for end in range(1, len(tokens[0])):
                assert made.id in all_ids(journal, Query(words=(tokens[0][:end],)))
    assert all_ids(journal, Query(words=(text,), prefix_last=False)) == [made.id]
    assert all_ids(journal, Query(words=tuple(words))) == [made.id]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("東京タワー", "京タ"),
        ("ฝนตกหนัก", "ตกหนัก"),
        ("😀", "😀"),
    ],
)
def test_people_find_what_they_would_type(journal: Journal, written: str, asked: str) -> None:
    made = journal.add(f"before {written} after")
    assert [row.id for row in journal.find(parse(asked, today=TODAY)).rows] == [made.id]


@settings(max_examples=80, deadline=None)
@given(st.one_of(texts, st.text(max_size=80)))
def test_whatever_is_typed_finds_or_says_why_not(shelf: Journal, typed: str) -> None:
    try:
        page = shelf.find(parse(typed, today=TODAY))
    except UsageError as error:
        assert error.message
        return
    assert len(page.rows) <= 50


def naive(entries: list[Entry], query: Query) -> list[str]:
    """The same question, answered by looking at every entry."""

    def answers(entry: Entry) -> bool:
        keys = {tag.casefold() for tag in entry.tags}
        tokens = f" {fold(entry.body)} "
        for index, word in enumerate(query.words):
            last = query.prefix_last and index == len(query.words) - 1
            if f" {fold(word)}{'' if last else ' '}" not in tokens:
                return False
        day = entry.written_at.date()
        low, high = query.mood_min, query.mood_max
        return (
            keys.issuperset(tag.casefold() for tag in query.tags)
            and not keys & {tag.casefold() for tag in query.without_tags}
            and (low is None or (entry.mood is not None and entry.mood >= low))
            and (high is None or (entry.mood is not None and entry.mood <= high))
            and (query.after is None or day >= query.after)
            and (query.before is None or day <= query.before)
            and (query.starred is None or entry.starred == query.starred)
            and (query.has_note is None or (entry.note is not None) == query.has_note)
            and (query.journal or entry.journal) == entry.journal
            and (query.journal is not None or entry.journal != "hidden")
            and (query.binned == (entry.binned_at is not None))
        )

    found = sorted(filter(answers, entries), key=lambda entry: entry.written_at, reverse=True)
    return [entry.id for entry in (found[::-1] if query.order is Order.OLDEST else found)]


WORDS = ("river", "rain", "rail", "road", "東", "café", "ri")
TAGS = ("family", "walk", "Work")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Journal, list[Entry]]]:
    chance = random.Random(5)
    clock = HandClock()
    with make_vault(tmp_path_factory.mktemp("library"), clock) as vault:
        journal = Journal(vault, clock=clock, random=SeededRandom())
        journal.create_journal("hidden", hidden=True)
        at = datetime(2025, 1, 1, 12, tzinfo=UTC)
        entries = []
        with vault.db.transaction():
            for _ in range(LOOK_FIRST + 150):
                at += timedelta(minutes=chance.randint(1, 3_000))
                made = journal.add(
                    " ".join(chance.choices(WORDS, weights=(9, 5, 2, 1, 3, 1, 1), k=4)),
                    mood=chance.choice((None, 1, 2, 3, 4, 5)),
                    tags=chance.sample(TAGS, chance.randint(0, 2)),
                    starred=chance.random() < 0.2,
                    note="grief" if chance.random() < 0.2 else None,
                    written_at=at,
                    journal="hidden" if chance.random() < 0.1 else None,
                )
                if chance.random() < 0.1:
                    made = journal.bin(made.id)
                entries.append(made)
        yield journal, entries


queries = st.builds(
    Query,
    words=st.lists(st.sampled_from((*WORDS, "r", "river rain", "nowhere")), max_size=3).map(tuple),
    prefix_last=st.booleans(),
    tags=st.lists(st.sampled_from((*TAGS, "WALK", "none")), max_size=1).map(tuple),
    without_tags=st.lists(st.sampled_from((*TAGS, "none")), max_size=1).map(tuple),
    mood_min=st.none() | st.integers(1, 5),
    mood_max=st.none() | st.integers(1, 5),
    after=st.none() | st.dates(date(2025, 1, 1), date(2026, 6, 1)),
    before=st.none() | st.dates(date(2025, 1, 1), date(2026, 6, 1)),
    journal=st.sampled_from((None, None, "journal", "hidden")),
    starred=st.none() | st.booleans(),
    has_note=st.none() | st.booleans(),
    binned=st.sampled_from((False, False, True)),
    order=st.sampled_from((Order.NEWEST, Order.OLDEST)),
)


@settings(max_examples=150, deadline=None)
@given(query=queries, limit=st.integers(1, 60))
def test_search_answers_as_looking_at_every_entry_would(
    library: tuple[Journal, list[Entry]], query: Query, limit: int
) -> None:
    journal, entries = library
    expected = naive(entries, query)
    assert all_ids(journal, query) == expected
    page = journal.find(query, limit=limit)
    assert [row.id for row in page.rows] == expected[:limit]
    assert (page.next is None) == (len(expected) <= limit)
    assert journal.count(query) == len(expected)


@settings(max_examples=40, deadline=None)
@given(query=queries)
def test_pages_put_together_are_the_whole(
    library: tuple[Journal, list[Entry]], query: Query
) -> None:
    journal, entries = library
    found: list[str] = []
    cursor = None
    for _ in range(100):
        page = journal.find(query, limit=37, cursor=cursor)
        found += [row.id for row in page.rows]
        cursor = page.next
        if cursor is None:
            break
    assert found == naive(entries, query)


def test_ranked_pages_hold_every_answer_once(library: tuple[Journal, list[Entry]]) -> None:
    journal, entries = library
    query = Query(words=("river",), prefix_last=False, order=Order.RANK)
    assert sorted(all_ids(journal, query)) == sorted(naive(entries, query))
    best = journal.get(journal.find(query, limit=1).rows[0].id)
    assert best.body.count("river") >= 2


def test_a_cursor_that_nobody_gave_is_refused(journal: Journal) -> None:
    for cursor in ("", "x", "-1", "9" * 30):
        with pytest.raises(UsageError):
            journal.find(Query(), cursor=cursor)


def one_row(journal: Journal, text: str, *, reveal: bool = False) -> Summary:
    return journal.find(parse(text, today=TODAY), reveal=reveal).rows[0]


def test_the_excerpt_shows_the_hit_where_it_stands(journal: Journal) -> None:
    journal.add(
        "# Slow *morning*\n\n" + "words before " * 30 + "by the **Łódź** river\n" + "x " * 99
    )
    row = one_row(journal, "lodz riv")
    assert [row.excerpt[start:end] for start, end in row.hits] == ["Łódź", "riv"]
    assert len(row.excerpt) < 170
    assert row.title == "Slow morning"


def test_a_folded_entry_shows_nothing_until_asked(journal: Journal) -> None:
    made = journal.add("# Secret title\n\nriver of tears", note="grief")
    row = one_row(journal, "river")
    assert (row.id, row.title, row.excerpt, row.hits, row.note) == (made.id, "", "", (), "grief")
    assert journal.day(made.written_at.date())[0].title == ""
    shown = one_row(journal, "river", reveal=True)
    assert shown.title == "Secret title"
    assert "river" in shown.excerpt


@given(texts, texts)
def test_hits_lie_in_the_text_and_hold_what_was_asked(text: str, other: str) -> None:
    word = other.split()[0] if other.split() else other
    body = f"{text} {word} {text}"
    if not fold(word):
        return
    spans = Hits([word]).spans(body)
    assert spans
    for start, end in spans:
        assert 0 <= start < end <= len(body)
        assert fold(word) in fold(body[start:end]) or fold(body[start:end]) in fold(word)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
