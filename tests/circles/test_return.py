"""The ways back: seven weeks away, a restored backup, a copied vault. Each returns as herself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from havenclient.circles import closing, intake, joining, mailbox
from havenclient.circles.chain import Trouble
from havenclient.circles.circle import MailboxKeys, Standing
from havenclient.circles.closing import CommitWish, Newcomer
from havenclient.circles.founding import Entrance
from havenclient.circles.mailbox import Return
from havenclient.circles.returning import Proof
from havenclient.errors import InputRejected, SafetyRefusal
from tests.circles.kit import CIRCLE, Person, Town
from tests.relay.harness import Relay, days_pass


def let_back_in(host: Person, guest: Person) -> None:
    host.sync()
    (knock,) = host.circles.knocks(CIRCLE)
    assert (knock.name, knock.returns) == (guest.name, True)
    host.circles.admit(CIRCLE, knock.no)
    host.sync()
    guest.sync()


def weeks_pass(town: Town, relay: Relay, weeks: int) -> None:
    days_pass(relay, 7 * weeks)
    town.clock.go(weeks=weeks)
    for person in town.people:
        person.close()  # the relay's port may be another; connections are made anew
    assert relay.url == town.relay


def test_seven_weeks_away_with_ten_commits_climbs_the_ladder(
    own_town: Town, own_relay: Relay
) -> None:
    mara, idris, tove = own_town.circle_of("mara", "idris", "tove")
    mara.say("Before you went.")
    mara.sync()
    for week in range(7):
        weeks_pass(own_town, own_relay, 1)
        mara.say(f"Week {week + 1}.")
        mara.sync()  # refreshes keys: a week has passed
        tove.sync()
    report = idris.sync()
    assert not report.errors
    assert idris.state().epoch == mara.state().epoch
    assert idris.state().group.epoch_authenticator == mara.state().group.epoch_authenticator
    # What the relay still kept is there, what had expired is named, and nothing is undecryptable.
    assert idris.texts()[-3:] == ["Week 5.", "Week 6.", "Week 7."]
    assert any("had expired" in line for line in idris.lines())
    assert not [m for m in idris.messages() if m.kind == "quarantine"]
    idris.say("Back.")
    idris.sync()
    mara.sync()
    assert mara.texts()[-1] == "Back."
    assert {p.name for p in mara.circles.people(CIRCLE)} == {"mara", "idris", "tove"}


def test_away_longer_than_commits_are_kept_returns_as_herself(
    own_town: Town, own_relay: Relay
) -> None:
    mara, idris = own_town.circle_of("mara", "idris")
    key_before = next(p.key for p in mara.circles.people(CIRCLE) if p.name == "idris")
    idris.say("I was here.")
    idris.sync()
    for _ in range(3):
        weeks_pass(own_town, own_relay, 30)
        mara.sync()
    idris.sync()
    assert idris.circles.get(CIRCLE).standing is Standing.RETURNING
    assert any("away longer" in line for line in idris.lines())
    let_back_in(mara, idris)
    assert idris.circles.get(CIRCLE).standing is Standing.ACTIVE
    assert {p.name for p in mara.circles.people(CIRCLE)} == {"mara", "idris"}
    key_after = next(p.key for p in mara.circles.people(CIRCLE) if p.name == "idris")
    assert key_after != key_before
    assert any("idris is back" in line for line in mara.lines())
    idris.say("And here again.")
    idris.sync()
    mara.sync()
    assert mara.texts()[-1] == "And here again."
    assert idris.texts() == ["I was here.", "And here again."]


def test_a_return_takes_the_verification_away_and_says_so(town: Town, tmp_path: Path) -> None:
    mara, idris = town.circle_of("mara", "idris")
    mara.circles.confirm_verify(CIRCLE, "idris", same=True)
    idris.circles.ask_back(CIRCLE)
    idris.sync()
    let_back_in(mara, idris)
    (person,) = [p for p in mara.circles.people(CIRCLE) if p.name == "idris"]
    assert (person.verified, person.changed) == (False, True)


def test_a_restored_backup_returns_under_the_same_pseudonym(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    backup = idris.circles.save_identities()
    assert idris.state().own_secret not in backup
    idris.close()
    again = town.person("idris-restored")
    assert again.circles.load_identities(backup) == [CIRCLE]
    assert "backup" in again.health()
    again.circles.ask_back(CIRCLE)
    again.sync()
    mara.sync()
    (knock,) = mara.circles.knocks(CIRCLE)
    assert (knock.name, knock.returns) == ("idris", True)
    mara.circles.admit(CIRCLE, knock.no)
    mara.sync()
    again.sync()
    again.say("From the new machine.")
    again.sync()
    mara.sync()
    assert mara.texts() == ["From the new machine."]
    assert mara.messages()[-1].sender == "idris"
    assert len(mara.circles.people(CIRCLE)) == 2


def test_the_machine_that_was_left_behind_is_told_what_happened(town: Town) -> None:
    """The laptop that was thought lost turns up: it was not thrown out, and nothing of it waits."""
    mara, idris = town.circle_of("mara", "idris")
    again = town.person("idris-restored")
    again.circles.load_identities(idris.circles.save_identities())
    with pytest.raises(SafetyRefusal, match="not back in this circle yet"):
        again.say("Hello?")
    again.circles.ask_back(CIRCLE)
    again.sync()
    mara.sync()
    mara.circles.admit(CIRCLE, mara.circles.knocks(CIRCLE)[0].no)
    mara.sync()
    again.sync()
    late = idris.say("From the old machine.")
    idris.sync()
    lines = [m.text for m in idris.messages() if m.kind == "line"]
    assert "another computer" in lines[-1] and "removed" not in lines[-1]
    said = idris.circles.message(CIRCLE, late)
    assert (said.state, said.reason) == ("refused", "you are no longer in this circle")
    with pytest.raises(SafetyRefusal, match="no longer in this circle"):
        idris.say("Once more.")


def test_bytes_that_are_no_backup_of_circles_are_refused(town: Town) -> None:
    mara = town.person("mara")
    for junk in (b"", b"\x80x", b"\xff" * 40, mara.vault.vault_id):
        with pytest.raises(InputRejected):
            mara.circles.load_identities(junk)


def test_the_second_copy_of_a_vault_is_stopped_at_its_first_send(
    town: Town, tmp_path: Path
) -> None:
    mara, idris = town.circle_of("mara", "idris")
    idris.copy_vault(tmp_path / "copy")
    twin = Person("idris", tmp_path / "copy", town.clock)
    idris.say("From the first machine.")
    idris.sync()
    twin.say("From the second machine.")
    twin.engine.once()
    assert twin.state().trouble is Trouble.COPIED
    assert "copy of this vault" in twin.health()
    with pytest.raises(SafetyRefusal):
        twin.say("Again.")
    mara.sync()
    assert mara.texts() == ["From the first machine."]
    # The copy offers to return: the circle then has it, and no longer the first machine.
    twin.circles.ask_back(CIRCLE)
    twin.sync()
    let_back_in(mara, twin)
    twin.say("Now properly.")
    twin.sync()
    mara.sync()
    assert mara.texts() == ["From the first machine.", "Now properly."]
    idris.sync()
    assert idris.circles.get(CIRCLE).standing is Standing.GONE
    twin.close()


def test_somebody_who_was_removed_can_not_come_back_by_this_door(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    backup = idris.circles.save_identities()
    mara.circles.remove(CIRCLE, "idris")
    mara.sync()
    again = town.person("again")
    again.circles.load_identities(backup)
    again.circles.ask_back(CIRCLE)
    again.sync()
    mara.sync()
    assert mara.circles.knocks(CIRCLE) == []


def in_her_place(
    host: Person, name: str, made: Entrance, proof: Proof | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a host with a modified client can commit: somebody's leaf replaced by one of her own."""
    circle = host.state()
    old = next(p for p in circle.people if p.name == name)
    box = MailboxKeys.of(circle.terms.knock)
    wish = CommitWish(add=(Newcomer(made.bundle.key_package, box, bytes(32), old.leaf, proof),))
    with monkeypatch.context() as modified:
        modified.setattr(closing, "CirclePolicy", lambda: None)
        intake.stage(host.circles.book, host.row().no, wish)
    host.sync()


