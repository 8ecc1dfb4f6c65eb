"""The schema, step by step: every `schema/NNNN_name.sql` runs once, in order, in a transaction.

Which ones ran stands in `vault_migration`; `PRAGMA user_version` holds the highest number, so that
an older Haven that meets a newer vault sees it before it reads a table. Before the first step on a
vault that holds anything, the caller's `before` takes a snapshot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from havenclient.errors import TooNew
from havenclient.vault.database import Database
from havenclient.vault.files import step
from havenclient.vault.work import Work

_NAME = re.compile(r"(\d{4})_(\w+)\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str


def shipped() -> tuple[Migration, ...]:
    """Every migration that this Haven brings, by number."""
    found = []
    for item in (Path(__file__).parent / "schema").iterdir():
        if match := _NAME.fullmatch(item.name):
            found.append(Migration(int(match[1]), match[2], item.read_text("utf-8")))
    return tuple(sorted(found, key=lambda m: m.number))


def applied(database: Database) -> frozenset[int]:
    known = database.one("SELECT 1 FROM sqlite_master WHERE name = 'vault_migration'")
    if known is None:
        return frozenset()
    return frozenset(n for (n,) in database.execute("SELECT number FROM vault_migration"))


def require_known(database: Database, migrations: Sequence[Migration]) -> None:
    """TooNew if the vault has seen a migration that this Haven does not bring."""
    version = (database.one("PRAGMA user_version") or (0,))[0]
    newest = max((m.number for m in migrations), default=0)
    if version > newest or applied(database) - {m.number for m in migrations}:
        raise TooNew(
            "this journal was written by a newer Haven",
            "update Haven on this computer, then open it again",
        )


def migrate(
    database: Database,
    migrations: Sequence[Migration],
    *,
    now: datetime,
    before: Callable[[], None],
    work: Work,
) -> tuple[int, ...]:
    """Run what is missing; the numbers that ran. Either a step is whole or it did not happen."""
    require_known(database, migrations)
    done = applied(database)
    missing = [m for m in migrations if m.number not in done]
    if missing and done:
        before()
    for index, migration in enumerate(missing):
        work.step(index, len(missing), "preparing the journal")
        step(f"before migration {migration.number}")
        with database.transaction():
            database.script(migration.sql)
            database.execute(
                "INSERT INTO vault_migration(number, name, applied_at) VALUES (?, ?, ?)",
                (migration.number, migration.name, now.isoformat()),
            )
            newest = max(m.number for m in missing[: index + 1])
            database.execute(f"PRAGMA user_version = {max(newest, *done, 0)}")
        step(f"after migration {migration.number}")
    return tuple(m.number for m in missing)
