"""Settings, Files: bring a journal in, take it out, back it up. Each asks before it writes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from havenclient.errors import HavenError, UsageError
from havenclient.journal.records import ImportPlan, ImportResult
from havenclient.paths import typed_path
from havenclient.text import safe_line
from havenclient.ui.flows import Flow, GoneBack, begin
from havenclient.ui.jobs import JobWork
from havenclient.ui.screens.journals_page import JOURNALS
from havenclient.ui.screens.keys_page import PageAction, code_in_rows
from havenclient.ui.screens.snapshots_page import SNAPSHOTS
from havenclient.ui.session import Session

if TYPE_CHECKING:
    from havenclient.vault import Vault

MANY = 8


def _path(text: str) -> Path:
    return typed_path(text.strip()).absolute()


def number(value: int, one: str, many: str) -> str:
    return f"1 {one}" if value == 1 else f"{value:,} {many}".replace(",", " ")


# --- import ---------------------------------------------------------------------------------------


async def _import(flow: Flow) -> None:
    """Look first, ask what is unclear, then one transaction; a second import adds nothing."""
    from havenclient.journal import importers

    where = _path(
        await flow.line(
            "Import",
            "A file or folder from jrnl, Day One, Obsidian or other Markdown, RedNotebook, "
            "Standard Notes, Joplin, Daylio or Haven. Nothing is written before you say so.",
        )
    )
    kind = await flow.aside("Looking", partial(importers.detect, where))
    words = importers.FORMATS.get(kind, kind)
    secret = ""
    if kind == "jrnl-encrypted":
        secret = await flow.line("Import", f"{words}. Its password:", password=True)
    zone: ZoneInfo | None = None
    moods: dict[str, int] = {}
    while True:
        read = partial(
            importers.parse, where, kind, zone=zone, mood_words=moods, passphrase=lambda: secret
        )
        plan = await flow.aside(f"Reading {words}", read)
        if unknown := [word for word in plan.unknown_moods if word not in moods]:
            moods |= await _mood_words(flow, unknown)
            continue
        answer = await flow.choose("Import", _preview(plan, words, zone), _import_answers(plan))
        if answer == "import":
            break
        zone = await _zone(flow)
    result = await flow.work(
        "Importing",
        lambda session, work: session.ask(lambda journal: journal.import_plan(plan, work=work)),
    )
    flow.haven.entries_changed()
    flow.haven.say(_imported(result))


def _import_answers(plan: ImportPlan) -> tuple[tuple[str, str], ...]:
    answers = [("import", "bring them in")] if plan.entries else []
    if any(entry.zone_guessed for entry in plan.entries):
        answers.append(("zone", "choose another time zone"))
    return (*answers, ("no", "leave it"))


def _preview(plan: ImportPlan, words: str, zone: ZoneInfo | None) -> str:
    lines = [f"{words}: {number(len(plan.entries), 'entry', 'entries')}"]
    if plan.first is not None and plan.last is not None:
        lines.append(f"from {plan.first:%d %b %Y} to {plan.last:%d %b %Y}")
    if plan.attachments:
        lines.append(number(plan.attachments, "attachment", "attachments"))
    if plan.tags:
        lines.append(f"{number(len(plan.tags), 'tag', 'tags')}")
    guessed = sum(1 for entry in plan.entries if entry.zone_guessed)
    if guessed:
        name = zone.key if zone is not None else "this computer's time zone"
        lines.append(f"{number(guessed, 'time has', 'times have')} no zone: taken as {name}")
    if plan.warnings:
        lines.append("")
        lines.append(number(len(plan.warnings), "remark:", "remarks:"))
        for remark in plan.warnings[:MANY]:
            lines.append(f"  {safe_line(remark.where)}: {safe_line(remark.message, limit=90)}")
        if len(plan.warnings) > MANY:
            lines.append(f"  and {len(plan.warnings) - MANY} more")
    return "\n".join(lines)


async def _mood_words(flow: Flow, unknown: list[str]) -> dict[str, int]:
    """Which number each of the file's own mood words means; 0 in the answer leaves it out."""
    found: dict[str, int] = {}
    answers = (("5", "5 bright"), ("4", "4"), ("3", "3 ok"), ("2", "2"), ("1", "1 low"))
    for word in unknown:
        text = f"The file says “{safe_line(word)}”. Which mood is that?"
        found[word] = int(await flow.choose("Import", text, answers))
    return found


async def _zone(flow: Flow) -> ZoneInfo:
    name = await flow.line("Import", "The time zone, like Europe/Berlin:", value="Europe/")
    try:
        return ZoneInfo(name.strip())
    except (KeyError, ValueError, OSError) as error:
        raise UsageError("there is no time zone of that name", "like Europe/Berlin") from error


def _imported(result: ImportResult) -> str:
    said = f"{number(result.added, 'entry is', 'entries are')} in."
    if result.already_there:
        said += f" {result.already_there} were there already."
    if result.skipped:
        said += f" {result.skipped} were left out."
    return said


