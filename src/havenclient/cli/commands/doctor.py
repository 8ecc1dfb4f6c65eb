"""`haven doctor`: is this installation sound? Versions, terminal, file modes; no content, no names
of entries, and no passphrase unless --damage asks for the look inside."""

from __future__ import annotations

import platform
import shutil
import sys
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import click

from havenclient import __version__
from havenclient.cli.options import json_option, pass_session
from havenclient.cli.session import Session
from havenclient.errors import ExitCode, HavenError, InUse

PARTS = (
    "apsw-sqlite3mc",
    "argon2-cffi",
    "click",
    "cryptography",
    "httpx",
    "keyring",
    "pynacl",
    "pyrage",
    "textual",
)


class Finding(NamedTuple):
    name: str
    value: str
    good: bool = True
    advice: str = ""


@click.command()
@click.option("--damage", is_flag=True, help="Open the vault and check every page.")
@json_option
@pass_session
def doctor(session: Session, damage: bool, as_json: bool) -> None:
    """Check this installation. The answer holds no content and may be shown to a helper.

    Exit code 1 if something should be looked at.
    """
    found = [*_versions(), *_terminal(session), *_process(), *_files(session), *_vault(session)]
    if damage:
        found += _damage(session)
    if as_json:
        rows: list[dict[str, Any]] = [one._asdict() for one in found]
        session.out.json("doctor", findings=rows, good=all(one.good for one in found))
    else:
        for one in found:
            line = f"{one.name}: {one.value}"
            if not one.good:
                line += f" (look at this: {one.advice})"
            session.out.line(line)
    if not all(one.good for one in found):
        raise click.exceptions.Exit(ExitCode.FAILED)


def _versions() -> list[Finding]:
    found = [
        Finding("haven", __version__),
        Finding("python", platform.python_version(), sys.version_info >= (3, 11), "3.11 is needed"),
        Finding("system", f"{platform.system()} {platform.machine()}"),
    ]
    for part in PARTS:
        try:
            found.append(Finding(part, metadata.version(part)))
        except metadata.PackageNotFoundError:
            optional = part == "keyring"
            found.append(Finding(part, "not installed", optional, "run the set-up again"))
    try:
        from havenclient.vault.cipher import require_cipher

        require_cipher()
        found.append(Finding("cipher", "present"))
    except (HavenError, ImportError):
        found.append(Finding("cipher", "missing", good=False, advice="reinstall apsw-sqlite3mc"))
    return found


def _terminal(session: Session) -> list[Finding]:
    size = shutil.get_terminal_size()
    encoding = (sys.stdout.encoding or "unknown").lower()
    return [
        Finding("terminal", session.env.get("TERM", "none")),
        Finding("size", f"{size.columns} by {size.lines}"),
        Finding(
            "encoding",
            encoding,
            encoding.replace("-", "") == "utf8",
            "a UTF-8 locale shows all text",
        ),
        Finding("plain mode", "on" if session.plain else "off"),
        Finding("colour", "off" if session.env.get("NO_COLOR") else "as the terminal can"),
    ]


def _process() -> list[Finding]:
    import resource

    found = [
        Finding("core files", "off", resource.getrlimit(resource.RLIMIT_CORE)[0] == 0, "could not")
    ]
    swaps = Path("/proc/swaps")
    if swaps.exists():
        kinds = [line.split()[0] for line in swaps.read_text("utf-8").splitlines()[1:] if line]
        plain = [one for one in kinds if not one.startswith(("/dev/dm-", "/dev/zram"))]
        found.append(
            Finding(
                "swap",
                "none"
                if not kinds
                else ("maybe unencrypted" if plain else "encrypted or in memory"),
                not plain,
                "memory may be written to it; encrypted swap or zram is safer",
            )
        )
    return found


def _files(session: Session) -> list[Finding]:
    from havenclient.external_editor import filesystem

    places = session.places
    found = []
    for name, path in (
        ("vault folder", session.root),
        ("settings file", session.settings_file),
        ("state folder", places.state),
    ):
        if not path.exists():
            found.append(Finding(name, f"{path} (not there yet)"))
            continue
        mode = path.stat().st_mode & 0o777
        private = not mode & 0o077 or name == "settings file"
        found.append(Finding(name, f"{path}, mode {mode:04o}", private, "chmod go= on it helps"))
    problems = len(session.settings.problems)
    found.append(
        Finding("settings", f"{problems} problems", not problems, "`haven config check` names them")
    )
    kind = filesystem(places.runtime) if places.runtime is not None else ""
    found.append(Finding("runtime folder", kind or "none"))
    return found


def _vault(session: Session) -> list[Finding]:
    from havenclient.vault import exists
    from havenclient.vault.lock import FolderLock

    paths = session.paths
    if not exists(paths):
        return [Finding("vault", "none yet")]
    found = []
    loose = [
        path.name
        for path in (paths.header, paths.previous, paths.database, paths.quick_key)
        if path.exists() and path.stat().st_mode & 0o077
    ]
    found.append(
        Finding("vault files", "private" if not loose else ", ".join(loose), not loose, "chmod go=")
    )
    # A database that begins like plain SQLite would mean that nothing is encrypted.
    with paths.database.open("rb") as stream:
        plain = stream.read(16) == b"SQLite format 3\0"
    found.append(Finding("encrypted", "no" if plain else "yes", not plain, "do not use this vault"))
    try:
        FolderLock.writer(paths.lock, session.clock.now()).release()
        found.append(Finding("open elsewhere", "no"))
    except InUse:
        found.append(Finding("open elsewhere", "yes"))
    except HavenError:
        found.append(Finding("open elsewhere", "unknown"))
    size = sum(one.stat().st_size for one in paths.root.rglob("*") if one.is_file())
    found.append(Finding("size", f"{size} bytes"))
    waiting = len(list(paths.inbox.glob("*.quick"))) if paths.inbox.is_dir() else 0
    found.append(Finding("quick notes waiting", str(waiting)))
    free = shutil.disk_usage(paths.root).free
    found.append(Finding("free space", f"{free} bytes", free > 64 * 1024 * 1024, "make room"))
    synced = _synced(paths.root)
    found.append(
        Finding(
            "synced folder", "yes" if synced else "no", not synced,
            "a program that copies files while Haven writes them damages a vault",
        )
    )  # fmt: skip
    return found


def _synced(path: Path) -> bool:
    names = {".stfolder", ".dropbox", ".nextcloudsync.log", ".owncloudsync.log"}
    return any((folder / name).exists() for folder in (path, *path.parents) for name in names)


def _damage(session: Session) -> list[Finding]:
    from havenclient.vault import quick, rollback

    try:
        vault = session.unlocked(reading=True, quiet=True)
        good = vault.db.quick_check()
        broken = rollback.broken_at(vault.db)
        lost = len(vault.blobs.missing())
        closed = len(quick.unreadable(vault))
    except HavenError as error:
        return [Finding("damage", error.message, good=False, advice="; ".join(error.hints))]
    return [
        Finding(
            "damage", "none found" if good else "found", good, "restore a snapshot or a backup"
        ),
        Finding(
            "log",
            "in order" if broken is None else f"does not follow at record {broken}",
            broken is None,
            "somebody or something changed the journal without Haven; compare with a backup",
        ),
        Finding("attachments missing", str(lost), not lost, "a backup holds them"),
        Finding(
            "quick notes that no key opens",
            str(closed),
            not closed,
            "they were not written for this vault; they lie in its inbox folder",
        ),
    ]
