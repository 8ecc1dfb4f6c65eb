"""The report scenario of the issue, whole: real vaults, a real relay process, the wire recorded."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from havenclient.circles.acts import DAY, Reason
from havenclient.circles.circle import Standing
from havenclient.circles.content import Kind, Source
from havenclient.crypto import envelope
from havenclient.errors import NotFound, SafetyRefusal
from tests.circles.kit import CIRCLE, Person, Town
from tests.circles.norms.test_ladder import all_agree, helper_of, number
from tests.circles.norms.test_reports import every_row
from tests.circles.tap import Tap
from tests.relay.harness import Relay

GRAPHIC = "marlinspike: what happened, in every detail"
ADVICE = "quinceberry cures it, stop all your pills today"
WORDS = "heliotrope: I could not sleep after this."
SECRETS = (GRAPHIC, ADVICE, WORDS)


@pytest.fixture
def tapped(tmp_path: Path, own_relay: Relay) -> Iterator[tuple[Town, Tap]]:
    with Tap(own_relay.url) as tap:
        town = Town(tmp_path / "town", tap.url)
        yield town, tap
        town.close()


def test_a_newcomer_harms_is_reported_folded_paused_and_removed(
    tapped: tuple[Town, Tap], own_relay: Relay
) -> None:
    town, tap = tapped
    mara, tove, nela, ravi, oona = town.circle_of("mara", "tove", "nela", "ravi", "oona")
    helper_of(town, mara, tove, "host")
    idris = town.person("idris")
    town.bring(mara, idris)
    town.settle(2)
    others = (mara, tove, nela, ravi, oona)

    # A newcomer posts unwarned graphic text and false medical advice; then deletes both.
    idris.say(GRAPHIC)
    idris.say(ADVICE, kind=Kind.ADVICE, source=Source.NOT_SURE)
    idris.sync()
    town.settle(1)
    graphic = {p.name: number(p, GRAPHIC) for p in others}
    advice = {p.name: number(p, ADVICE) for p in others}
    for own in [m for m in idris.messages() if m.mine]:
        idris.circles.delete(CIRCLE, own.no)
    idris.sync()
    town.settle(1)
    assert all(GRAPHIC not in p.texts() and ADVICE not in p.texts() for p in others)

    # Two people report, after the deletion. The circle's own log does not move by it.
    entries_before = oona.state().chain.seq
    lines_before, rows_before = oona.lines(), every_row(oona)
    nela.circles.reporting.report(
        CIRCLE, [graphic["nela"], advice["nela"]], Reason.HARD_TO_READ, WORDS
    )
    nela.sync()
    ravi.circles.reporting.report(CIRCLE, [advice["ravi"]], Reason.MEDICAL)
    ravi.sync()
    oona.sync()
    assert oona.state().chain.seq == entries_before
    assert oona.lines() == lines_before
    assert every_row(oona) == rows_before

    # Both hosts verify the evidence, offline, of messages that are deleted.
    own_relay.kill()
    own_relay.start()
    for host in (mara, tove):
        host.sync()
        reports = [
            host.circles.reviewing.show(CIRCLE, r.no) for r in host.circles.reviewing.inbox(CIRCLE)
        ]
        assert {r.reporter for r in reports} == {"nela", "ravi"}
        exhibits = [e for r in reports for e in r.exhibits]
        assert len(exhibits) == 3
        assert all(e.proven and e.deleted and e.author == "idris" for e in exhibits)
        assert {e.text for e in exhibits} == {GRAPHIC, ADVICE}
    assert idris.circles.reviewing.inbox(CIRCLE) == []
    assert oona.circles.reviewing.inbox(CIRCLE) == []

    # Another message of his is folded, he is paused, and asked to be removed.
    idris.say("Milder words.")
    idris.sync()
    town.settle(1)
    mara.circles.moderating.fold(
        CIRCLE, number(mara, "Milder words."), "illness", Reason.HARD_TO_READ
    )
    mara.circles.moderating.pause(CIRCLE, "idris", DAY, Reason.HARM_TO_SELF)
    mara.sync()
    town.settle(1)
    (folded,) = [m for m in oona.circles.messages(CIRCLE) if m.folded]
    assert (folded.text, folded.note) == ("", "illness")
    with pytest.raises(SafetyRefusal):
        idris.say("While paused.")
    mara.circles.moderating.ask_removal(CIRCLE, "idris", Reason.MEDICAL)
    mara.sync()
    town.settle(1)
    (removal,) = [s for s in tove.circles.moderating.steps(CIRCLE) if s.what == "remove"]
    assert {p.name for p in oona.circles.people(CIRCLE)} >= {"idris"}
    tove.circles.moderating.agree(CIRCLE, removal.id)
    tove.sync()
    town.settle(3)

    # Removed: he reads nothing after.
    assert idris.circles.get(CIRCLE).standing is Standing.GONE
    oona.say("We are among ourselves again.")
    oona.sync()
    town.settle(1)
    assert "We are among ourselves again." in nela.texts()
    assert "among ourselves" not in every_row(idris)
    assert {p.name for p in oona.circles.people(CIRCLE)} == {p.name for p in others}

    # All see the same ladder, in lines without content.
    ladder = [line for line in oona.lines() if "idris" in line]
    assert [w for w in ("folded", "paused", "asks to remove", "agrees", "removed") if w] == [
        w
        for w in ("folded", "paused", "asks to remove", "agrees", "removed")
        if any(w in line for line in ladder)
    ]
    for person in others:
        assert [line for line in person.lines() if "idris" in line and "alone" not in line][
            -5:
        ] == ladder[-5:]
        assert not any(secret[:11] in line for line in person.lines() for secret in SECRETS)
    all_agree(*others)

    # What became of it reaches who reported, and only them.
    for host in (mara, tove):
        for report in host.circles.reviewing.inbox(CIRCLE):
            host.circles.reviewing.settle(CIRCLE, report.no, "done", "He is out of the circle.")
        host.sync()
    town.settle(1)
    for reporter in (nela, ravi):
        (own_report,) = reporter.circles.reporting.reported(CIRCLE)
        assert (own_report.state, own_report.sentence) == ("done", "He is out of the circle.")
    assert not any("out of the circle" in line for line in oona.lines())

    _nothing_on_the_wire_or_the_relay(tap, own_relay, oona)
    _gone_after_the_window(town, others, nela, graphic["nela"])


def _nothing_on_the_wire_or_the_relay(tap: Tap, relay: Relay, member: Person) -> None:
    seen = tap.seen
    stored = b"".join(p.read_bytes() for p in relay.data.rglob("*") if p.is_file())
    for secret in SECRETS:
        assert secret.encode() not in seen
        assert secret[:11].encode() not in stored
    # Reports are entries of the usual sizes, in a log that the member's Haven never reads.
    for row in member.vault.db.execute("SELECT length(entry) FROM circle_entry"):
        assert row[0] in envelope.BUCKETS
    box = base64.urlsafe_b64encode(member.state().terms.report.log_id).rstrip(b"=").decode()
    purposes = {r[0] for r in member.vault.db.execute("SELECT purpose FROM circle_mailbox")}
    assert "report" not in purposes
    assert box in tap.logs  # hosts read it


def _gone_after_the_window(
    town: Town, others: tuple[Person, ...], reporter: Person, no: int
) -> None:
    town.clock.go(days=15)
    town.settle(1)
    for person in others:
        rows = every_row(person)
        for secret in SECRETS:
            assert secret[:11] not in rows, person.name
        person.close()
        files = b"".join(p.read_bytes() for p in person.root.rglob("*") if p.is_file())
        for secret in SECRETS:
            assert secret[:11].encode() not in files
    with pytest.raises(NotFound):
        reporter.circles.reporting.report(CIRCLE, [no], Reason.HARD_TO_READ)
