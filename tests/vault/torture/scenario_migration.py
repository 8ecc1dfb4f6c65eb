"""An older vault is opened by a newer Haven, again and again by newer ones."""

from __future__ import annotations

from pathlib import Path

from havenclient.vault import Passphrase, VaultPaths
from havenclient.vault.copies import check_copy
from havenclient.vault.database import Database
from havenclient.vault.header import Header
from havenclient.vault.migrations import Migration, applied
from havenclient.vault.opening import try_header
from havenclient.vault.service import database_key
from tests.vault.kit import PASSPHRASE, Place, notes, own_schema, write
from tests.vault.torture.registry import Ack, Scenario, register

ROWS = 1500


def step(number: int) -> Migration:
    """A heavy one: a table, 1500 rows, an index."""
    return Migration(
        number,
        f"step{number}",
        f"CREATE TABLE step{number} (i INTEGER PRIMARY KEY, x TEXT NOT NULL) STRICT;"
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})"
        f" INSERT INTO step{number} SELECT i, hex(randomblob(100)) FROM n;"
        f"CREATE INDEX index{number} ON step{number}(x);"
        f"UPDATE note SET body = body || ' {number}' WHERE id = 1;",
    )


def newer(root: Path, by: int) -> Place:
    place = Place(root)
    place.clock.at = place.clock.at.replace(year=2030)
    known = Place(root / "unused").schema
    reached = place.root / "reached"
    top = int(reached.read_text()) if reached.exists() else 1
    place.schema = (*known, *(step(n) for n in range(2, top + by + 1)))
    return place


def prepare(root: Path) -> None:
    with Place(root).create() as vault:
        write(vault, "words")
    assert own_schema()[-1].number == 1


def work(root: Path, ack: Ack) -> None:
    for by in range(1, 50):
        place = newer(root, by)
        place.clock.go(seconds=by)
        with place.unlock() as vault:
            write(vault, "more")
            ack(f"applied {max(applied(vault.db))}")


def verify(root: Path, acked: list[str]) -> None:
    promised = max((int(line.split()[1]) for line in acked), default=1)
    # A Haven that is new enough for whatever had begun.
    place = newer(root, 60)
    before = _applied_without_migrating(place)
    assert max(before) >= promised
    (place.root / "reached").write_text(str(max(before)))
    exact = Place(root)
    exact.clock.at = place.clock.at
    exact.schema = tuple(m for m in place.schema if m.number in before)
    with exact.unlock() as vault:
        assert vault.db.quick_check()
        for snapshot in vault.snapshots.list()[:2]:
            assert check_copy(VaultPaths(snapshot.path).database, vault.subkey("db"))
        for number in before:
            if number > 1:
                (count,) = vault.db.one(f"SELECT count(*) FROM step{number}") or (0,)
                assert count == ROWS
        expected = "words" + "".join(f" {n}" for n in sorted(before) if n > 1)
        assert notes(vault)[0] == expected


def _applied_without_migrating(place: Place) -> frozenset[int]:
    """Which steps are whole, seen by a reader that changes nothing."""
    header = Header.decode(place.paths.header.read_bytes())
    vmk = try_header(header, Passphrase(PASSPHRASE))
    assert vmk is not None
    database = Database(
        place.paths.database,
        database_key(vmk, header.vault_id),
        scratch=place.paths.scratch,
        read_only=True,
    )
    try:
        return applied(database)
    finally:
        database.close()


register(Scenario("migration", prepare, work, verify, seconds=0.5))
