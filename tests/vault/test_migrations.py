"""A vault of an older schema opens in a newer Haven, whole or not at all."""

from __future__ import annotations

import shutil

import pytest

from havenclient.errors import StorageError
from havenclient.vault import Passphrase, VaultPaths, unlock
from havenclient.vault.migrations import Migration, applied, shipped
from tests.vault.kit import PASSPHRASE, Place, killed_everywhere, notes, own_schema, write

NEXT = (
    Migration(
        2, "moods", "ALTER TABLE note ADD COLUMN mood INTEGER; CREATE INDEX m ON note(mood);"
    ),
    Migration(4, "more", "CREATE TABLE more (x TEXT) STRICT; INSERT INTO more VALUES ('made');"),
)


def filled(place: Place) -> None:
    with place.create() as vault:
        write(vault, "words")
    place.clock.go(days=1)


def test_what_haven_ships_is_in_order_and_makes_a_vault(place: Place) -> None:
    place.schema = shipped()
    numbers = [migration.number for migration in place.schema]
    assert numbers == sorted(set(numbers))
    assert numbers[0] == 0
    with place.create() as vault:
        assert applied(vault.db) == set(numbers)
        assert vault.db.one("PRAGMA user_version") == (numbers[-1],)
        assert vault.db.one("PRAGMA integrity_check") == ("ok",)
        assert list(vault.db.execute("PRAGMA foreign_key_check")) == []
    with place.unlock() as vault:
        assert vault.snapshots.list() == ()


def test_an_older_vault_is_brought_up_with_a_snapshot_from_before(place: Place) -> None:
    filled(place)
    old = place.schema
    place.schema = (*own_schema(), *NEXT)
    with place.unlock() as vault:
        assert notes(vault) == ["words"]
        assert vault.db.one("SELECT x FROM more") == ("made",)
        (snapshot,) = vault.snapshots.list()
        assert snapshot.reason == "before-migration"
    with unlock(
        VaultPaths(snapshot.path),
        Passphrase(PASSPHRASE),
        state_dir=place.state,
        read_only=True,
        schema=old,
    ) as before:
        assert notes(before) == ["words"]
    with place.unlock() as vault:
        assert len(vault.snapshots.list()) == 1


def test_rooms_may_land_in_any_order(place: Place) -> None:
    filled(place)
    place.schema = (*own_schema(), NEXT[1])
    place.unlock().close()
    place.schema = (*own_schema(), *NEXT)
    with place.unlock() as vault:
        assert applied(vault.db) == {0, 1, 2, 4}
        assert vault.db.one("PRAGMA user_version") == (4,)


def test_a_step_that_fails_leaves_everything_as_it_was(place: Place) -> None:
    filled(place)
    broken = Migration(
        2, "broken", "CREATE TABLE half (x TEXT) STRICT; INSERT INTO nowhere VALUES (1);"
    )
    place.schema = (*own_schema(), broken)
    with pytest.raises(StorageError):
        place.unlock()
    place.schema = own_schema()
    with place.unlock() as vault:
        assert notes(vault) == ["words"]
        assert vault.db.one("SELECT 1 FROM sqlite_master WHERE name = 'half'") is None


def test_an_older_vault_is_not_read_without_being_brought_up(place: Place) -> None:
    filled(place)
    place.schema = (*own_schema(), *NEXT)
    with pytest.raises(StorageError, match="up to date"):
        place.unlock(read_only=True)
    place.unlock().close()
    with place.unlock(read_only=True) as vault:
        assert notes(vault) == ["words"]


def test_killed_at_every_step_of_a_migration_nothing_is_lost(place: Place) -> None:
    template = Place(place.root / "template", place.clock)
    filled(template)
    place.schema = (*own_schema(), *NEXT)

    def prepare() -> None:
        for folder in (place.paths.root, place.state):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(template.paths.root, place.paths.root)

    deaths = 0
    for _ in killed_everywhere(lambda: place.unlock().close(), prepare):
        deaths += 1
        with place.unlock() as vault:
            assert notes(vault) == ["words"]
            assert applied(vault.db) == {0, 1, 2, 4}
            assert vault.db.one("SELECT count(*) FROM more") == (1,)
    assert deaths > 5