# --- export, backup, restore ----------------------------------------------------------------------


async def _export(flow: Flow) -> None:
    from havenclient.journal import exporters

    answers = tuple((name, f"{name}: {about}") for name, about in exporters.FORMATS.items())
    text = "An export is plain text that every program here can read. In which shape?"
    shape = await flow.choose("Export", text, (*answers, ("no", "none")))
    where = await flow.line("Export", "To which new file or folder?", value="~/haven-export")
    target = _path(where)
    text = f"Everything will lie readable in\n{safe_line(str(target), limit=200)}"
    await flow.choose("Export", text, (("yes", "write it"), ("no", "don't")))
    done = await flow.work(
        "Exporting",
        lambda session, work: session.ask(
            lambda journal: exporters.export(journal, shape, target, work=work)
        ),
    )
    flow.haven.say(f"{number(done.entries, 'entry', 'entries')} written to {target}")


async def _backup(flow: Flow) -> None:
    from havenclient.circles.carried import circles_out
    from havenclient.journal import Journal
    from havenclient.journal import backup as backups

    text = "A folder for the backup, best on another disk. What is written there is encrypted."
    folder = _path(await flow.line("Backup", text, value="~/"))
    session = flow.haven.session
    if session is None:
        raise GoneBack
    if not session.ask_vault(backups.has_key):
        secret = await flow.new_passphrase(
            "Backup key",
            "The first time a backup key is made, with a passphrase of its own (it may be the same "
            "as the journal's). Without it no backup opens. At least 8 characters:",
        )
        await flow.work(
            "Making the backup key",
            lambda session, work: session.ask_vault(
                lambda vault: backups.create_key(vault, folder, secret, work=work)
            ),
        )
    clock, random = flow.haven.launch.clock, flow.haven.launch.random

    def write(session: Session, work: JobWork) -> backups.BackupResult:
        def both(journal: Journal) -> backups.BackupResult:
            return session.ask_vault(
                lambda vault: backups.write(
                    journal,
                    vault,
                    folder,
                    extras=circles_out(vault, clock, random),
                    work=work,
                    clock=clock,
                )
            )

        return session.ask(both)

    done = await flow.work("Writing and checking the backup", write)
    flow.haven.say(f"{number(done.entries, 'entry', 'entries')} in {done.path.name}, checked.")


async def _restore(flow: Flow) -> None:
    from havenclient.circles.carried import circles_in
    from havenclient.journal import restore as restoring

    text = "A backup goes into a new folder, never over a journal in use. Which backup file?"
    archive = _path(await flow.line("Restore", text))
    beside = archive.parent / "haven-backup-key.age"
    key = _path(await flow.line("Restore", "The backup key's file:", value=str(beside)))
    secret = await flow.line("Restore", "The backup key's passphrase:", password=True)
    root = _path(await flow.line("Restore", "Into which new folder?", value="~/haven-restored"))
    chosen = await flow.new_passphrase("Restore", "A passphrase for the restored journal:")
    launch = flow.haven.launch
    waiting: list[str] = []

    def take(vault: Vault, extras: Mapping[str, bytes]) -> None:
        with suppress(HavenError):  # the journal is worth having without them
            waiting.extend(circles_in(vault, extras, launch.clock, launch.random))

    done = await flow.work(
        "Restoring",
        lambda _session, work: restoring.restore(
            archive,
            key,
            secret,
            root,
            chosen,
            state_dir=launch.places.state,
            kdf=launch.kdf,
            take_extras=take,
            work=work,
            clock=launch.clock,
            random=launch.random,
        ),
    )
    text = (
        f"{number(done.entries, 'entry', 'entries')} restored. The new recovery code, shown "
        f"once:\n\n{code_in_rows(done.recovery_code)}\n\nLock (ctrl+l), then F4 opens the folder."
    )
    if waiting:
        names = ", ".join(safe_line(name) for name in waiting)
        text += f"\n\nCircles that wait to let you in again: {names}"
    await flow.choose("Restored", text, (("done", "it is on paper"),))


FILE_ACTIONS: tuple[PageAction, ...] = (
    PageAction(
        "import",
        "Import a journal",
        "jrnl, Day One, Markdown, RedNotebook, Standard Notes, Joplin, Daylio.",
        lambda screen: begin(screen, _import),
    ),
    PageAction(
        "export",
        "Export",
        "Markdown folder, JSON lines with versions, jrnl JSON. Plain text; asks first.",
        lambda screen: begin(screen, _export),
    ),
    PageAction(
        "backup",
        "Back up",
        "Encrypted; opens with age and tar alone, also without Haven.",
        lambda screen: begin(screen, _backup),
    ),
    PageAction(
        "restore",
        "Restore a backup",
        "Into a new folder, with a new passphrase.",
        lambda screen: begin(screen, _restore),
    ),
    SNAPSHOTS,
    JOURNALS,
)
