"""Reports: sealed to the right people, proven offline, answered, and really gone afterwards."""

from __future__ import annotations

import json

import pytest

from havenclient.circles import evidence, outside
from havenclient.circles.acts import Reason
from havenclient.errors import NotFound, UsageError, WrongPassphrase
from tests.circles.kit import CIRCLE, Person, Town
from tests.circles.norms.test_ladder import helper_of, number

MARKER = "marlinspike in words that nobody should read"


def every_row(person: Person) -> str:
    """All that lies in somebody's vault, decrypted, free pages left out (they are overwritten)."""
    db = person.vault.db
    names = [r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE type='table'")]
    rows = [[n, list(db.execute(f'SELECT * FROM "{n}"'))] for n in names if "fts" not in n]
    return repr(rows)


def posted_and_deleted(town: Town, author: Person, readers: list[Person]) -> list[int]:
    author.say(MARKER)
    author.sync()
    for one in readers:
        one.sync()
    numbers = [number(one, MARKER) for one in readers]
    author.circles.delete(CIRCLE, author.messages()[-1].no)
    author.sync()
    for one in readers:
        one.sync()
        assert MARKER not in one.texts()
    return numbers


def test_a_report_proves_a_deleted_message_to_hosts_and_helpers_only(town: Town) -> None:
    mara, idris, tove, nela = town.circle_of("mara", "idris", "tove", "nela")
    helper_of(town, mara, tove)
    (no,) = posted_and_deleted(town, idris, [nela])
    nela.circles.reporting.report(CIRCLE, [no], Reason.HARM_TO_SELF, "It scared me.")
    nela.sync()
    town.settle(2)
    for reader in (mara, tove):
        (listed,) = reader.circles.reviewing.inbox(CIRCLE)
        assert (listed.reporter, listed.about, listed.exhibits) == ("nela", ("idris",), ())
        shown = reader.circles.reviewing.show(CIRCLE, listed.no)
        (exhibit,) = shown.exhibits
        assert (exhibit.proven, exhibit.author, exhibit.text) == (True, "idris", MARKER)
        assert shown.words == "It scared me."
    assert idris.circles.reviewing.inbox(CIRCLE) == []
    assert "It scared me" not in every_row(idris)
    assert not list(idris.vault.db.execute("SELECT * FROM circle_report"))
    assert not [line for line in idris.lines() + tove.lines() if "report" in line]


def test_who_reported_always_learns_what_became_of_it(town: Town) -> None:
    mara, idris, nela = town.circle_of("mara", "idris", "nela")
    (no,) = posted_and_deleted(town, idris, [nela])
    mine = nela.circles.reporting.report(CIRCLE, [no], Reason.UNKIND)
    nela.sync()
    mara.sync()
    (report,) = mara.circles.reviewing.inbox(CIRCLE)
    mara.circles.reviewing.show(CIRCLE, report.no)
    mara.sync()
    town.settle(1)
    assert [r.state for r in nela.circles.reporting.reported(CIRCLE)] == ["seen"]
    with pytest.raises(UsageError):
        mara.circles.reviewing.settle(CIRCLE, report.no, "no-action")
    mara.circles.reviewing.settle(CIRCLE, report.no, "no-action", "He has taken it back.")
    mara.sync()
    town.settle(1)
    (seen,) = nela.circles.reporting.reported(CIRCLE)
    assert (seen.no, seen.state, seen.by) == (mine, "no-action", "mara")
    assert seen.sentence == "He has taken it back."
    assert not [line for line in idris.lines() if "report" in line]
    assert "taken it back" not in every_row(idris)


def test_a_report_about_a_helper_goes_round_her(town: Town) -> None:
    mara, tove, nela = town.circle_of("mara", "tove", "nela")
    helper_of(town, mara, tove)
    (no,) = posted_and_deleted(town, tove, [nela])
    nela.circles.reporting.report(CIRCLE, [no], Reason.PRESSURE)
    nela.sync()
    town.settle(2)
    assert tove.circles.reviewing.inbox(CIRCLE) == []
    assert len(mara.circles.reviewing.inbox(CIRCLE)) == 1


def test_a_report_about_the_only_host_can_go_outside_instead(town: Town) -> None:
    mara, nela = town.circle_of("mara", "nela")
    (no,) = posted_and_deleted(town, mara, [nela])
    with pytest.raises(UsageError, match="nobody but the one"):
        nela.circles.reporting.report(CIRCLE, [no], Reason.SEXUAL)
    sealed = nela.circles.reporting.take_outside(CIRCLE, [no], "seven quiet herons")
    assert MARKER.encode() not in sealed
    assert sealed.startswith(b"age-encryption.org/v1")
    (checked,) = outside.check(sealed, "seven quiet herons")
    assert checked.proven
    assert checked.content is not None
    assert checked.content.text == MARKER
    with pytest.raises(WrongPassphrase):
        outside.check(sealed, "another passphrase")


def test_evidence_that_was_changed_proves_nothing(town: Town) -> None:
    mara, nela = town.circle_of("mara", "nela")
    (no,) = posted_and_deleted(town, mara, [nela])
    circle = nela.state()
    (one,) = evidence.gather(nela.vault.db, nela.row().no, circle.group.suite.id, no)
    group = circle.group.group_id
    assert evidence.check(one, group, None).proven
    from dataclasses import replace

    words = bytes(one.authenticated)
    at = words.index(MARKER.encode())
    forged = words[:at] + b"N" + words[at + 1 :]
    assert not evidence.check(replace(one, authenticated=forged), group, None).proven
    assert not evidence.check(replace(one, key=circle.me.key), group, None).proven
    assert not evidence.check(replace(one, context=one.context[:-1] + b"x"), group, None).proven
    assert not evidence.check(one, b"another group", None).proven
    assert not evidence.check(one, group, {circle.me.key: "nela"}).proven


def test_five_reports_in_a_day_and_no_more(town: Town) -> None:
    mara, idris, nela = town.circle_of("mara", "idris", "nela")
    (no,) = posted_and_deleted(town, idris, [nela])
    for _ in range(5):
        nela.circles.reporting.report(CIRCLE, [no], Reason.OTHER)
    with pytest.raises(UsageError, match="five"):
        nela.circles.reporting.report(CIRCLE, [no], Reason.OTHER)
    # A modified client forgets that it has reported: the readers count for themselves.
    nela.vault.db.execute("DELETE FROM circle_reported")
    nela.circles.reporting.report(CIRCLE, [no], Reason.OTHER)
    nela.sync()
    mara.sync()
    inbox = mara.circles.reviewing.inbox(CIRCLE)
    assert len(inbox) == 5
    assert [r.earlier for r in inbox] == [4, 3, 2, 1, 0]


def test_evidence_is_gone_after_its_window_on_both_sides(town: Town) -> None:
    mara, idris, nela = town.circle_of("mara", "idris", "nela")
    (no,) = posted_and_deleted(town, idris, [nela])
    nela.circles.reporting.report(CIRCLE, [no], Reason.MEDICAL, "Words of the reporter.")
    nela.sync()
    mara.sync()
    (report,) = mara.circles.reviewing.inbox(CIRCLE)
    assert MARKER in every_row(mara)
    assert MARKER in every_row(nela)
    town.clock.go(days=13)
    town.settle(1)
    assert mara.circles.reviewing.show(CIRCLE, report.no).exhibits[0].proven
    town.clock.go(days=2)
    town.settle(1)
    for person in (mara, nela, idris):
        rows = every_row(person)
        assert MARKER not in rows, person.name
        assert "Words of the reporter" not in rows
        assert person.vault.db.one("PRAGMA secure_delete") == (1,)
    shown = mara.circles.reviewing.show(CIRCLE, report.no)
    assert (shown.exhibits, shown.evidence_until) == ((), 0)
    with pytest.raises(NotFound):
        nela.circles.reporting.report(CIRCLE, [no], Reason.MEDICAL)


def test_what_was_changed_and_taken_back_is_gone_with_all_its_versions(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    idris.say(f"{MARKER} one")
    idris.sync()
    idris.circles.edit(CIRCLE, idris.messages()[-1].no, f"{MARKER} two")
    idris.sync()
    town.settle(1)
    assert mara.texts() == [f"{MARKER} two"]
    idris.circles.edit(CIRCLE, idris.messages()[-1].no, f"{MARKER} three")
    idris.sync()
    idris.circles.delete(CIRCLE, idris.messages()[-1].no)
    idris.sync()
    town.settle(1)
    assert mara.texts() == [""]
    town.clock.go(days=15)
    town.settle(1)
    for person in (mara, idris):
        assert MARKER not in every_row(person), person.name


def test_a_question_is_asked_without_a_name(town: Town) -> None:
    mara, idris, nela = town.circle_of("mara", "idris", "nela")
    nela.circles.reporting.ask_unnamed(CIRCLE, "Does anybody know night walks?")
    nela.sync()
    town.settle(1)
    (question,) = mara.circles.reviewing.inbox(CIRCLE)
    assert (question.kind, question.reporter) == ("question", "")
    mara.circles.reviewing.pass_on(CIRCLE, question.no)
    mara.sync()
    town.settle(1)
    (seen,) = [m for m in idris.circles.messages(CIRCLE) if m.kind == "message"]
    assert (seen.unnamed, seen.talk, seen.text) == (
        True,
        "question",
        "Does anybody know night walks?",
    )
    assert "nela" not in json.dumps([m.sender for m in idris.messages()])
    with pytest.raises(NotFound):
        mara.circles.reviewing.pass_on(CIRCLE, question.no)
    kept = "SELECT name, length(reporter) FROM circle_report"
    assert mara.vault.db.one(kept) == ("nela", 32)
    town.clock.go(days=15)
    town.settle(1)
    assert mara.vault.db.one(kept) == ("", 0)  # who asked is not kept longer than it is needed
