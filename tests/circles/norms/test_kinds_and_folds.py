"""Kinds, sources, notes and topics: what readers decide about, in every view."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from havenclient.care.service import Care
from havenclient.circles import cards, kinds
from havenclient.circles.content import Kind, Source
from havenclient.errors import UsageError
from tests.circles.kit import CIRCLE, Person, Town

MARKER = "marlinspike-at-the-window"


def views_of(person: Person) -> str:
    """Everything that this person's Haven would hand to a front end, before anything is opened."""
    circles = person.circles
    views = circles.messages(CIRCLE, limit=1000)
    single = [circles.message(CIRCLE, v.no) for v in views]
    quotes = [kinds.quote(v) for v in views]
    everything = [asdict(v) for v in views + single] + [repr(v) for v in views]
    return json.dumps([everything, quotes, [str(c) for c in circles.all()]], default=str)


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_travels_inside_and_changes_the_reply_hint(town: Town, kind: Kind) -> None:
    mara, idris = town.circle_of("mara", "idris")
    source = Source.MINE if kind is Kind.ADVICE else None
    mara.say("A heron.", kind=kind, source=source)
    mara.sync()
    idris.sync()
    (seen,) = [m for m in idris.messages() if m.kind == "message"]
    assert seen.talk == kind.value
    assert idris.circles.reply_hint(CIRCLE, seen.no)


def test_who_asked_for_listening_is_not_given_advice_unawares(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    mara.say("It was a long day.", kind=Kind.JUST_LISTEN)
    mara.sync()
    idris.sync()
    (seen,) = [m for m in idris.messages() if m.kind == "message"]
    hint = idris.circles.reply_hint(CIRCLE, seen.no, Kind.ADVICE)
    assert "They asked for listening, not advice." in idris.circles.reply_hint(CIRCLE, seen.no)
    assert "listening, not advice" in hint


def test_advice_says_where_it_is_from_and_that_survives_a_quotation(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    with pytest.raises(UsageError):
        mara.say("Drink less coffee.", kind=Kind.ADVICE)
    with pytest.raises(UsageError):
        mara.say("Drink less coffee.", kind=Kind.ADVICE, source=Source.READ)
    link = "https://example.org/sleep"
    mara.say("Drink less coffee.", kind=Kind.ADVICE, source=Source.READ, source_link=link)
    mara.sync()
    idris.sync()
    (seen,) = [m for m in idris.messages() if m.kind == "message"]
    assert (seen.source, seen.source_link) == ("read", link)
    assert kinds.quote(seen) == f"> Drink less coffee.\n> (advice; source: read, {link})"
    mara.circles.edit(CIRCLE, mara.messages()[-1].no, "Drink a little less coffee.")
    mara.sync()
    idris.sync()
    (seen,) = [m for m in idris.messages() if m.kind == "message"]
    assert (seen.edited, seen.source, seen.source_link) == (True, "read", link)


def test_a_card_is_kept_without_a_name_and_found_after_leaving(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    mara.say("Cold water on the wrists.", kind=Kind.WHAT_HELPED, source=Source.MINE)
    mara.sync()
    idris.sync()
    (seen,) = [m for m in idris.messages() if m.kind == "message"]
    idris.circles.keep_card(CIRCLE, seen.no, note="try at night")
    idris.circles.leave(CIRCLE)
    idris.sync()
    mara.sync()
    idris.sync()
    (card,) = cards.kept(idris.vault.db)
    assert (card.what, card.source) == ("Cold water on the wrists.", "my own experience")
    stored = repr(list(idris.vault.db.execute("SELECT * FROM care_card")))
    assert "mara" not in stored
    assert CIRCLE not in stored


def test_a_note_folds_in_every_view_until_it_is_opened(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    mara.say(f"They said {MARKER}.", note="loss")
    mara.sync()
    idris.sync()
    (seen,) = [m for m in idris.circles.messages(CIRCLE) if m.kind == "message"]
    idris.say("I read it.", reply_to=seen.no)
    assert seen.folded
    assert "loss" in seen.folded_because
    assert MARKER not in views_of(idris)
    assert MARKER in idris.circles.open(CIRCLE, seen.no).text
    assert MARKER not in views_of(idris)  # opening one view opens no other
    assert MARKER in views_of(mara)  # one's own words are never folded


def test_topics_of_the_reader_fold_words_that_carry_no_note(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    mara.say(f"My Fasting began here: {MARKER}.")
    mara.say("The heron was there again.")
    mara.sync()
    idris.sync()
    assert MARKER in views_of(idris)
    hers = Care(idris.vault.db, idris.clock).boundaries
    hers.add_word("topic", "fasting")
    assert MARKER not in views_of(idris)
    folded = [m for m in idris.circles.messages(CIRCLE) if m.folded]
    assert [m.folded_because for m in folded] == ["Folded because you asked for: fasting."]
    assert MARKER in views_of(mara)
    hers.drop_word("topic", "FASTING")
    assert MARKER in views_of(idris)
