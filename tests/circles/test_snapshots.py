"""What a snapshot of the vault holds of circles: who we are and what was said, and no way on."""

from __future__ import annotations

from pathlib import Path

from havenclient.circles.acts import Reason
from havenclient.circles.circle import Standing
from havenclient.circles.service import Words
from havenclient.vault import Passphrase, VaultPaths, unlock
from havenclient.vault.comeback import from_snapshot
from tests.circles.kit import CIRCLE, PASSPHRASE, Person, Town
from tests.circles.norms.test_ladder import number
from tests.circles.norms.test_reports import every_row
from tests.circles.test_return import let_back_in


def restored(person: Person, to: Path) -> Person:
    """The newest snapshot as a vault of its own, in another folder."""
    newest = person.vault.snapshots.list()[0]
    from_snapshot(person.vault.paths, newest.path, to / "journal")
    made = Person(person.name, to, person.clock)
    person.close()
    return made


def test_a_snapshot_opens_no_epoch_and_keeps_nothing_that_was_to_be_gone(
    town: Town, tmp_path: Path
) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    idris.say("This may stay.")
    idris.circles.say(CIRCLE, Words("Only for an hour.", expires_after=3600))
    idris.say("A marlinspike, taken back.")
    idris.sync()
    town.settle(1)
    no = number(tove, "A marlinspike, taken back.")
    idris.circles.delete(CIRCLE, idris.messages()[-1].no)
    idris.sync()
    tove.circles.reporting.report(CIRCLE, [no], Reason.UNKIND, "Words of the reporter.")
    tove.sync()
    mara.sync()
    secret = mara.state().own_secret
    info = mara.vault.snapshots.take("by-hand")
    kept = unlock(
        VaultPaths(info.path), Passphrase(PASSPHRASE), state_dir=tmp_path / "s", read_only=True
    )
    with kept as vault:
        copy = Person("copy", tmp_path, mara.clock)
        copy._vault = vault
        rows = every_row(copy)
        assert "This may stay." in rows
        for gone in (
            "Only for an hour",
            "marlinspike",
            "Words of the reporter",
            repr(secret)[2:40],
        ):
            assert gone not in rows, gone
        assert list(vault.db.execute("SELECT length(state), standing FROM circle")) == [
            (0, "returning")
        ]
        assert vault.db.one("SELECT count(*) FROM circle_mailbox") == (0,)
    assert mara.state().standing is Standing.ACTIVE  # the vault itself goes on as before


def test_a_restored_snapshot_uses_no_key_again_and_comes_back_as_herself(
    town: Town, tmp_path: Path
) -> None:
    mara, idris = town.circle_of("mara", "idris")
    idris.say("Before the snapshot.")
    idris.sync()
    idris.vault.snapshots.take("by-hand")
    again = restored(idris, tmp_path / "again")
    town.people[town.people.index(idris)] = again
    assert again.circles.get(CIRCLE).standing is Standing.RETURNING
    assert again.texts() == ["Before the snapshot."]
    again.sync()
    again.circles.ask_back(CIRCLE)
    again.sync()
    let_back_in(mara, again)
    again.say("Here again.")
    town.settle(2)
    assert mara.texts() == again.texts() == ["Before the snapshot.", "Here again."]