@pytest.mark.parametrize("how", ["nothing", "signed by herself", "of another KeyPackage"])
def test_a_return_that_nobody_asked_for_is_refused_by_all(
    town: Town, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mal, idris, tove = town.circle_of("mal", "idris", "tove")
    town.settle(1)
    circle, token = mal.state(), town.people[0].circles.book.token
    idris_is = joining.identity_of(idris.state())
    made = joining.returning_entrance(idris_is, now=mal.circles.book.now(), token=token)
    package = made.bundle.key_package.raw
    back = Return(idris_is.signature_key.public, package, bytes(32), b"", 5)
    keys = {"nothing": None, "signed by herself": circle.group.signature_key}
    keys["of another KeyPackage"] = idris_is.signature_key
    proof = None
    if (key := keys[how]) is not None:
        if how == "of another KeyPackage":
            back = replace(back, key_package=b"the one that she asked for")
        signed = mailbox.sign_return(back, circle.terms.knock.log_id, mailbox.signer(key.private))
        proof = Proof.of(signed, circle.terms.knock.log_id)
    in_her_place(mal, "idris", made, proof, monkeypatch)
    for person in (idris, tove):
        person.sync()
        assert person.state().trouble is Trouble.BROKEN_CLOSING
        stays = next(p.key for p in person.circles.people(CIRCLE) if p.name == "idris")
        assert stays == idris_is.signature_key.public.hex()


def test_the_same_commit_with_her_signature_is_followed_by_all(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it was the signature that was missing, and nothing else."""
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    town.settle(1)
    circle = mara.state()
    idris_is = joining.identity_of(idris.state())
    now = mara.circles.book.now()
    made = joining.returning_entrance(idris_is, now=now, token=mara.circles.book.token)
    back = Return(idris_is.signature_key.public, made.bundle.key_package.raw, bytes(32), b"", 5)
    box = circle.terms.knock.log_id
    signed = mailbox.sign_return(back, box, mailbox.signer(idris_is.signature_key.private))
    in_her_place(mara, "idris", made, Proof.of(signed, box), monkeypatch)
    tove.sync()
    assert tove.state().standing is Standing.ACTIVE
    assert any("idris is back" in line for line in tove.lines())
